//! A licence that has just begun, of which a dispatcher's copy does not know.

use std::time::Duration;

use domain::delivery::{BacklogItem, LogEntry, Outcome};
use domain::ids::{RedeliveryId, WakeToken};
use domain::message::{DeliveriesMessage, EventsMessage};
use domain::redelivery::Redelivery;
use domain::row::{Change, Wake, WebhookRow};
use domain::tenant::{Edition, Tenant};
use e2e::rig::{Rig, event_ids};
use serde_json::json;

use super::{NONE, send_test};

/// A dispatcher that has seen the tenant without a licence, which another one has heard of by now.
async fn begun() -> (Rig, WebhookRow) {
    let mut rig = Rig::new().await;
    (rig.settings.default_edition, rig.settings.tenant_cache) = (Edition::Standard, Duration::from_secs(60));
    rig.restart();
    let webhook = rig.webhook(json!({})).await;
    rig.events(&[rig.event("dropped")]).await;
    let licensed = Tenant::Installed {
        edition: Edition::Advanced,
        site_url: "https://acme.atlassian.net".to_owned(),
        updated_at: rig.now(),
    };
    assert_eq!(rig.ports().webhooks.record_tenant(&rig.tenant(), &licensed).await, Ok(true));
    assert!(rig.receiver.requests().is_empty());
    (rig, webhook)
}

fn item(rig: &Rig, webhook: &WebhookRow, id: &str) -> BacklogItem {
    let text = rig.event(id);
    let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else { panic!() };
    BacklogItem::untried(event.delivery_to(&webhook.key.webhook), text.as_str().into(), rig.now())
}

#[tokio::test]
async fn a_wake_up_does_not_miss_it() {
    let (rig, webhook) = begun().await;
    rig.ports().backlog.put(&webhook.key.webhook, &item(&rig, &webhook, "kept")).await.unwrap();
    let token = WakeToken::new(rig.now(), 1);
    let wake = Wake { token: token.clone(), at: rig.now(), busy: false };
    rig.change(&webhook, Change::Wake(wake)).await;

    rig.deliveries(&[DeliveriesMessage::wake_up(&rig.tenant(), &webhook.key.webhook, &token)]).await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["kept"]);
}

#[tokio::test]
async fn a_redelivery_does_not_miss_it() {
    let (rig, webhook) = begun().await;
    let entry: LogEntry = item(&rig, &webhook, "failed").into_entry(Outcome::Failed);
    rig.ports().log.put(&webhook.key.webhook, &entry).await.unwrap();
    rig.memory.advance(Duration::from_secs(1));

    let request = Redelivery { id: RedeliveryId::new(rig.now(), 1), at: rig.now() };
    let message = DeliveriesMessage::redeliver(&webhook.key, &entry.delivery, &request);
    assert_eq!(rig.deliveries(&[message]).await, NONE);
    rig.wake().await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["failed"]);
}

#[tokio::test]
async fn a_test_event_does_not_miss_it() {
    let (rig, webhook) = begun().await;
    send_test(&rig, &webhook, "t").await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["t"]);
}

#[tokio::test]
async fn an_event_does_not_miss_it() {
    let (rig, _) = begun().await;
    assert_eq!(rig.events(&[rig.event("e")]).await, NONE);
    assert_eq!(event_ids(&rig.receiver.requests()), ["e"]);
}
