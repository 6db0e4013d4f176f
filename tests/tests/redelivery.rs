//! Redelivery by hand: from the log or from what is held, through the backlog,
//! once, at the usual pace.

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::delivery::Outcome;
use domain::ids::{DeliveryId, RedeliveryId};
use domain::message::DeliveriesMessage;
use domain::redelivery::{Kept, Redelivery};
use domain::row::{Change, State, WebhookRow};
use e2e::rig::{Rig, event_ids};
use local::Reply;
use serde_json::json;

const NONE: [usize; 0] = [];

fn request(rig: &Rig, number: u128) -> Redelivery {
    let at = rig.ports().clock.now();
    Redelivery { id: RedeliveryId::new(at, number), at }
}

/// The one delivery in the log.
fn logged(rig: &Rig, row: &WebhookRow) -> domain::delivery::LogEntry {
    rig.memory.log_of(&row.key.webhook).remove(0)
}

async fn drained(rig: &Rig) {
    while !rig.memory.sent_deliveries().is_empty() {
        rig.wake().await;
    }
}

/// A webhook with one delivery that failed, to a receiver that is well again.
async fn with_a_failure() -> (Rig, WebhookRow) {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(|_| Reply::status(400));
    rig.events(&[rig.event("1")]).await;
    assert_eq!(logged(&rig, &webhook).outcome, Outcome::Failed);
    rig.receiver.answer(|_| Reply::status(200));
    rig.receiver.clear();
    rig.memory.advance(Duration::from_secs(60));
    (rig, webhook)
}

#[tokio::test]
async fn what_failed_is_sent_again_under_its_own_id() {
    let (rig, webhook) = with_a_failure().await;
    let before = logged(&rig, &webhook);
    let message = DeliveriesMessage::redeliver(&webhook.key, &before.delivery, &request(&rig, 1));
    assert_eq!(rig.deliveries(&[message]).await, NONE);
    drained(&rig).await;
    let requests = rig.receiver.requests();
    assert_eq!(event_ids(&requests), ["1"]);
    assert_eq!(requests[0].header("webhook-id"), Some(before.delivery.as_str()));
    let after = logged(&rig, &webhook);
    assert_eq!((after.outcome, after.attempts.count()), (Outcome::Succeeded, 2));
    assert_eq!(after.created_at, before.created_at, "it is the same delivery");
    assert!(rig.memory.backlog_of(&webhook.key.webhook).is_empty());
    assert_eq!(rig.row(&webhook).await.wake, None);
}

#[tokio::test]
async fn what_was_delivered_is_sent_again_when_an_admin_asks() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.events(&[rig.event("1")]).await;
    rig.memory.advance(Duration::from_secs(1));
    for number in 1..=2 {
        let delivery = logged(&rig, &webhook).delivery;
        let message = DeliveriesMessage::redeliver(&webhook.key, &delivery, &request(&rig, number));
        rig.deliveries(&[message]).await;
        drained(&rig).await;
        rig.memory.advance(Duration::from_secs(1));
    }
    assert_eq!(event_ids(&rig.receiver.requests()), ["1", "1", "1"]);
    assert_eq!(logged(&rig, &webhook).attempts.count(), 3);
}

#[tokio::test]
async fn a_request_that_is_handed_out_twice_sends_once() {
    let (rig, webhook) = with_a_failure().await;
    let delivery = logged(&rig, &webhook).delivery;
    let message = [DeliveriesMessage::redeliver(&webhook.key, &delivery, &request(&rig, 1))];
    rig.deliveries(&message).await;
    rig.deliveries_again(&message).await;
    rig.memory.advance(Duration::from_secs(1));
    drained(&rig).await;
    // Once more, after it was delivered.
    rig.deliveries_again(&message).await;
    drained(&rig).await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["1"]);
    assert_eq!(rig.row(&webhook).await.wake, None);
}

#[tokio::test]
async fn wherever_a_redelivery_dies_it_arrives_in_the_end() {
    for held in [false, true] {
        for calls in 0..14 {
            let (rig, webhook) = with_a_failure().await;
            let mut delivery = logged(&rig, &webhook).delivery;
            if held {
                delivery = hold_one(&rig, &webhook).await;
            }
            let message = [DeliveriesMessage::redeliver(&webhook.key, &delivery, &request(&rig, 1))];
            rig.memory.crash_after(calls);
            rig.deliveries(&message).await;
            rig.memory.recover();
            rig.memory.advance(Duration::from_secs(400));
            assert_eq!(rig.deliveries_again(&message).await, NONE, "{calls}");
            drained(&rig).await;
            let arrived = event_ids(&rig.receiver.requests());
            assert_eq!(arrived, [if held { "held" } else { "1" }], "{calls} {held}");
            assert!(rig.memory.backlog_of(&webhook.key.webhook).is_empty(), "{calls} {held}");
            assert_eq!(rig.row(&webhook).await.wake, None, "{calls} {held}");
        }
    }
}

