//! A removed tenant leaves more than one call can delete.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::delivery::{BacklogItem, Counts, Outcome};
use domain::memory::Closed;
use domain::message::EventsMessage;
use domain::row::WebhookRow;
use e2e::rig::Rig;
use serde_json::json;

use super::{NONE, removed};

/// Each of log, backlog and counters has so many: two whole calls and a half.
const LEFT: u32 = 250;
const REMOVED_AT: &str = "2026-11-23T16:00:00Z";

/// A webhook with a long past.
async fn with_a_past() -> (Rig, WebhookRow) {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({ "signingSecrets": [{ "value": "0123456789abcdef" }] })).await;
    let (ports, id) = (rig.ports(), &webhook.key.webhook);
    for number in 0..LEFT {
        let text = rig.event(&number.to_string());
        let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else { panic!() };
        let item = BacklogItem::untried(event.delivery_to(id), text.as_str().into(), rig.now());
        ports.backlog.put(id, &item).await.unwrap();
        ports.log.put(id, &item.into_entry(Outcome::Succeeded)).await.unwrap();
        let (hour, one) = (Duration::from_secs(3_600), Counts { succeeded: 1, ..Counts::default() });
        let counts = BTreeMap::from([(id.clone(), one)]);
        ports.log.count(&webhook.key.tenant, rig.now().minus(hour * number), &counts).await.unwrap();
    }
    (rig, webhook)
}

/// How much is left of it in backlog, log and counters.
fn left(rig: &Rig, webhook: &WebhookRow) -> (usize, usize, u32) {
    let id = &webhook.key.webhook;
    (rig.memory.backlog_of(id).len(), rig.memory.log_of(id).len(), rig.memory.counts_of(id).succeeded)
}

async fn all_is_gone(rig: &Rig, webhook: &WebhookRow) {
    assert_eq!(left(rig, webhook), (0, 0, 0));
    assert_eq!(rig.ports().webhooks.get(&webhook.key).await, Ok(None));
    assert!(rig.memory.bundle_names().is_empty());
}

#[tokio::test]
async fn all_of_it_is_deleted_by_one_message_if_there_is_time() {
    let (rig, webhook) = with_a_past().await;
    let all = usize::try_from(LEFT).unwrap();
    assert_eq!(left(&rig, &webhook), (all, all, LEFT));
    assert_eq!(rig.events(&[removed(REMOVED_AT)]).await, NONE);
    assert!(rig.memory.sent_events().is_empty());
    all_is_gone(&rig, &webhook).await;
}

#[tokio::test]
async fn when_time_is_over_the_message_goes_on_where_it_stopped() {
    let (rig, webhook) = with_a_past().await;
    let message = removed(REMOVED_AT);
    let mut before = left(&rig, &webhook);
    let mut messages = 1;
    assert_eq!(rig.events_within(std::slice::from_ref(&message), Duration::from_secs(1)).await, NONE);
    while rig.memory.sent_events().len() == messages {
        assert_eq!(rig.memory.sent_events()[messages - 1], message);
        let now = left(&rig, &webhook);
        assert!(now < before, "{now:?}");
        before = now;
        messages += 1;
        assert_eq!(rig.events_within(std::slice::from_ref(&message), Duration::from_secs(1)).await, NONE);
    }
    assert!(messages > 3, "{messages}");
    all_is_gone(&rig, &webhook).await;
}

#[tokio::test]
async fn when_the_store_throttles_the_message_goes_on_later() {
    let (rig, webhook) = with_a_past().await;
    let message = removed(REMOVED_AT);
    rig.memory.close([webhook.key.webhook.clone()], Closed::Throttles);
    assert_eq!(rig.events(std::slice::from_ref(&message)).await, NONE);
    assert_eq!(rig.memory.sent_events(), std::slice::from_ref(&message));
    assert!(rig.ports().webhooks.get(&webhook.key).await.unwrap().is_some(), "the row goes last");

    rig.memory.close([], Closed::Throttles);
    assert_eq!(rig.events(&[message]).await, NONE);
    assert_eq!(rig.memory.sent_events().len(), 1);
    all_is_gone(&rig, &webhook).await;
}
