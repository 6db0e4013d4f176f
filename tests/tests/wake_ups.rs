//! Wake-ups that come twice, late or for nothing: the protocol's odd rows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::delivery::Outcome;
use domain::ids::WakeToken;
use domain::message::{DeliveriesMessage, EventsMessage};
use domain::ports::Range;
use domain::row::{Change, State, Status, Wake, WebhookRow};
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

/// What an admin writes who makes a webhook active, which the API answers with a wake-up
/// of its own unless an invocation holds one.
fn resume(row: &mut WebhookRow) {
    let (now, new) =
        (row.wake.as_ref().map_or(row.since, |wake| wake.at), WakeToken::parse(RESUMED).unwrap());
    if row.status == Status::On {
        return;
    }
    Change::Enable(row.since).apply(row);
    row.version += 1;
    if !row.wake.as_ref().is_some_and(|wake| wake.busy) {
        row.wake = Some(Wake { token: new, at: now, busy: false });
    }
}

const RESUMED: &str = "wt_01ARYZ6S410000000000000001";

#[tokio::test]
async fn whenever_a_webhook_is_paused_or_disabled_and_resumed_its_wake_up_goes_on() {
    let mut met = 0;
    for (status, paused_after) in
        [(410, None), (200, Some(2)), (200, Some(3)), (200, Some(5)), (503, Some(3))]
    {
        for calls in 0..16 {
            let rig = Rig::new().await;
            let webhook = rig.webhook(json!({})).await;
            rig.broken_receiver();
            rig.events(&[rig.event("1"), rig.event("2")]).await;
            let message = rig.memory.take_deliveries().remove(0);
            rig.memory.advance(message.delay);
            rig.receiver.answer(move |_| Reply::status(status));
            if let Some(paused) = paused_after {
                let now = rig.now();
                rig.memory.change_after(paused, &webhook.key, move |row| {
                    Change::Pause(now).apply(row);
                    row.version += 1;
                });
            }
            rig.memory.change_after(calls, &webhook.key, resume);
            assert_eq!(rig.deliveries(&[message.message]).await, [0; 0]);

            let row = rig.row(&webhook).await;
            let at = format!("{status}, paused after {paused_after:?}, resumed after {calls}");
            if row.status == Status::On
                && let Some(wake) = &row.wake
                && wake.token.as_str() != RESUMED
            {
                let sent = rig.memory.sent_deliveries();
                assert!(sent.iter().any(|sent| sent.message.contains(wake.token.as_str())), "{at}: {row:?}");
                met += 1;
            }
        }
    }
    assert!(met >= 5, "{met}");
}

#[tokio::test]
async fn a_retry_after_counts_though_the_webhook_is_failing_already() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let asked = AtomicUsize::new(0);
    rig.receiver.answer(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::status(500),
        1 => Reply::status(429).with_header("retry-after", 600),
        _ => Reply::status(503),
    });
    rig.events(&[rig.event("1"), rig.event("2"), rig.event("3")]).await;
    let wait = async || rig.row(&webhook).await.wake.unwrap().at.since(rig.now()).as_secs();
    assert!((600..=601).contains(&wait().await), "{}", wait().await);
    assert_eq!(rig.memory.sent_deliveries().len(), 1, "one wake-up, however many failed");

    rig.receiver.answer(|_| Reply::status(429).with_header("retry-after", 3_600));
    let text = rig.event_of("acme", "t", "webhook.test");
    let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else { panic!() };
    assert_eq!(rig.deliveries(&[DeliveriesMessage::test(&webhook.key.webhook, &event)]).await, [0; 0]);
    assert!((3_600..=3_601).contains(&wait().await), "{}", wait().await);

    let (tried, mut waited) = (rig.receiver.requests().len(), Duration::ZERO);
    while rig.receiver.requests().len() == tried {
        let message = rig.memory.take_deliveries().remove(0);
        waited += message.delay;
        rig.memory.advance(message.delay);
        assert_eq!(rig.deliveries(&[message.message]).await, [0; 0]);
        assert!(waited <= Duration::from_secs(3_602), "{waited:?}");
    }
    assert!(waited >= Duration::from_secs(3_600), "{waited:?}");
}
