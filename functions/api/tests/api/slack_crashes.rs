//! An installation in which one call fails: what is left behind is whole, and
//! one that is begun anew gets through.

use axum::http::StatusCode;

use crate::slack_popup::granted;
use crate::unreliable::{Moment, Trap};
use crate::world::World;

/// More calls than a whole installation makes.
const CALLS: usize = 16;

#[tokio::test]
async fn whatever_call_fails_an_installation_begun_anew_converges() {
    for moment in [Moment::Before, Moment::After, Moment::Unseen] {
        for call in 1..=CALLS {
            let at = format!("call {call} failing {moment:?}");
            let trap = Trap::new(moment);
            let world = World::over(|ports| trap.over(ports)).await;
            world.slack_grants(&granted("Acme", "audit"));
            let popup = world.at_slack("acme").await;
            trap.set(call);
            let page = world.back(&popup).await;
            trap.disarm();
            assert!(world.slack.requests().len() <= 1, "{at}");
            let names = world.memory.bundle_names();
            for row in world.rows("acme").await {
                assert!(row.bundle.is_some_and(|name| names.contains(&name)), "{at}");
            }
            let standing = world.standing(&popup.id).await;
            match page.status.as_u16() {
                200 => assert_eq!(standing["state"], "completed", "{at}"),
                // The state may not have been taken: then nothing has been said of the installation.
                500 | 400 => assert_ne!(standing["state"], "completed", "{at}"),
                other => panic!("{at}: {other}"),
            }
            let again = world.at_slack("acme").await;
            assert_eq!(world.back(&again).await.status, StatusCode::OK, "{at}");
            assert_eq!(world.rows("acme").await.len(), 1, "{at}");
        }
    }
}

#[tokio::test]
async fn whatever_call_of_the_popup_s_start_fails_it_can_be_begun_anew() {
    for moment in [Moment::Before, Moment::After, Moment::Unseen] {
        for call in 1..=4 {
            let trap = Trap::new(moment);
            let world = World::over(|ports| trap.over(ports)).await;
            let (id, ticket) = world.begin("acme").await;
            trap.set(call);
            let start = world.popup(&format!("/v1/slack/start?ticket={ticket}"), "").await;
            trap.disarm();
            assert!(matches!(start.status.as_u16(), 302 | 410 | 500), "{call} {moment:?}");
            let state = world.standing(&id).await["state"].clone();
            assert!(start.status != StatusCode::FOUND || state == "pending", "{call} {moment:?}");
            world.at_slack("acme").await;
        }
    }
}
