//! An installation in which one call fails: what is left behind is whole, and
//! one that is begun anew gets through.

use axum::http::StatusCode;
use serde_json::json;

use crate::slack_popup::granted;
use crate::trial::{Trial, with_each_call_failing};
use crate::world::World;

/// The URL that the channel's one webhook leads to.
async fn url(world: &World, at: &str) -> String {
    let rows = world.rows("acme").await;
    assert_eq!(rows.len(), 1, "{at}");
    let bundle = world.memory.ports().secrets.read(rows[0].bundle.as_ref().unwrap()).await.unwrap();
    bundle.slack_url.as_ref().unwrap().secret().expose().to_owned()
}

/// What Slack hands out for one channel the first time, the second, …
fn grant(number: u32) -> serde_json::Value {
    let mut granted = granted("Acme", "audit");
    granted["incoming_webhook"]["url"] =
        json!(format!("https://hooks.slack.com/services/T0/B{number}/hunter2"));
    granted
}

/// A popup comes back while a call fails; then another installation is begun.
async fn come_back(trial: &Trial) {
    let (world, at) = (&trial.world, &trial.at);
    world.slack_grants(&grant(2));
    let asked = world.slack.requests().len();
    let popup = world.at_slack("acme").await;
    let page = trial.attempt(world.back(&popup)).await;
    assert!(world.slack.requests().len() <= asked + 1, "{at}");
    let standing = world.standing(&popup.id).await;
    match page.map(|page| page.status.as_u16()) {
        // The end of an installation may not get written down: then it expires.
        Some(200) => assert_ne!(standing["state"], "failed", "{at}"),
        // The state may not have been taken: then nothing has been said of the installation.
        Some(500 | 400) => assert_ne!(standing["state"], "completed", "{at}"),
        None => assert_ne!(standing["state"], "failed", "{at}"),
        Some(other) => panic!("{at}: {other}"),
    }
    assert!(standing["state"] == "completed" || trial.trap.has_sprung(), "{at}");
    world.slack_grants(&grant(3));
    let again = world.at_slack("acme").await;
    assert_eq!(world.back(&again).await.status, StatusCode::OK, "{at}");
    assert_eq!(world.standing(&again.id).await["state"], "completed", "{at}");
    assert!(url(world, at).await.ends_with("/B3/hunter2"), "{at}");
}

#[tokio::test]
async fn whatever_call_fails_an_installation_begun_anew_converges() {
    let cases = with_each_call_failing(come_back).await;
    assert!(cases >= 50, "{cases}");
}

#[tokio::test]
async fn whatever_call_fails_a_renewal_begun_anew_converges() {
    let cases = with_each_call_failing(async |trial| {
        trial.world.slack_grants(&grant(1));
        let first = trial.world.at_slack("acme").await;
        assert_eq!(trial.world.back(&first).await.status, StatusCode::OK);
        come_back(trial).await;
    })
    .await;
    assert!(cases >= 55, "{cases}");
}

#[tokio::test]
async fn whatever_call_of_the_popup_s_start_fails_it_can_be_begun_anew() {
    let cases = with_each_call_failing(async |trial| {
        let (world, at) = (&trial.world, &trial.at);
        let (id, ticket) = world.begin("acme").await;
        let path = format!("/v1/slack/start?ticket={ticket}");
        let status = trial.attempt(world.popup(&path, "")).await.map(|start| start.status.as_u16());
        assert!(matches!(status, None | Some(302 | 410 | 500)), "{at}");
        let state = world.standing(&id).await["state"].clone();
        assert!(status != Some(302) || state == "pending", "{at}");
        world.at_slack("acme").await;
    })
    .await;
    assert!(cases >= 20, "{cases}");
}
