//! Wake-ups that come twice, late or for nothing: the protocol's odd rows.

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::delivery::Outcome;
use domain::ids::WakeToken;
use domain::message::DeliveriesMessage;
use domain::ports::Range;
use domain::row::{Change, State, Wake};
use e2e::rig::{Rig, TIMEOUT, event_ids};
use local::Reply;
use serde_json::json;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_wake_up_handed_out_twice_never_drains_twice() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let broken = rig.broken_receiver();
    for n in 10..30 {
        rig.memory.advance(Duration::from_millis(1));
        rig.events(&[rig.event(&n.to_string())]).await;
    }
    broken.store(false, Ordering::SeqCst);
    rig.receiver.clear();
    let message = rig.memory.take_deliveries().remove(0);
    rig.memory.advance(message.delay);
    let twins = vec![message.message.clone(), message.message];
    let (one, other) = tokio::join!(rig.deliveries(&twins), rig.deliveries_again(&twins));
    assert_eq!((one, other), (vec![], vec![]));
    assert_eq!(rig.receiver.requests().len(), 20);
    while !rig.memory.sent_deliveries().is_empty() {
        rig.wake().await;
    }
    assert_eq!(rig.receiver.requests().len(), 20);
    assert_eq!(rig.row(&webhook).await.wake, None);
}

#[tokio::test]
async fn a_holder_that_died_is_replaced_when_its_lease_is_over() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.broken_receiver();
    rig.events(&[rig.event("1")]).await;
    let message = rig.memory.take_deliveries().remove(0);
    rig.memory.advance(message.delay);
    let now = rig.ports().clock.now();
    let token = rig.row(&webhook).await.wake.unwrap().token;
    let lease = Wake { token, at: now.plus(TIMEOUT + Duration::from_secs(30)), busy: true };
    rig.change(&webhook, Change::Wake(lease)).await;

    rig.receiver.answer(|_| Reply::status(200));
    rig.deliveries_again(&[message.message]).await;
    assert_eq!(rig.receiver.requests().len(), 1, "the lease still runs");
    assert_eq!(rig.wake().await, Duration::from_secs(90));
    assert_eq!(event_ids(&rig.receiver.requests()), ["1", "1"]);
}

#[tokio::test]
async fn what_was_delivered_before_a_crash_is_not_sent_again() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let broken = rig.broken_receiver();
    rig.events(&[rig.event("1")]).await;
    rig.memory.advance(SECOND);
    rig.events(&[rig.event("2")]).await;
    let ports = rig.ports();
    let range = Range::default();
    let first = ports.backlog.oldest(&webhook.key.webhook, range, 1).await.unwrap().remove(0);
    ports.log.put(&webhook.key.webhook, &first.into_entry(Outcome::Succeeded)).await.unwrap();

    broken.store(false, Ordering::SeqCst);
    rig.receiver.clear();
    rig.wake().await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["2"]);
    assert!(rig.memory.backlog_of(&webhook.key.webhook).is_empty());
}

#[tokio::test]
async fn a_wake_up_of_a_webhook_that_was_paused_or_deleted_ends_quietly() {
    let rig = Rig::new().await;
    let (paused, deleted) = (rig.webhook(json!({})).await, rig.webhook(json!({})).await);
    rig.broken_receiver();
    rig.events(&[rig.event("1")]).await;
    let now = rig.ports().clock.now();
    rig.change(&paused, Change::Pause(now)).await;
    rig.ports().webhooks.delete(&deleted.key, None).await.unwrap();
    rig.receiver.clear();
    rig.wake().await;
    assert!(rig.receiver.requests().is_empty());
    assert!(rig.memory.sent_deliveries().is_empty());
    let row = rig.row(&paused).await;
    assert_eq!((row.state().0, row.wake), (State::Paused, None));

    let later = now.plus(Duration::from_secs(60));
    rig.memory.advance(Duration::from_secs(60));
    rig.change(&paused, Change::Enable(later)).await;
    rig.receiver.answer(|_| Reply::status(200));
    rig.events(&[rig.event("2")]).await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["2"], "resuming sends nothing that was held");
    assert_eq!(rig.memory.backlog_of(&paused.key.webhook).len(), 1);
}

#[tokio::test]
async fn a_stale_wake_up_does_nothing_unless_its_successor_may_be_lost() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.broken_receiver();
    rig.events(&[rig.event("1")]).await;
    rig.memory.take_deliveries();
    rig.receiver.clear();
    let stale = WakeToken::parse("wt_01ARYZ6S410000000000000000").unwrap();
    let message = DeliveriesMessage::wake_up(&webhook.key.tenant, &webhook.key.webhook, &stale);
    rig.deliveries(std::slice::from_ref(&message)).await;
    assert!(rig.memory.sent_deliveries().is_empty());
    rig.deliveries_again(&[message]).await;
    let sent = rig.memory.take_deliveries();
    let current = rig.row(&webhook).await.wake.unwrap().token;
    assert!(sent[0].message.contains(current.as_str()));
    assert!(rig.receiver.requests().is_empty());
}

#[tokio::test]
async fn a_wake_up_whose_message_was_lost_is_sent_again_when_it_is_long_overdue() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let broken = rig.broken_receiver();
    rig.events(&[rig.event("1")]).await;
    rig.memory.take_deliveries();
    rig.memory.advance(Duration::from_secs(60));
    rig.events(&[rig.event("2")]).await;
    assert!(rig.memory.sent_deliveries().is_empty(), "it may still come");
    rig.memory.advance(Duration::from_secs(16 * 60));
    rig.events(&[rig.event("3")]).await;
    broken.store(false, Ordering::SeqCst);
    rig.receiver.clear();
    rig.wake().await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["1", "2", "3"]);
    assert_eq!(rig.row(&webhook).await.wake, None);
}
