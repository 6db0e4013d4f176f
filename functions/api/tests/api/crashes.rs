//! A port that fails at any call leaves nothing half done: a row always names
//! secrets that are there, and a repeated request converges.

use std::time::Duration;

use axum::http::StatusCode;
use domain::ports::PortError;
use domain::tenant::Edition;
use serde_json::{Value, json};

use crate::routes::everything;
use crate::trial::{every_row_is_whole, with_each_call_failing};
use crate::unreliable::{Moment, Trap};
use crate::world::World;

#[tokio::test]
async fn a_repeated_creation_makes_one_webhook() {
    with_each_call_failing(async |trial| {
        let (world, at) = (&trial.world, &trial.at);
        let create = || world.create(&everything()).header("idempotency-key", "k");
        let first = trial.attempt(create().send()).await;
        let mut again = create().send().await;
        if again.code() == "idempotency_in_progress" {
            world.memory.advance(Duration::from_secs(60));
            again = create().send().await;
        }
        assert_eq!(again.status, StatusCode::CREATED, "{at}: {}", again.text);
        assert_eq!(world.rows("acme").await.len(), 1, "{at}");
        assert!(first.is_some() || !trial.is_undisturbed(), "{at}");
        if let Some(first) = first.filter(|first| first.status == StatusCode::CREATED) {
            assert_eq!(again.body["id"], first.body["id"], "{at}");
        }
        let ids: std::collections::HashSet<_> = world
            .memory
            .sent_events()
            .iter()
            .map(|text| serde_json::from_str::<Value>(text).unwrap()["id"].to_string())
            .collect();
        assert!(ids.len() <= 1, "{at}: the same deed is the same event");
    })
    .await;
}

#[tokio::test]
async fn a_creation_of_unknown_outcome_keeps_its_id_for_the_next_try() {
    let trap = Trap::new(Moment::After);
    let world = World::over(|ports| trap.over(ports)).await;
    let create = || world.create(&everything()).header("idempotency-key", "k");
    // Tenant, key, secrets, then the row, the look at what became of it, and giving the key back.
    trap.set_lasting(4, 3);
    assert_eq!(create().send().await.problem(), (500, "internal"));
    // After the key was given back; it failed only for us.
    assert_eq!(create().send().await.status, StatusCode::CREATED);
    assert_eq!(world.rows("acme").await.len(), 1);
    every_row_is_whole(&world, "unknown outcome").await;
}

#[tokio::test]
async fn a_creation_whose_key_is_not_given_back_can_be_repeated_a_minute_later() {
    let trap = Trap::new(Moment::Before);
    let world = World::over(|ports| trap.over(ports)).await;
    let create = || world.create(&everything()).header("idempotency-key", "k");
    trap.set_lasting(4, 3);
    assert_eq!(create().send().await.problem(), (500, "internal"));
    assert_eq!(create().send().await.problem(), (409, "idempotency_in_progress"));
    world.memory.advance(Duration::from_secs(60));
    assert_eq!(create().send().await.status, StatusCode::CREATED);
    assert_eq!(world.rows("acme").await.len(), 1);
}

#[tokio::test]
async fn a_creation_that_gets_through_after_it_was_given_up_is_found_by_the_next_try() {
    let trap = Trap::new(Moment::Before);
    let world = World::over(|ports| trap.over(ports)).await;
    let create = || world.create(&everything()).header("idempotency-key", "k");
    trap.set_lasting(4, 1);
    assert_eq!(create().send().await.problem(), (500, "internal"));
    assert!(world.rows("acme").await.is_empty());
    // Its write was only late.
    let bundle = world.memory.bundle_names().pop().unwrap();
    let id = bundle.0.split('/').nth(2).unwrap().to_owned();
    let like = world.webhook(&everything()).await;
    let mut row = world.row(&like).await;
    row.key.webhook = domain::ids::WebhookId::parse(&id).unwrap();
    row.bundle = Some(bundle);
    world.memory.ports().webhooks.create(&row, 50).await.unwrap();
    let again = create().send().await;
    assert_eq!((again.status, &again.body["id"]), (StatusCode::CREATED, &json!(id)), "{}", again.text);
    assert_eq!(world.rows("acme").await.len(), 2, "this one and the one that is like it");
}

#[tokio::test]
async fn a_creation_that_got_through_is_found_though_the_next_try_is_throttled() {
    for fails_at in 1..8 {
        let trap = Trap::new(Moment::Before);
        let world = World::over(|ports| trap.over(ports)).await;
        let create = || world.create(&everything()).header("idempotency-key", "k");
        // Tenant, key, secrets and row; then the process is as good as dead: no event, and no answer is kept.
        trap.set_lasting(5, usize::MAX);
        let first = create().send().await;
        assert_eq!(first.status, StatusCode::CREATED);
        world.memory.advance(Duration::from_secs(60));
        trap.say(&PortError::Throttled { service: "a service" });
        trap.set(fails_at);
        create().send().await;
        trap.disarm();
        world.memory.advance(Duration::from_secs(60));
        let third = create().send().await;
        assert_eq!((third.status, &third.body["id"]), (StatusCode::CREATED, &first.body["id"]), "{fails_at}");
        assert_eq!(world.rows("acme").await.len(), 1, "call {fails_at}");
    }
}

