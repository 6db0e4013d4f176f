//! No tenant slows another one down: what it may take of an invocation is bounded.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code: a failure is a panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::memory::Memory;
use domain::row::{Change, State, WebhookKey, WebhookRow};
use e2e::model::{Neighbors, waits_of_a_quiet_tenant};
use e2e::rig::{HOST, Rig, event_ids};
use futures::FutureExt as _;
use futures::future::{Either, select};
use local::Reply;
use serde_json::json;
use tokio::sync::Notify;

const NONE: Vec<usize> = Vec::new();
/// Longer than an attempt may take.
const FOR_EVER: Duration = Duration::from_secs(60);

fn at(path: &str) -> serde_json::Value {
    json!({ "url": format!("https://{HOST}/{path}") })
}

/// More events than a tenant may have under way, and with the third something happens: then all copies are
/// as old as they may be. How many requests come, and how many items wait.
async fn with_the_third(happens: impl Fn(&Memory, &WebhookKey) + Send + Sync + 'static) -> (usize, usize) {
    const EVENTS: usize = 40;
    let mut rig = Rig::new().await;
    rig.settings.tenant_cache = Duration::from_secs(5);
    rig.restart();
    let webhook = rig.webhook(json!({})).await;
    let (memory, key, asked) = (rig.memory.clone(), webhook.key.clone(), AtomicUsize::new(0));
    rig.receiver.answer(move |_| {
        if asked.fetch_add(1, Ordering::SeqCst) + 1 == 3 {
            happens(&memory, &key);
            memory.advance(Duration::from_millis(5_001));
        }
        Reply::status(200)
    });
    let events: Vec<String> = (0..EVENTS).map(|n| rig.event(&n.to_string())).collect();
    assert_eq!(rig.events(&events).await, NONE);
    let (requests, waiting) = (rig.receiver.requests(), rig.memory.backlog_of(&webhook.key.webhook));
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), requests.len());
    (requests.len(), waiting.len())
}

fn changed(memory: &Memory, key: &WebhookKey, change: Change) {
    memory.ports().webhooks.update(key, &[], &[change]).now_or_never().unwrap().unwrap();
}

#[tokio::test]
async fn what_waited_for_its_turn_goes_to_the_webhook_as_it_is_by_then() {
    assert_eq!(with_the_third(|_, _| {}).await, (40, 0));
    let (sent, held) = with_the_third(|memory, key| {
        changed(memory, key, Change::Pause(memory.ports().clock.now()));
    })
    .await;
    assert!((3..40).contains(&sent), "{sent}");
    assert_eq!(sent + held, 40);
    let (sent, waiting) = with_the_third(|memory, key| {
        let row = memory.ports().webhooks.get(key).now_or_never().unwrap().unwrap().unwrap();
        let mut settings = Box::new(row.settings);
        settings.event_types = serde_json::from_value(json!(["false_positive.reviewed"])).unwrap();
        changed(memory, key, Change::Settings { settings, bundle: row.bundle, updated: row.updated });
    })
    .await;
    assert!((3..40).contains(&sent), "{sent}");
    assert_eq!(waiting, 0);
    let (sent, waiting) = with_the_third(|memory, key| {
        memory.ports().webhooks.delete(key, None).now_or_never().unwrap().unwrap();
    })
    .await;
    assert!((3..40).contains(&sent), "{sent}");
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn a_tenant_whose_receivers_all_hang_delays_nobody_in_its_batch() {
    let rig = Rig::new().await;
    let well = Arc::new(Notify::new());
    let arrived = Arc::clone(&well);
    rig.receiver.answer(move |request| match request.path.as_str() {
        "/hang" => Reply::status(200).after(FOR_EVER),
        _ => {
            arrived.notify_one();
            Reply::status(200)
        }
    });
    let mut hanging = Vec::new();
    for _ in 0..32 {
        hanging.push(rig.webhook_of("noisy", at("hang")).await);
    }
    let quiet = rig.webhook_of("quiet", at("well")).await;
    let noise = (0..9).map(|n| rig.event_of("noisy", &format!("n{n}"), "project_scan.finished"));
    let batch: Vec<String> = noise.chain([rig.event_of("quiet", "q", "project_scan.finished")]).collect();

    let running = Box::pin(rig.events(&batch));
    let arrives = Box::pin(well.notified());
    let Either::Right((_, running)) = select(running, arrives).await else { panic!("the batch ended first") };
    let noisy = || rig.receiver.requests().iter().filter(|request| request.path == "/hang").count();
    assert!(noisy() <= 32, "{} attempts of the noisy tenant came first", noisy());

    assert_eq!(running.await, NONE);
    assert_eq!(rig.memory.log_of(&quiet.key.webhook).len(), 1);
    // Each was attempted once; what was in line behind that went into the backlog.
    assert_eq!(noisy(), 32);
    for webhook in &hanging {
        assert_eq!(rig.memory.backlog_of(&webhook.key.webhook).len(), 9);
        assert!(matches!(rig.row(webhook).await.state().0, State::Failing));
    }
}

/// A receiver that takes 2 s and a little for each answer.
fn slow_receiver(rig: &Rig) {
    rig.receiver.answer(|_| Reply::status(200).after(Duration::from_millis(2_050)));
}

async fn send(rig: &Rig, id: &str) -> usize {
    assert_eq!(rig.events(&[rig.event(id)]).await, NONE);
    rig.receiver.requests().len()
}

#[tokio::test]
async fn a_slow_receiver_keeps_an_invocation_waiting_for_a_tenth_of_the_time() {
    let rig = Rig::new().await;
    let slow = rig.webhook(json!({})).await;
    slow_receiver(&rig);
    assert_eq!(send(&rig, "1").await, 1);
    // It is well, so what comes meanwhile is on its way at once, by the other queue.
    assert_eq!(send(&rig, "2").await, 1);
    assert_eq!(rig.memory.backlog_of(&slow.key.webhook).len(), 1);
    rig.receiver.answer(|_| Reply::status(200));
    assert_eq!(rig.wake().await, Duration::ZERO);
    assert_eq!(event_ids(&rig.receiver.requests()), ["1", "2"]);

    rig.memory.advance(Duration::from_secs(20));
    assert_eq!(send(&rig, "3").await, 2, "it rests ten times as long as it took");
    rig.memory.advance(Duration::from_secs(2));
    assert_eq!(send(&rig, "4").await, 3, "then it is tried again");
    assert_eq!(send(&rig, "5").await, 4, "and was quick");
}

#[tokio::test]
async fn a_drain_that_goes_on_is_as_wide_as_it_was() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let broken = rig.broken_receiver();
    for n in 100..150 {
        rig.memory.advance(Duration::from_millis(1));
        rig.events(&[rig.event(&n.to_string())]).await;
    }
    broken.store(false, std::sync::atomic::Ordering::SeqCst);
    drain_until_time_is_over(&rig, &webhook).await;
    let before = rig.receiver.requests().len();
    let widest = watch_width(&rig);
    rig.wake().await;
    assert!(rig.receiver.requests().len() > before + 16);
    assert!((9..=16).contains(&widest.load(Ordering::SeqCst)), "{widest:?}");
}

