//! What each route answers when all is well.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use domain::attempt::{Attempt, AttemptError};
use domain::delivery::{Attempts, BacklogItem, LogEntry, Outcome};
use domain::ids::{DeliveryId, EventId, WebhookId};
use domain::message::{DeliveriesMessage, EventsMessage};
use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::world::{URL, World, start, token};

#[tokio::test]
async fn the_tenant_is_the_token_s() {
    let world = World::new().await;
    let answer = world.get("/v1/tenant").send().await;
    assert_eq!(answer.status, StatusCode::OK);
    insta::assert_json_snapshot!("tenant", answer.body);
    let unnamed = world.get("/v1/tenant").token(&token("other", "u9", "admin")).send().await;
    assert_eq!((&unnamed.body["id"], &unnamed.body["siteUrl"]), (&json!("other"), &Value::Null));
}

#[tokio::test]
async fn the_catalogue_is_listed() {
    let answer = World::new().await.get("/v1/event-types").send().await;
    assert_eq!(answer.status, StatusCode::OK);
    insta::assert_json_snapshot!("event_types", answer.body);
}

#[tokio::test]
async fn a_webhook_of_name_and_url_takes_the_defaults() {
    let world = World::new().await;
    let answer = world.create(&json!({"displayName": " Splunk prod ", "url": URL})).send().await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let id = answer.body["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(format!("/v1/webhooks/{id}").as_str()));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    insta::assert_json_snapshot!("webhook_defaults", answer.body);
}

#[tokio::test]
async fn a_webhook_of_everything_shows_all_but_the_secrets() {
    let world = World::new().await;
    let answer = world.create(&everything()).send().await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    insta::assert_json_snapshot!("webhook_everything", answer.body);
    let shown = world.get(answer.header("location").unwrap()).send().await;
    assert_eq!((shown.status, shown.header("etag")), (StatusCode::OK, Some("\"1\"")));
    assert_eq!(shown.text, answer.text);
}

#[tokio::test]
async fn webhooks_are_listed_in_order_of_creation() {
    let world = World::new().await;
    for name in ["b", "a", "c"] {
        world.webhook(&json!({"displayName": name})).await;
        world.memory.advance(Duration::from_millis(1));
    }
    let answer = world.get("/v1/webhooks?unknown=1&include=other").send().await;
    let items = answer.body["items"].as_array().unwrap();
    let names: Vec<_> = items.iter().map(|item| item["displayName"].as_str().unwrap()).collect();
    assert_eq!(names, ["b", "a", "c"]);
    assert!(items.iter().all(|item| item.get("lastDelivery").is_none()));
}

#[tokio::test]
async fn the_last_delivery_is_the_one_of_the_newest_event() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    assert_eq!(last_delivery(&world).await, Value::Null);

    let webhook = WebhookId::parse(&id).unwrap();
    let ports = world.memory.ports();
    ports.log.put(&webhook, &logged(&webhook, 2_000)).await.unwrap();
    let succeeded = json!({"at": "2026-11-23T15:40:03Z", "status": "succeeded", "error": null});
    assert_eq!(last_delivery(&world).await, succeeded);

    ports.backlog.put(&webhook, &waiting(&webhook, 1_000)).await.unwrap();
    assert_eq!(last_delivery(&world).await, succeeded);
    ports.backlog.put(&webhook, &waiting(&webhook, 2_000)).await.unwrap();
    assert_eq!(last_delivery(&world).await, succeeded, "what stands in the log has its outcome");

    ports.backlog.put(&webhook, &waiting(&webhook, 3_000)).await.unwrap();
    let at = "2026-11-23T15:40:04Z";
    assert_eq!(last_delivery(&world).await, json!({"at": at, "status": "pending", "error": "timeout"}));
    world.patch(&id, &json!({"enabled": false})).send().await;
    assert_eq!(last_delivery(&world).await, json!({"at": at, "status": "held", "error": "timeout"}));
}