/// An event that comes while the webhook is paused, which is on again then.
async fn hold_one(rig: &Rig, webhook: &WebhookRow) -> DeliveryId {
    rig.change(webhook, Change::Pause(rig.ports().clock.now())).await;
    rig.events(&[rig.event("held")]).await;
    rig.memory.advance(Duration::from_secs(1));
    rig.change(webhook, Change::Enable(rig.ports().clock.now())).await;
    let item = rig.memory.backlog_of(&webhook.key.webhook).remove(0);
    assert!(rig.row(webhook).await.holds(&item));
    item.key.delivery().clone()
}

#[tokio::test]
async fn what_is_held_is_sent_when_an_admin_asks_and_not_before() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let delivery = hold_one(&rig, &webhook).await;
    rig.events(&[rig.event("2")]).await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["2"]);
    let message = DeliveriesMessage::redeliver(&webhook.key, &delivery, &request(&rig, 1));
    rig.deliveries(&[message]).await;
    drained(&rig).await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["2", "held"]);
    assert!(rig.memory.backlog_of(&webhook.key.webhook).is_empty());
}

#[tokio::test]
async fn what_only_looks_held_since_an_invocation_died_is_not_sent_again_with_the_rest() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let delivery = hold_one(&rig, &webhook).await;
    let item = rig.memory.backlog_of(&webhook.key.webhook).remove(0);
    rig.ports().log.put(&webhook.key.webhook, &item.into_entry(Outcome::Succeeded)).await.unwrap();
    let since = DeliveryId::before_all_of(rig.now().minus(Duration::from_secs(60)));
    let all = DeliveriesMessage::redeliver_all(&webhook.key, Kept::Held, &since, &request(&rig, 1));
    assert_eq!(rig.deliveries(&[all]).await, NONE);
    drained(&rig).await;
    assert!(rig.receiver.requests().is_empty());
    assert!(rig.memory.backlog_of(&webhook.key.webhook).is_empty(), "{delivery} stands in the log");
}

#[tokio::test]
async fn a_redelivery_that_was_held_is_sent_with_the_rest() {
    let (rig, webhook) = with_a_failure().await;
    let delivery = logged(&rig, &webhook).delivery;
    let broken = rig.broken_receiver();
    rig.events(&[rig.event("2")]).await;
    let one = DeliveriesMessage::redeliver(&webhook.key, &delivery, &request(&rig, 1));
    rig.deliveries(&[one]).await;
    pause_and_resume(&rig, &webhook).await;
    broken.store(false, Ordering::SeqCst);
    rig.receiver.clear();

    let since = DeliveryId::before_all_of(rig.now().minus(Duration::from_secs(3_600)));
    let all = DeliveriesMessage::redeliver_all(&webhook.key, Kept::Held, &since, &request(&rig, 2));
    rig.memory.advance(Duration::from_secs(1));
    assert_eq!(rig.deliveries(&[all]).await, NONE);
    drained(&rig).await;
    let mut arrived = event_ids(&rig.receiver.requests());
    arrived.sort();
    assert_eq!(arrived, ["1", "2"]);
}

#[tokio::test]
async fn a_repeat_of_a_request_whose_item_is_held_by_now_loses_nothing() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let delivery = hold_one(&rig, &webhook).await;
    let message = [DeliveriesMessage::redeliver(&webhook.key, &delivery, &request(&rig, 1))];
    rig.deliveries(&message).await;
    let put = rig.memory.backlog_of(&webhook.key.webhook);
    pause_and_resume(&rig, &webhook).await;

    assert_eq!(rig.deliveries_again(&message).await, NONE);
    drained(&rig).await;
    assert!(rig.receiver.requests().is_empty(), "what a pause holds is sent when it is asked for anew");
    assert_eq!(rig.memory.backlog_of(&webhook.key.webhook), put);
}

/// What waits is held from now on.
async fn pause_and_resume(rig: &Rig, webhook: &WebhookRow) {
    rig.memory.advance(Duration::from_secs(1));
    rig.change(webhook, Change::Pause(rig.now())).await;
    rig.memory.advance(Duration::from_secs(1));
    rig.change(webhook, Change::Enable(rig.now())).await;
}