/// The probe and the first of the drain; then the invocation's time is over.
async fn drain_until_time_is_over(rig: &Rig, webhook: &WebhookRow) {
    let wake = rig.memory.take_deliveries().pop().unwrap();
    rig.memory.advance(wake.delay);
    let memory = rig.memory.clone();
    rig.receiver.answer(move |_| {
        memory.advance(Duration::from_secs(23));
        Reply::status(200)
    });
    assert_eq!(rig.deliveries(&[wake.message]).await, NONE);
    let left = rig.memory.backlog_of(&webhook.key.webhook).len();
    assert!((40..50).contains(&left), "{left} left");
}

/// The most requests that were answered at the same time, of those that came first.
fn watch_width(rig: &Rig) -> Arc<AtomicUsize> {
    let (now, most, seen) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
    let widest = Arc::clone(&most);
    rig.receiver.answer(move |_| {
        let in_flight = now.fetch_add(1, Ordering::SeqCst) + 1;
        // The probe, and one wave.
        if seen.fetch_add(1, Ordering::SeqCst) <= 16 {
            widest.fetch_max(in_flight, Ordering::SeqCst);
        }
        let now = Arc::clone(&now);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(40)).await;
            now.fetch_sub(1, Ordering::SeqCst);
        });
        Reply::status(200).after(Duration::from_millis(50))
    });
    most
}

/// The wait that so many in a hundred do not exceed.
fn percentile(waits: &[Duration], percent: usize) -> Duration {
    waits[(waits.len() * percent / 100).min(waits.len() - 1)]
}

#[test]
fn whatever_the_neighbors_do_a_quiet_tenant_hardly_notices() {
    let alone = waits_of_a_quiet_tenant(Neighbors::None);
    let beside = waits_of_a_quiet_tenant(Neighbors::Noisy);
    let told = |waits: &[Duration]| [50, 95, 99, 100].map(|percent| percentile(waits, percent));
    println!("alone {:?}, beside the noisy {:?}", told(&alone), told(&beside));
    assert!(percentile(&beside, 50) <= percentile(&alone, 99) * 2, "{:?}", told(&beside));
    assert!(percentile(&beside, 95) <= Duration::from_secs(1), "{:?}", told(&beside));
    // When a receiver begins to hang, each invocation finds out for itself, once.
    assert!(percentile(&beside, 100) <= Duration::from_secs(11), "{:?}", told(&beside));
}
