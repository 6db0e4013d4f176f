//! A licence that has ended, of which the table alone knows: whatever is handed out then sends
//! nothing.

use std::time::Duration;

use domain::delivery::Outcome;
use domain::ids::{DeliveryId, RedeliveryId};
use domain::message::DeliveriesMessage;
use domain::redelivery::{Kept, Redelivery};
use domain::row::WebhookRow;
use domain::tenant::{Edition, Tenant};
use e2e::rig::Rig;
use local::Reply;
use serde_json::json;

use super::{NONE, send_test};

/// A webhook whose first event its receiver answered so, and which has a licence no more.
async fn ended(status: u16) -> (Rig, WebhookRow) {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(move |_| Reply::status(status));
    rig.events(&[rig.event("1")]).await;
    let unlicensed = Tenant::Installed {
        edition: Edition::Standard,
        site_url: "https://acme.atlassian.net".to_owned(),
        updated_at: rig.now(),
    };
    assert_eq!(rig.ports().webhooks.record_tenant(&rig.tenant(), &unlicensed).await, Ok(true));
    rig.memory.advance(Duration::from_secs(60));
    rig.receiver.answer(|_| Reply::status(200));
    rig.receiver.clear();
    (rig, webhook)
}

#[tokio::test]
async fn a_wake_up_sends_nothing_and_holds_what_waits() {
    let (rig, webhook) = ended(503).await;
    let item = rig.memory.backlog_of(&webhook.key.webhook).remove(0);
    assert!(!rig.row(&webhook).await.holds(&item), "nobody has told the dispatcher");
    rig.wake().await;
    assert!(rig.receiver.requests().is_empty());
    let row = rig.row(&webhook).await;
    assert!(row.holds(&item));
    assert_eq!((row.wake, rig.memory.sent_deliveries()), (None, vec![]));
    assert_eq!(rig.memory.backlog_of(&webhook.key.webhook), [item]);
}

#[tokio::test]
async fn a_redelivery_puts_nothing_into_the_backlog() {
    let (rig, webhook) = ended(400).await;
    let failed = rig.memory.log_of(&webhook.key.webhook).remove(0);
    assert_eq!(failed.outcome, Outcome::Failed);
    let request = Redelivery { id: RedeliveryId::new(rig.now(), 1), at: rig.now() };
    let behind = DeliveryId::before_all_of(rig.now().minus(Duration::from_secs(3_600)));
    for message in [
        DeliveriesMessage::redeliver(&webhook.key, &failed.delivery, &request),
        DeliveriesMessage::redeliver_all(&webhook.key, Kept::Failed, &behind, &request),
    ] {
        assert_eq!(rig.deliveries(std::slice::from_ref(&message)).await, NONE);
        assert_eq!(rig.totals().dropped, 1, "{message}");
        assert_eq!(rig.memory.backlog_of(&webhook.key.webhook), [], "{message}");
        assert_eq!(rig.memory.sent_deliveries(), [], "{message}");
    }
    assert_eq!(rig.memory.log_of(&webhook.key.webhook), [failed]);
    assert!(rig.receiver.requests().is_empty());
}

#[tokio::test]
async fn a_test_event_is_dropped() {
    let (rig, webhook) = ended(200).await;
    let log = rig.memory.log_of(&webhook.key.webhook);
    send_test(&rig, &webhook, "t").await;
    assert_eq!((rig.totals().dropped, rig.totals().succeeded), (1, 0));
    assert!(rig.receiver.requests().is_empty());
    assert_eq!(rig.memory.log_of(&webhook.key.webhook), log);
    assert_eq!(rig.memory.backlog_of(&webhook.key.webhook), []);
    assert_eq!(rig.memory.sent_deliveries(), []);
}
