//! Edits that somebody else's change of the same row comes before.

use std::time::Duration;

use axum::http::StatusCode;
use domain::health::DisabledReason;
use domain::ids::{AccountId, WakeToken};
use domain::row::{Change, Stamp, Status, Wake, WebhookRow};
use domain::webhook::display_name::DisplayName;
use serde_json::json;

use crate::trial::{every_row_is_whole, orphans};
use crate::unreliable::{Moment, Trap};
use crate::world::World;

async fn world() -> (World, Trap, String) {
    world_failing(Moment::Before).await
}

async fn world_failing(moment: Moment) -> (World, Trap, String) {
    let trap = Trap::new(moment);
    let world = World::over(|ports| trap.over(ports)).await;
    let id = world.webhook(&json!({"authorization": "Splunk hunter2"})).await;
    (world, trap, id)
}

/// Another admin's edit of the name.
fn rival(row: &WebhookRow) -> Change {
    let mut settings = row.settings.clone();
    settings.display_name = DisplayName::parse("rival").unwrap();
    let updated = Stamp { at: row.updated.at, by: AccountId::parse("u2").unwrap() };
    Change::Settings { settings: Box::new(settings), bundle: row.bundle.clone(), updated }
}

#[tokio::test]
async fn an_edit_that_was_overtaken_is_refused_and_leaves_no_secrets() {
    let (world, trap, id) = world().await;
    let row = world.row(&id).await;
    trap.intrude(vec![rival(&row)]);
    let patch = json!({"displayName": "mine", "authorization": "Splunk hunter2-new"});
    let answer = world.patch(&id, &patch).header("if-match", "\"1\"").send().await;
    assert_eq!(answer.problem(), (412, "precondition_failed"));
    assert_eq!(world.row(&id).await.settings.display_name.as_str(), "rival");
    assert_eq!(world.memory.bundle_names(), [row.bundle.unwrap()]);
    assert!(world.memory.sent_deliveries().is_empty());
}

#[tokio::test]
async fn under_a_star_an_edit_that_was_overtaken_comes_on_top() {
    let (world, trap, id) = world().await;
    trap.intrude(vec![rival(&world.row(&id).await)]);
    let answer = world.patch(&id, &json!({"authorization": "Bearer hunter2"})).send().await;
    assert_eq!((answer.status, answer.header("etag")), (StatusCode::OK, Some("\"3\"")));
    let row = world.row(&id).await;
    assert_eq!(row.settings.display_name.as_str(), "rival");
    assert_eq!(world.memory.bundle_names(), [row.bundle.unwrap()]);
}

#[tokio::test]
async fn an_edit_that_got_through_keeps_its_secrets_though_its_answer_was_lost_and_another_edit_followed() {
    for tag in ["\"1\"", "*"] {
        let (world, trap, id) = world_failing(Moment::Unseen).await;
        // Tenant, secrets, the row, and the row once more.
        trap.set(3);
        world.memory.change_after(3, &world.row(&id).await.key, |row| rival(row).apply(row));
        let patch = json!({"authorization": "Bearer hunter2-new"});
        let answer = world.patch(&id, &patch).header("if-match", tag).send().await;
        let row = world.row(&id).await;
        assert_eq!((row.version, row.settings.display_name.as_str()), (3, "rival"), "{tag}");
        every_row_is_whole(&world, tag).await;
        assert!(orphans(&world).await.is_empty(), "{tag}");
        assert_eq!((answer.status, answer.header("etag")), (StatusCode::OK, Some("\"2\"")), "{tag}");
        assert_eq!(answer.body["authorization"], json!({"scheme": "Bearer"}), "{tag}");
        let event = world.memory.sent_events().pop().unwrap();
        assert!(event.contains(&format!("{id}.2.updated")), "{tag}: {event}");
    }
}

#[tokio::test]
async fn a_wake_up_that_gets_to_work_meanwhile_is_left_alone() {
    let (world, trap, id) = world().await;
    let end = world.now().plus(Duration::from_secs(60));
    let wake = Wake { token: WakeToken::new(world.now(), 9), at: end, busy: true };
    trap.intrude(vec![Change::Wake(wake.clone())]);
    let answer = world.patch(&id, &json!({"displayName": "x"})).header("if-match", "\"1\"").send().await;
    assert_eq!((answer.status, answer.header("etag")), (StatusCode::OK, Some("\"2\"")));
    assert_eq!(world.row(&id).await.wake, Some(wake));
    assert!(world.memory.sent_deliveries().is_empty());
}

#[tokio::test]
async fn a_webhook_that_is_disabled_meanwhile_is_what_the_edit_says() {
    for (patch, status) in [
        (json!({"displayName": "x"}), Status::Disabled(DisabledReason::Gone)),
        (json!({"displayName": "x", "enabled": true}), Status::On),
        (json!({"displayName": "x", "enabled": false}), Status::Paused),
    ] {
        let (world, trap, id) = world().await;
        trap.intrude(vec![Change::Disable(DisabledReason::Gone, world.now())]);
        let answer = world.patch(&id, &patch).header("if-match", "\"1\"").send().await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(world.row(&id).await.status, status, "{patch}");
        assert_eq!(world.memory.sent_deliveries().len(), usize::from(status == Status::On), "{patch}");
    }
}
