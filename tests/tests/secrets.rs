//! Secrets that cannot be read, and those that an edit has just replaced.

use std::time::Duration;

use domain::attempt::AttemptError;
use domain::delivery::Outcome;
use domain::health::Health;
use domain::row::{Change, WebhookRow};
use e2e::rig::{Rig, event_ids};
use serde_json::json;

const SIGNATURE: &str = "x-soteri-signature";

#[tokio::test]
async fn secrets_that_cannot_be_read_are_never_a_reason_to_send_unsigned() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({ "signingSecrets": [{ "value": "0123456789abcdef" }] })).await;
    let ports = rig.ports();
    let name = webhook.bundle.clone().unwrap();
    let bundle = ports.secrets.read(&name).await.unwrap();
    ports.secrets.delete(&name).await.unwrap();
    rig.events(&[rig.event("1")]).await;
    rig.wake().await;
    assert!(rig.receiver.requests().is_empty());
    let item = rig.memory.backlog_of(&webhook.key.webhook).pop().unwrap();
    assert_eq!(item.attempts.last().unwrap().error, Some(AttemptError::SecretUnavailable));
    assert_eq!(rig.row(&webhook).await.health, Health::Healthy, "no fault of the receiver");

    let again = ports.secrets.create(&webhook.key, 7, &bundle).await.unwrap();
    let settings = Box::new(webhook.settings.clone());
    rig.change(
        &webhook,
        Change::Settings { settings, bundle: Some(again), updated: webhook.updated.clone() },
    )
    .await;
    rig.wake().await;
    let requests = rig.receiver.requests();
    assert_eq!(event_ids(&requests), ["1"]);
    assert!(requests[0].header(SIGNATURE).is_some());
}

/// A webhook with a secret, of which the dispatcher has a copy.
async fn copied() -> (Rig, WebhookRow) {
    let mut rig = Rig::new().await;
    rig.settings.tenant_cache = Duration::from_secs(5);
    rig.restart();
    let webhook = rig.webhook(json!({ "signingSecrets": [{ "value": "0123456789abcdef" }] })).await;
    rig.events(&[rig.event("1")]).await;
    assert!(rig.receiver.requests()[0].header(SIGNATURE).is_some());
    rig.receiver.clear();
    (rig, webhook)
}

#[tokio::test]
async fn an_edit_that_took_all_secrets_away_is_no_fault() {
    let (rig, webhook) = copied().await;
    let mut settings = Box::new(webhook.settings.clone());
    settings.signing_secrets.clear();
    let edit = Change::Settings { settings, bundle: None, updated: webhook.updated.clone() };
    rig.change(&webhook, edit).await;
    rig.ports().secrets.delete(webhook.bundle.as_ref().unwrap()).await.unwrap();

    rig.events(&[rig.event("2")]).await;
    let requests = rig.receiver.requests();
    assert_eq!(event_ids(&requests), ["2"]);
    assert_eq!(requests[0].header(SIGNATURE), None);
    let logged = rig.memory.log_of(&webhook.key.webhook).pop().unwrap();
    assert_eq!((logged.outcome, logged.attempts.count()), (Outcome::Succeeded, 1));
    assert_eq!(rig.totals().unsigned, 0);
}