#[tokio::test]
async fn a_late_creation_is_found_though_the_try_before_was_throttled() {
    let trap = Trap::new(Moment::Before);
    let world = World::over(|ports| trap.over(ports)).await;
    let create = || world.create(&everything()).header("idempotency-key", "k");
    trap.set_lasting(4, 1);
    assert_eq!(create().send().await.problem(), (500, "internal"));
    let made_for = world.memory.bundle_names().pop().unwrap();
    // Tenant and key; its secrets cannot be made. What the first one wrote may still come.
    trap.say(&PortError::Throttled { service: "a service" });
    trap.set(3);
    assert_eq!(create().send().await.problem(), (503, "throttled"));
    let third = create().send().await;
    assert_eq!(third.status, StatusCode::CREATED);
    assert!(made_for.0.contains(third.body["id"].as_str().unwrap()), "under the first one's id");
}

#[tokio::test]
async fn a_creation_is_not_answered_with_a_webhook_that_a_removal_took() {
    let trap = Trap::new(Moment::After);
    let world = World::over(|ports| trap.over(ports)).await;
    let create = || world.create(&everything()).header("idempotency-key", "k");
    trap.set_lasting(4, 2);
    assert_eq!(create().send().await.problem(), (500, "internal"));
    let taken = world.rows("acme").await.remove(0).key;
    world.remove_tenant("acme").await;
    world.memory.advance(Duration::from_secs(60));
    world.set_edition("acme", Edition::Advanced).await;
    assert_eq!(create().send().await.status, StatusCode::CREATED);
    let rows = world.rows("acme").await;
    assert!(rows.len() == 1 && rows[0].key != taken);
}

#[tokio::test]
async fn a_creation_that_was_throttled_is_repeated_at_once() {
    let world = World::new().await;
    world.memory.throttle_next(1);
    let answer = world.create(&everything()).header("idempotency-key", "k").send().await;
    assert_eq!((answer.problem(), answer.header("retry-after")), ((503, "throttled"), Some("1")));
    assert!(world.rows("acme").await.is_empty());
    let answer = world.create(&everything()).header("idempotency-key", "k").send().await;
    assert_eq!(answer.status, StatusCode::CREATED);
    for path in ["/v1/tenant", "/v1/webhooks?include=lastDelivery"] {
        world.memory.throttle_next(1);
        assert_eq!(world.get(path).send().await.problem(), (503, "throttled"), "{path}");
    }
}

#[tokio::test]
async fn a_repeated_edit_comes_to_the_same() {
    with_each_call_failing(async |trial| {
        let (world, at) = (&trial.world, &trial.at);
        let headers = json!([{"name": "X-Key", "value": "hunter2"}]);
        let id = world.webhook(&json!({"authorization": "Splunk hunter2", "headers": headers})).await;
        let edit = || world.patch(&id, &json!({"displayName": "new", "authorization": null}));
        let first = trial.attempt(edit().send()).await;
        let is_done = first.is_some_and(|first| first.status == StatusCode::OK);
        assert!(is_done || !trial.is_undisturbed(), "{at}");
        let again = edit().send().await;
        assert_eq!(again.status, StatusCode::OK, "{at}: {}", again.text);
        assert_eq!(
            (&again.body["displayName"], &again.body["authorization"]),
            (&json!("new"), &Value::Null),
            "{at}"
        );
        assert_eq!(world.row(&id).await.version, 2, "{at}");
    })
    .await;
}

#[tokio::test]
async fn a_repeated_deletion_leaves_no_webhook() {
    with_each_call_failing(async |trial| {
        let (world, at) = (&trial.world, &trial.at);
        let id = world.webhook(&json!({"authorization": "Splunk hunter2"})).await;
        let delete = || world.delete(&format!("/v1/webhooks/{id}")).header("if-match", "\"1\"");
        let first = trial.attempt(delete().send()).await.map(|first| first.status.as_u16());
        let again = delete().send().await.status.as_u16();
        let is_repeated = matches!((first, again), (Some(204 | 500) | None, 404) | (Some(500) | None, 204));
        assert!(is_repeated, "{at}: {first:?} {again}");
        assert!(first == Some(204) || !trial.is_undisturbed(), "{at}");
        assert!(world.rows("acme").await.is_empty(), "{at}");
    })
    .await;
}

#[tokio::test]
async fn a_test_event_is_queued_though_the_first_answer_of_its_write_was_lost() {
    let trap = Trap::new(Moment::Unseen);
    let world = World::over(|ports| trap.over(ports)).await;
    let id = world.webhook(&json!({})).await;
    let test = || world.post(&format!("/v1/webhooks/{id}/test"));
    // Tenant, row.
    trap.set(2);
    let answer = test().send().await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    assert_eq!(world.memory.take_deliveries().len(), 1);
    world.memory.advance(Duration::from_millis(1));
    assert_eq!(test().send().await.problem(), (429, "too_many_tests"));
    assert!(world.memory.take_deliveries().is_empty());
}

#[tokio::test]
async fn a_failure_is_told_without_its_cause() {
    let trap = Trap::new(Moment::Before);
    let world = World::over(|ports| trap.over(ports)).await;
    trap.set(1);
    let answer = world.get("/v1/webhooks").send().await;
    assert_eq!(answer.problem(), (500, "internal"));
    assert!(!answer.text.contains("trap"));
}

#[tokio::test]
async fn an_audit_event_that_cannot_be_sent_fails_nothing() {
    let trap = Trap::new(Moment::Before);
    let world = World::over(|ports| trap.over(ports)).await;
    // Tenant, secrets, row, event.
    trap.set(4);
    let answer = world.create(&everything()).send().await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert!(world.memory.sent_events().is_empty());
}
