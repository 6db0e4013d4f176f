//! A receiver in trouble: backlog, probes, drain, and what ends them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::delivery::Outcome;
use domain::health::DisabledReason;
use domain::row::{Change, State, Status};
use e2e::rig::{Rig, event_ids};
use local::Reply;
use serde_json::json;

const NONE: [usize; 0] = [];
const SECOND: Duration = Duration::from_secs(1);

/// Whether `wait` is `seconds`, with a fifth of jitter.
fn is_about(wait: Duration, seconds: u64) -> bool {
    let exact = Duration::from_secs(seconds);
    // SQS delays by whole seconds: what is left of one is rounded up.
    (exact * 8 / 10..=exact * 12 / 10 + SECOND).contains(&wait)
}

#[tokio::test]
async fn a_receiver_in_trouble_costs_one_queue_message_however_many_events_come() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.broken_receiver();
    rig.events(&[rig.event("1")]).await;
    for n in 2..30 {
        rig.memory.advance(Duration::from_millis(10));
        rig.events(&[rig.event(&n.to_string())]).await;
    }
    assert_eq!(rig.receiver.requests().len(), 1, "later events are kept, not sent");
    assert_eq!(rig.memory.backlog_of(&webhook.key.webhook).len(), 29);
    assert_eq!(rig.memory.sent_deliveries().len(), 1);
    assert_eq!(rig.row(&webhook).await.state().0, State::Failing);
}

#[tokio::test]
async fn probes_follow_the_schedule_and_then_everything_arrives_once_oldest_first() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let broken = rig.broken_receiver();
    for n in 10..40 {
        rig.memory.advance(SECOND);
        rig.events(&[rig.event(&n.to_string())]).await;
    }
    let mut waits = Vec::new();
    for _ in 0..8 {
        waits.push(rig.wake().await);
    }
    for (wait, seconds) in waits.iter().zip([5, 30, 120, 300, 600, 900, 900, 900]) {
        assert!(is_about(*wait, seconds), "{waits:?}");
    }
    let probed = event_ids(&rig.receiver.requests());
    let expected: Vec<String> = (10..18).map(|n| n.to_string()).collect();
    assert_eq!(probed[0], "10", "the first attempt");
    assert_eq!(probed[1..], expected, "each probe takes the item behind the last");

    rig.receiver.clear();
    broken.store(false, Ordering::SeqCst);
    while !rig.memory.sent_deliveries().is_empty() {
        rig.wake().await;
    }
    let arrived = event_ids(&rig.receiver.requests());
    let mut sorted = arrived.clone();
    sorted.sort();
    assert_eq!(sorted, (10..40).map(|n| n.to_string()).collect::<Vec<_>>(), "each once");
    assert_eq!(arrived[1..3], ["10", "11"], "after the probe oldest first");
    let row = rig.row(&webhook).await;
    assert_eq!((row.state().0, row.wake, row.after), (State::Active, None, None));
    assert!(rig.memory.backlog_of(&webhook.key.webhook).is_empty());
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 30);
    assert_eq!(rig.memory.log_of(&webhook.key.webhook)[0].attempts.count(), 3, "first attempt, probe, drain");
}

#[tokio::test]
async fn a_drain_widens_to_sixteen_and_no_further() {
    let rig = Rig::new().await;
    rig.webhook(json!({})).await;
    let broken = rig.broken_receiver();
    for n in 100..200 {
        rig.memory.advance(Duration::from_millis(1));
        rig.events(&[rig.event(&n.to_string())]).await;
    }
    broken.store(false, Ordering::SeqCst);
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (in_flight, widest) = (Arc::clone(&now), Arc::clone(&most));
    rig.receiver.answer(move |_| {
        let count = in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        widest.fetch_max(count, Ordering::SeqCst);
        let in_flight = Arc::clone(&in_flight);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(40)).await;
            in_flight.fetch_sub(1, Ordering::SeqCst);
        });
        Reply::status(200).after(Duration::from_millis(50))
    });
    rig.wake().await;
    assert_eq!(rig.receiver.requests().len(), 101);
    assert!((9..=16).contains(&most.load(Ordering::SeqCst)), "{most:?}");
}

#[tokio::test]
async fn a_retry_after_is_honored_and_a_wait_beyond_sqs_is_sent_on() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(|_| Reply::status(429).with_header("retry-after", 3_600));
    rig.events(&[rig.event("1")]).await;
    rig.receiver.answer(|_| Reply::status(200));
    let at = rig.row(&webhook).await.wake.unwrap().at;
    assert_eq!(at.since(rig.ports().clock.now()), Duration::from_secs(3_600));
    let mut waited = Duration::ZERO;
    while rig.receiver.requests().len() < 2 {
        let sent = rig.memory.take_deliveries();
        let [message] = sent.as_slice() else { panic!("{sent:?}") };
        let delay = message.delay.min(Duration::from_secs(900));
        waited += delay;
        rig.memory.advance(delay);
        assert_eq!(rig.deliveries(std::slice::from_ref(&message.message)).await, NONE);
        assert!(waited <= Duration::from_secs(3_600));
    }
    assert_eq!(waited, Duration::from_secs(3_600));
}