#[tokio::test]
async fn a_webhook_is_deleted_with_its_secrets() {
    let world = World::new().await;
    let id = world.create(&everything()).send().await.body["id"].as_str().unwrap().to_owned();
    assert_eq!(world.memory.bundle_names().len(), 1);
    let path = format!("/v1/webhooks/{id}");
    let answer = world.delete(&path).header("if-match", "\"1\"").send().await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NO_CONTENT, ""));
    assert!(world.memory.bundle_names().is_empty());
    assert_eq!(world.get(&path).send().await.problem(), (404, "not_found"));
}

#[tokio::test]
async fn a_test_event_goes_to_one_webhook_alone_and_once_in_5_seconds() {
    let world = World::new().await;
    let id = world.webhook(&json!({"enabled": false})).await;
    let path = format!("/v1/webhooks/{id}/test");
    let answer = world.post(&path).send().await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let sent = world.memory.take_deliveries();
    assert_eq!((sent.len(), sent[0].delay), (1, Duration::ZERO));
    let Ok(DeliveriesMessage::Test { webhook, event, .. }) = DeliveriesMessage::parse(&sent[0].message)
    else {
        panic!("{sent:?}");
    };
    assert_eq!(webhook.as_str(), id);
    assert_eq!(answer.body, json!({"deliveryId": event.delivery_to(&webhook)}));
    assert!(event.is_test());
    assert_eq!(event.actor.unwrap().account_id, "u1");

    world.memory.advance(Duration::from_millis(1_500));
    let again = world.post(&path).send().await;
    assert_eq!((again.problem(), again.header("retry-after")), ((429, "too_many_tests"), Some("4")));
    assert!(world.memory.take_deliveries().is_empty());
    world.memory.advance(Duration::from_millis(3_500));
    let later = world.post(&path).send().await;
    assert_eq!(later.status, StatusCode::ACCEPTED);
    assert_ne!(later.body, answer.body);
    assert_eq!(world.row(&id).await.version, 1, "a test is no edit");
}

