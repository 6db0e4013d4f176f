//! Edits: whose version counts, what is woken, what becomes of the secrets.

use std::time::Duration;

use axum::http::StatusCode;
use domain::health::{DisabledReason, Health};
use domain::ids::{TenantId, WakeToken, WebhookId};
use domain::message::DeliveriesMessage;
use domain::row::{Change, Status, Wake, WebhookKey};
use serde_json::{Value, json};

use crate::world::World;

async fn change(world: &World, id: &str, change: Change) {
    let key = WebhookKey { tenant: TenantId::parse("acme").unwrap(), webhook: WebhookId::parse(id).unwrap() };
    world.memory.ports().webhooks.update(&key, &[], &[change]).await.unwrap();
}

/// The tokens of the wake-ups that were sent.
fn woken(world: &World) -> Vec<String> {
    let sent = world.memory.take_deliveries();
    sent.iter()
        .map(|sent| match DeliveriesMessage::parse(&sent.message) {
            Ok(DeliveriesMessage::WakeUp { token, .. }) if sent.delay == Duration::ZERO => token.to_string(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_raises_the_version() {
    let world = World::new().await;
    let id = world.webhook(&json!({"eventTypes": ["webhook.created"], "enabled": true})).await;
    world.memory.advance(Duration::from_secs(1));
    let patch = json!({"displayName": "new", "eventTypes": null});
    let answer = world.patch(&id, &patch).header("if-match", "\"1\"").send().await;
    assert_eq!((answer.status, answer.header("etag")), (StatusCode::OK, Some("\"2\"")));
    assert_eq!((&answer.body["displayName"], &answer.body["eventTypes"]), (&json!("new"), &json!(["*"])));
    assert_eq!(answer.body["updatedAt"], "2026-11-23T15:40:01Z");
    assert_eq!(world.get(&format!("/v1/webhooks/{id}")).send().await.text, answer.text);
}

#[tokio::test]
async fn if_match_decides() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    let patch = |name: &str| world.patch(&id, &json!({"displayName": name}));
    for (tag, status, code) in [
        ("\"2\"", 412, "precondition_failed"),
        ("W/\"1\"", 412, "precondition_failed"),
        ("1", 412, "precondition_failed"),
        ("", 412, "precondition_failed"),
        ("\"1\"", 200, ""),
        ("\"1\"", 412, "precondition_failed"),
        ("\"1\", \"2\"", 200, ""),
        ("*", 200, ""),
    ] {
        let answer = patch(&world.row(&id).await.version.to_string()).header("if-match", tag).send().await;
        assert_eq!(answer.problem(), (status, code), "{tag}");
    }
    assert_eq!(patch("x").without("if-match").send().await.problem(), (428, "precondition_required"));
    let path = format!("/v1/webhooks/{id}");
    assert_eq!(world.delete(&path).send().await.problem(), (428, "precondition_required"));
    assert_eq!(
        world.delete(&path).header("if-match", "\"1\"").send().await.problem(),
        (412, "precondition_failed")
    );
    assert_eq!(world.row(&id).await.version, 4);
}

#[tokio::test]
async fn a_merge_patch_may_be_declared_as_one() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    let call = world
        .patch(&id, &json!({"displayName": "new"}))
        .header("content-type", "application/merge-patch+json");
    assert_eq!(call.send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_edit_that_changes_nothing_is_no_edit() {
    let world = World::new().await;
    let id = world.webhook(&json!({"headers": [{"name": "X-Key", "value": "hunter2"}]})).await;
    let (events, bundles) = (world.memory.sent_events().len(), world.memory.bundle_names());
    for patch in [
        json!({}),
        json!({"displayName": "Splunk prod", "enabled": true, "eventTypes": ["*"]}),
        json!({"headers": [{"name": "X-Key", "secret": true}], "authorization": null, "signingSecrets": []}),
    ] {
        let answer = world.patch(&id, &patch).send().await;
        assert_eq!((answer.status, answer.header("etag")), (StatusCode::OK, Some("\"1\"")), "{patch}");
    }
    assert_eq!((world.memory.sent_events().len(), world.memory.bundle_names()), (events, bundles));
    assert!(woken(&world).is_empty());
}

#[tokio::test]
async fn saving_and_resuming_wake_and_pausing_does_not() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    assert!(woken(&world).is_empty(), "a new webhook has nothing waiting");
    for (patch, wakes) in [
        (json!({"displayName": "a"}), true),
        (json!({"enabled": false}), false),
        (json!({"displayName": "b"}), false),
        (json!({"displayName": "c", "enabled": true}), true),
    ] {
        world.memory.advance(Duration::from_secs(1));
        let answer = world.patch(&id, &patch).send().await;
        assert_eq!(answer.status, StatusCode::OK);
        let sent = woken(&world);
        assert_eq!(sent.len(), usize::from(wakes), "{patch}");
        if let Some(token) = sent.first() {
            let wake = world.row(&id).await.wake.unwrap();
            assert_eq!((wake.token.as_str(), wake.at, wake.busy), (token.as_str(), world.now(), false));
        }
    }
}

#[tokio::test]
async fn a_wake_up_that_is_at_work_is_left_alone() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    let busy = |at| Wake { token: WakeToken::new(world.now(), 9), at, busy: true };
    let end = world.now().plus(Duration::from_secs(60));
    change(&world, &id, Change::Wake(busy(end))).await;
    let answer = world.patch(&id, &json!({"displayName": "a"})).send().await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(woken(&world).is_empty());
    assert_eq!(world.row(&id).await.wake, Some(busy(end)));
    world.memory.advance(Duration::from_secs(60));
    world.patch(&id, &json!({"displayName": "b"})).send().await;
    assert_eq!(woken(&world).len(), 1, "its lease has run out");
}

#[tokio::test]
async fn enabled_pauses_resumes_and_revives() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    let state = |answer: &Value| (answer["enabled"].clone(), answer["status"]["state"].clone());
    let now = world.now();
    change(&world, &id, Change::Failing(now)).await;
    let path = format!("/v1/webhooks/{id}");
    assert_eq!(state(&world.get(&path).send().await.body), (json!(true), json!("failing")));
    let paused = world.patch(&id, &json!({"enabled": false})).send().await;
    assert_eq!(state(&paused.body), (json!(false), json!("paused")));
    let resumed = world.patch(&id, &json!({"enabled": null})).send().await;
    assert_eq!(state(&resumed.body), (json!(true), json!("active")), "null is the default");
    assert_eq!(world.row(&id).await.health, Health::Healthy);

    change(&world, &id, Change::Disable(DisabledReason::Gone, now)).await;
    let edited = world.patch(&id, &json!({"displayName": "x"})).send().await;
    assert_eq!(state(&edited.body), (json!(true), json!("disabled")), "other edits leave it disabled");
    insta::assert_json_snapshot!("disabled_status", edited.body["status"]);
    woken(&world);
    let revived = world.patch(&id, &json!({"enabled": true})).send().await;
    assert_eq!(
        (state(&revived.body), revived.header("etag")),
        ((json!(true), json!("active")), Some("\"5\""))
    );
    assert_eq!(woken(&world).len(), 1);
    change(&world, &id, Change::Disable(DisabledReason::Gone, now)).await;
    world.patch(&id, &json!({"enabled": false})).send().await;
    assert_eq!(world.row(&id).await.status, Status::Paused);
}

#[tokio::test]
async fn health_never_changes_the_etag() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    let now = world.now();
    for health in [Change::Failing(now), Change::Healthy(now), Change::Disable(DisabledReason::Gone, now)] {
        change(&world, &id, health).await;
        let answer = world.get(&format!("/v1/webhooks/{id}")).send().await;
        assert_eq!(answer.header("etag"), Some("\"1\""));
    }
}