#[tokio::test]
async fn a_poison_event_stops_nobody_and_fails_alone_after_eight_times() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(|request| {
        let poison = String::from_utf8_lossy(&request.body).contains("\"id\":\"poison\"");
        Reply::status(if poison { 500 } else { 200 })
    });
    rig.events(&[rig.event("poison")]).await;
    for round in 0..60 {
        rig.memory.advance(SECOND);
        rig.events(&[rig.event(&format!("good-{round}"))]).await;
        if !rig.memory.sent_deliveries().is_empty() {
            rig.wake().await;
        }
    }
    while !rig.memory.sent_deliveries().is_empty() {
        rig.wake().await;
    }
    let log = rig.memory.log_of(&webhook.key.webhook);
    let failed: Vec<_> = log.iter().filter(|entry| entry.outcome == Outcome::Failed).collect();
    let [poison] = failed.as_slice() else { panic!("{failed:?}") };
    assert_eq!(poison.attempts.count(), 8);
    assert_eq!(log.len(), 61, "all others were delivered");
    assert_eq!(rig.row(&webhook).await.state().0, State::Active);
    let ids = event_ids(&rig.receiver.requests());
    for round in 0..60 {
        assert_eq!(ids.iter().filter(|id| **id == format!("good-{round}")).count(), 1, "{round}");
    }
}

#[tokio::test]
async fn five_days_without_a_success_disable_a_webhook() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.broken_receiver();
    rig.events(&[rig.event("1")]).await;
    let began = rig.ports().clock.now();
    let mut probes = 0;
    while rig.row(&webhook).await.state().0 == State::Failing {
        rig.wake().await;
        probes += 1;
        assert!(probes < 1_500);
    }
    assert_eq!(rig.row(&webhook).await.state().0, State::Disabled(DisabledReason::NoSuccess));
    assert!(rig.ports().clock.now().since(began) >= Duration::from_secs(5 * 24 * 3_600));
    assert!(rig.memory.sent_deliveries().is_empty());
    assert_eq!(rig.memory.backlog_of(&webhook.key.webhook).len(), 1, "held");
    assert_eq!(rig.memory.sent_events().len(), 1);
}

#[tokio::test]
async fn a_late_event_that_meets_trouble_after_a_resume_is_pending_not_held() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let late = rig.event("late");
    rig.memory.advance(SECOND);
    rig.change(&webhook, Change::Pause(rig.ports().clock.now())).await;
    rig.events(&[rig.event("held")]).await;
    rig.memory.advance(SECOND);
    rig.change(&webhook, Change::Enable(rig.ports().clock.now())).await;
    let broken = rig.broken_receiver();
    rig.events(&[late]).await;
    broken.store(false, Ordering::SeqCst);
    rig.receiver.clear();
    rig.wake().await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["late"]);
    let row = rig.row(&webhook).await;
    let left = rig.memory.backlog_of(&webhook.key.webhook);
    assert!(left.len() == 1 && row.holds(&left[0]), "what came while it was paused stays held");
    assert_eq!(row.state(), (State::Active, rig.ports().clock.now()), "active since its recovery");
}

#[tokio::test]
async fn the_first_failure_of_a_webhook_that_sleeps_for_another_reason_wakes_it_on_the_schedule() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let now = rig.ports().clock.now();
    let token = domain::ids::WakeToken::new(now, 9);
    let at = now.plus(Duration::from_secs(900));
    rig.change(&webhook, Change::Wake(domain::row::Wake { token, at, busy: false })).await;
    rig.broken_receiver();
    rig.events(&[rig.event("1")]).await;
    let row = rig.row(&webhook).await;
    assert_eq!(row.state().0, State::Failing);
    assert!(is_about(row.wake.unwrap().at.since(now), 5));
    assert_eq!(rig.memory.sent_deliveries().len(), 1);
}

#[tokio::test]
async fn a_receiver_that_dies_again_during_its_drain_is_failing_soon() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    // Every event is attempted before the first failure is known: all have failed once.
    let events: Vec<String> = (10..50).map(|n| rig.event(&n.to_string())).collect();
    rig.receiver.answer(|_| Reply::status(503).after(Duration::from_millis(50)));
    for batch in events.chunks(10) {
        rig.change(&webhook, Change::Healthy(rig.ports().clock.now())).await;
        rig.events(batch).await;
    }
    rig.receiver.clear();
    let answered = AtomicUsize::new(0);
    rig.receiver
        .answer(move |_| Reply::status(if answered.fetch_add(1, Ordering::SeqCst) == 0 { 200 } else { 503 }));
    rig.wake().await;
    assert_eq!(rig.row(&webhook).await.state().0, State::Failing);
    assert!(rig.receiver.requests().len() < 20, "{}", rig.receiver.requests().len());
}

#[tokio::test]
async fn a_webhook_disabled_by_a_write_whose_answer_was_lost_is_told_of_all_the_same() {
    let mut told = 0;
    for calls in 0..8 {
        let rig = Rig::new().await;
        let webhook = rig.webhook(json!({})).await;
        rig.receiver.answer(|_| Reply::status(410));
        let now = rig.now();
        rig.memory.change_after(calls, &webhook.key, move |row| {
            (row.status, row.since) = (Status::Disabled(DisabledReason::Gone), now);
        });
        rig.events(&[rig.event("1")]).await;
        let sent = rig.memory.sent_events().len();
        assert_eq!(sent, rig.receiver.requests().len(), "{calls}");
        told += sent;
    }
    assert!(told > 5);
}

#[tokio::test]
async fn a_webhook_that_many_events_find_gone_is_told_of_once() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(|_| Reply::status(410).after(Duration::from_millis(50)));
    let events: Vec<String> = (0..10).map(|n| rig.event(&n.to_string())).collect();
    rig.events(&events).await;
    assert_eq!(rig.receiver.requests().len(), 10);
    assert_eq!(rig.row(&webhook).await.state().0, State::Disabled(DisabledReason::Gone));
    assert_eq!(rig.memory.sent_events().len(), 1);
}