#[tokio::test]
async fn a_webhook_that_is_off_or_gone_by_then_gets_nothing() {
    let (rig, webhook) = with_a_failure().await;
    let delivery = logged(&rig, &webhook).delivery;
    let message = [DeliveriesMessage::redeliver(&webhook.key, &delivery, &request(&rig, 1))];
    rig.change(&webhook, Change::Pause(rig.ports().clock.now())).await;
    assert_eq!(rig.deliveries(&message).await, NONE);
    rig.ports().webhooks.delete(&webhook.key, None).await.unwrap();
    assert_eq!(rig.deliveries(&message).await, NONE);
    assert!(rig.receiver.requests().is_empty());
    assert!(rig.memory.backlog_of(&webhook.key.webhook).is_empty());
}

#[tokio::test]
async fn a_failing_webhook_keeps_it_until_its_receiver_is_back() {
    let (rig, webhook) = with_a_failure().await;
    let delivery = logged(&rig, &webhook).delivery;
    let broken = rig.broken_receiver();
    rig.events(&[rig.event("2")]).await;
    assert_eq!(rig.row(&webhook).await.state().0, State::Failing);
    let message = DeliveriesMessage::redeliver(&webhook.key, &delivery, &request(&rig, 1));
    rig.deliveries(&[message]).await;
    rig.wake().await;
    broken.store(false, Ordering::SeqCst);
    rig.receiver.clear();
    drained(&rig).await;
    let mut arrived = event_ids(&rig.receiver.requests());
    arrived.sort();
    assert_eq!(arrived, ["1", "2"]);
    assert_eq!(rig.row(&webhook).await.state().0, State::Active);
}

#[tokio::test]
async fn a_thousand_held_events_follow_gently_and_none_is_lost() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.change(&webhook, Change::Pause(rig.ports().clock.now())).await;
    for hundred in 0..12 {
        rig.memory.advance(Duration::from_secs(1));
        let events: Vec<String> = (0..100).map(|n| rig.event(&format!("{hundred}-{n}"))).collect();
        assert_eq!(rig.events(&events).await, NONE);
    }
    rig.memory.advance(Duration::from_secs(1));
    rig.change(&webhook, Change::Enable(rig.ports().clock.now())).await;
    let behind = DeliveryId::before_all_of(rig.ports().clock.now().minus(Duration::from_secs(11)));
    let message = DeliveriesMessage::redeliver_all(&webhook.key, Kept::Held, &behind, &request(&rig, 1));
    rig.deliveries(&[message]).await;
    let sent = rig.memory.sent_deliveries();
    assert!(sent.iter().any(|one| one.message.contains("redeliverAll")), "it goes on in another message");
    drained(&rig).await;
    // The first second's hundred is older than what was asked for.
    assert_eq!(rig.receiver.requests().len(), 1_100);
    let left = rig.memory.backlog_of(&webhook.key.webhook);
    assert_eq!(left.len(), 100);
    let row = rig.row(&webhook).await;
    assert!(left.iter().all(|item| row.holds(item)));
    assert_eq!((row.state().0, row.wake), (State::Active, None));
}

#[tokio::test]
async fn all_that_failed_is_sent_again_once_whatever_dies_on_the_way() {
    for calls in [1, 3, 7, 20, 60, 150] {
        let rig = Rig::new().await;
        let webhook = rig.webhook(json!({})).await;
        rig.receiver.answer(|_| Reply::status(400));
        let events: Vec<String> = (0..30).map(|n| rig.event(&n.to_string())).collect();
        rig.events(&events).await;
        rig.receiver.answer(|_| Reply::status(200));
        rig.receiver.clear();
        rig.memory.advance(Duration::from_secs(60));
        let behind = DeliveryId::before_all_of(rig.ports().clock.now().minus(Duration::from_secs(600)));
        let message =
            [DeliveriesMessage::redeliver_all(&webhook.key, Kept::Failed, &behind, &request(&rig, 1))];
        rig.memory.crash_after(calls);
        rig.deliveries(&message).await;
        rig.memory.recover();
        rig.memory.advance(Duration::from_secs(400));
        assert_eq!(rig.deliveries_again(&message).await, NONE);
        drained(&rig).await;
        // Handed out once more, after all has arrived.
        assert_eq!(rig.deliveries_again(&message).await, NONE);
        drained(&rig).await;
        let mut arrived: Vec<u32> =
            event_ids(&rig.receiver.requests()).iter().map(|id| id.parse().unwrap()).collect();
        arrived.sort_unstable();
        assert_eq!(arrived, (0..30).collect::<Vec<_>>(), "{calls}");
        let log = rig.memory.log_of(&webhook.key.webhook);
        assert!(log.iter().all(|entry| entry.outcome == Outcome::Succeeded), "{calls}");
    }
}