#[tokio::test]
async fn an_edit_of_secrets_makes_another_object_and_deletes_the_old_one() {
    let world = World::new().await;
    let id = world
        .webhook(&json!({"signingSecrets": [{"value": "hunter2-hunter2-1"}], "authorization": "A hunter2"}))
        .await;
    let first = world.row(&id).await.bundle.unwrap();
    let kept = world.row(&id).await.settings.signing_secrets[0].id.to_string();
    let patch = json!({"signingSecrets": [{"value": "hunter2-hunter2-2"}, {"id": kept}]});
    let answer = world.patch(&id, &patch).send().await;
    assert_eq!(answer.body["signingSecrets"][1]["id"], kept.as_str(), "{}", answer.text);
    let second = world.row(&id).await.bundle.unwrap();
    assert_ne!(first, second);
    assert_eq!(world.memory.bundle_names(), std::slice::from_ref(&second));
    let bundle = world.memory.ports().secrets.read(&second).await.unwrap();
    let values: Vec<&str> = bundle.signing_secrets.iter().map(|(_, key)| key.secret().expose()).collect();
    assert_eq!(values, ["hunter2-hunter2-2", "hunter2-hunter2-1"]);
    assert_eq!(bundle.authorization.as_ref().unwrap().expose(), "A hunter2");

    let cleared = world.patch(&id, &json!({"signingSecrets": null, "authorization": null})).send().await;
    assert_eq!((&cleared.body["signingSecrets"], &cleared.body["authorization"]), (&json!([]), &Value::Null));
    assert!(world.memory.bundle_names().is_empty());
    assert_eq!(world.row(&id).await.bundle, None);
}

#[tokio::test]
async fn an_edit_that_needs_lost_secrets_is_put_off() {
    let world = World::new().await;
    let id = world
        .webhook(&json!({"signingSecrets": [{"value": "hunter2-hunter2-1"}], "authorization": "A hunter2"}))
        .await;
    let row = world.row(&id).await;
    world.memory.ports().secrets.delete(&row.bundle.unwrap()).await.unwrap();
    let answer = world.patch(&id, &json!({"authorization": null})).send().await;
    assert_eq!(answer.problem(), (503, "secret_unavailable"));
    let anew = world.patch(&id, &json!({"authorization": null, "signingSecrets": []})).send().await;
    assert_eq!(anew.status, StatusCode::OK, "an edit that needs none of them repairs it");
}