#[tokio::test]
async fn a_random_secret_is_32_bytes_and_another_one_each_time() {
    let world = World::new().await;
    let mut values = Vec::new();
    for _ in 0..2 {
        let answer = world.post("/v1/signing-secrets/random").send().await;
        assert_eq!(answer.status, StatusCode::OK);
        values.push(answer.body["value"].as_str().unwrap().to_owned());
    }
    assert!(values.iter().all(|value| value.len() == 44 && value.ends_with('=')), "{values:?}");
    assert_ne!(values[0], values[1]);
    assert!(world.memory.bundle_names().is_empty());
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_is_not_taken_is_405() {
    let world = World::new().await;
    for path in ["/v1", "/v1/webhooks/", "/v1/webhooks/x/y", "/v2/tenant", "/v1/tenant/"] {
        let answer = world.get(path).without("authorization").send().await;
        assert_eq!(answer.problem(), (404, "no_such_route"), "{path}");
    }
    for (method, path, allowed) in [
        (Method::DELETE, "/v1/webhooks", "GET,HEAD,POST"),
        (Method::PUT, "/v1/webhooks/wh_1", "GET,HEAD,PATCH,DELETE"),
        (Method::POST, "/v1/tenant", "GET,HEAD"),
        (Method::GET, "/v1/signing-secrets/random", "POST"),
        (Method::OPTIONS, "/health", "GET,HEAD"),
    ] {
        let answer = world.call(method, path).without("authorization").send().await;
        assert_eq!(
            (answer.problem(), answer.header("allow")),
            ((405, "method_not_allowed"), Some(allowed)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_webhook_of_another_tenant_is_not_there() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    let path = format!("/v1/webhooks/{id}");
    let theirs = token("other", "u9", "admin");
    let unknown = world.get("/v1/webhooks/wh_01ARYZ6S410000000000000000").send().await;
    for call in [
        world.get(&path),
        world.get(&format!("{path}?tenant=acme")),
        world.delete(&path).header("if-match", "*"),
        world.patch(&id, &json!({"displayName": "mine", "tenant": "acme"})),
        world.post(&format!("{path}/test")),
    ] {
        let answer = call.token(&theirs).send().await;
        assert_eq!((answer.status, &answer.body["detail"]), (unknown.status, &unknown.body["detail"]));
    }
    let list = world.get("/v1/webhooks").token(&theirs).send().await;
    assert_eq!(list.body, json!({"items": []}));
    assert_eq!(world.get(&path.to_lowercase()).send().await.problem(), (404, "not_found"));
    for odd in ["/v1/webhooks/%FF", "/v1/webhooks/wh_%2e%2e", "/v1/webhooks/%00"] {
        assert_eq!(world.get(odd).send().await.problem(), (404, "not_found"), "{odd}");
    }
    assert_eq!(world.row(&id).await.version, 1);
}

#[tokio::test]
async fn what_an_admin_does_is_an_audit_event_without_values() {
    let world = World::new().await;
    let id = world.create(&everything()).send().await.body["id"].as_str().unwrap().to_owned();
    world.memory.advance(Duration::from_secs(60));
    let patch = json!({
        "displayName": "Splunk", "authorization": "Bearer hunter2-new", "enabled": false,
        "signingSecrets": [{"value": "hunter2-hunter2-new"}],
    });
    world.patch(&id, &patch).send().await;
    world.delete(&format!("/v1/webhooks/{id}")).header("if-match", "*").send().await;
    let events = world.memory.sent_events();
    assert!(events.iter().all(|text| matches!(EventsMessage::parse(text), Ok(EventsMessage::AuditEvent(_)))));
    let events: Vec<Value> = events.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    insta::assert_json_snapshot!("audit_events", events);
}

/// A body with every field; each secret holds `hunter2`.
pub(crate) fn everything() -> Value {
    json!({
        "displayName": "Splunk prod",
        "url": "HTTPS://HEC.example.com:8088/services/../collector",
        "eventTypes": ["project_scan.finished", "webhook.disabled"],
        "format": "json",
        "signingSecrets": [{"value": "lb+hunter2hunter2"}, {"value": "whsec_hunter2hunter2"}],
        "authorization": "Splunk hunter2",
        "headers": [
            {"name": "X-Source", "value": "jira"},
            {"name": "DD-API-KEY", "value": "hunter2"},
            {"name": "X-Route", "value": "hunter2", "secret": true},
            {"name": "X-Token-Kind", "value": "plain", "secret": false},
        ],
        "enabled": true,
    })
}

async fn last_delivery(world: &World) -> Value {
    let answer = world.get("/v1/webhooks?include=lastDelivery").send().await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.body["items"][0]["lastDelivery"].clone()
}

fn delivery(webhook: &WebhookId, millis: u64) -> DeliveryId {
    DeliveryId::of(&EventId::parse("e").unwrap(), start().plus(Duration::from_millis(millis)), webhook)
}

fn attempt(millis: u64, error: Option<AttemptError>) -> Attempt {
    let at: Timestamp = start().plus(Duration::from_millis(millis));
    Attempt { at, duration_ms: 5, status_code: None, error }
}

fn logged(webhook: &WebhookId, millis: u64) -> LogEntry {
    LogEntry {
        delivery: delivery(webhook, millis),
        event: "{}".into(),
        outcome: Outcome::Succeeded,
        attempts: Attempts::default().and(attempt(millis + 1_000, None)),
        created_at: start(),
    }
}

fn waiting(webhook: &WebhookId, millis: u64) -> BacklogItem {
    BacklogItem::untried(delivery(webhook, millis), "{}".into(), start())
        .after_failure(attempt(millis + 1_000, Some(AttemptError::Timeout)))
}
