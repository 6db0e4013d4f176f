//! What happens during a drain: somebody changes the webhook, or a delivery waits twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::delivery::{BacklogItem, Outcome};
use domain::ids::RedeliveryId;
use domain::memory::Memory;
use domain::redelivery::Redelivery;
use domain::row::{BacklogKey, Change, State, WebhookRow};
use domain::webhook::Target;
use domain::webhook::host::AllowedSuffixes;
use domain::webhook::url::WebhookUrl;
use e2e::rig::{Rig, event_ids};
use futures::FutureExt as _;
use local::Reply;
use serde_json::json;

const NONE: [usize; 0] = [];
const WAITING: usize = 40;
/// The probe, one, then two at once: the third answer and the fourth are of the same wave.
const UNDER_WAY: usize = 4;

/// How old a dispatcher's copy of a row may be, and how long ago the change was when the next
/// wave begins.
const AGES: [Duration; 2] = [Duration::ZERO, Duration::from_secs(5)];

/// A failing webhook with events 100 to 139 in its backlog, whose receiver is well again.
async fn with_a_backlog(age: Duration) -> (Rig, WebhookRow) {
    let mut rig = Rig::new().await;
    rig.settings.tenant_cache = age;
    rig.restart();
    let webhook = rig.webhook(json!({})).await;
    rig.broken_receiver();
    for n in 100..100 + WAITING {
        rig.memory.advance(Duration::from_millis(1));
        rig.events(&[rig.event(&n.to_string())]).await;
    }
    assert_eq!(rig.memory.backlog_of(&webhook.key.webhook).len(), WAITING);
    rig.receiver.clear();
    (rig, webhook)
}

/// With its third request the receiver's webhook is changed so, and all copies of it are as old
/// as they may be.
fn with_the_third(rig: &Rig, age: Duration, change: impl Fn(&Memory) + Send + Sync + 'static) {
    let (memory, asked) = (rig.memory.clone(), AtomicUsize::new(0));
    rig.receiver.answer(move |_| {
        if asked.fetch_add(1, Ordering::SeqCst) + 1 == 3 {
            change(&memory);
            memory.advance(age);
        }
        Reply::status(200)
    });
}

/// An admin's edit and what else changes with it, as one write.
fn save(memory: &Memory, row: &WebhookRow, change: Option<Change>, target: Target) {
    let settings = domain::webhook::Settings { target, ..row.settings.clone() };
    let edit = Change::Settings {
        settings: Box::new(settings),
        bundle: row.bundle.clone(),
        updated: row.updated.clone(),
    };
    let changes: Vec<Change> = [edit].into_iter().chain(change).collect();
    memory.ports().webhooks.update(&row.key, &[], &changes).now_or_never().unwrap().unwrap();
}

#[tokio::test]
async fn a_pause_ends_a_drain_and_what_is_left_is_held() {
    for age in AGES {
        let (rig, webhook) = with_a_backlog(age).await;
        let (row, now) = (webhook.clone(), rig.now());
        with_the_third(&rig, age, move |memory| {
            save(memory, &row, Some(Change::Pause(now)), row.settings.target.clone());
        });
        rig.wake().await;
        assert_eq!(rig.receiver.requests().len(), UNDER_WAY, "{age:?}");
        let (row, left) = (rig.row(&webhook).await, rig.memory.backlog_of(&webhook.key.webhook));
        assert_eq!((row.state().0, row.wake.clone()), (State::Paused, None), "{age:?}");
        assert_eq!(left.len(), WAITING - UNDER_WAY, "{age:?}");
        assert!(left.iter().all(|item| row.holds(item)), "{age:?}");
        assert_eq!(rig.memory.sent_deliveries(), [], "{age:?}");
    }
}

#[tokio::test]
async fn a_deletion_ends_a_drain() {
    for age in AGES {
        let (rig, webhook) = with_a_backlog(age).await;
        let key = webhook.key.clone();
        with_the_third(&rig, age, move |memory| {
            memory.ports().webhooks.delete(&key, None).now_or_never().unwrap().unwrap();
        });
        rig.wake().await;
        assert_eq!(rig.receiver.requests().len(), UNDER_WAY, "{age:?}");
        assert_eq!(rig.ports().webhooks.get(&webhook.key).await, Ok(None), "{age:?}");
        assert_eq!(rig.memory.sent_deliveries(), [], "{age:?}");
    }
}

#[tokio::test]
async fn a_drain_goes_on_to_the_url_that_an_admin_has_saved() {
    for age in AGES {
        let (rig, webhook) = with_a_backlog(age).await;
        let row = webhook.clone();
        with_the_third(&rig, age, move |memory| {
            let url = WebhookUrl::parse("https://receiver.example.com/new", &AllowedSuffixes::default());
            save(memory, &row, None, Target::Custom { url: url.unwrap() });
        });
        while !rig.memory.sent_deliveries().is_empty() {
            rig.wake().await;
        }
        let requests = rig.receiver.requests();
        let (old, new): (Vec<_>, Vec<_>) = requests.iter().partition(|request| request.path == "/hook");
        assert_eq!((old.len(), new.len()), (UNDER_WAY, WAITING - UNDER_WAY), "{age:?}");
        let mut arrived = event_ids(&requests);
        arrived.sort();
        assert_eq!(arrived, (100..100 + WAITING).map(|n| n.to_string()).collect::<Vec<_>>(), "{age:?}");
        assert_eq!(rig.row(&webhook).await.wake, None, "{age:?}");
    }
}

/// It takes one request a second, and says so of all others.
#[tokio::test]
async fn what_a_receiver_has_no_time_for_never_fails() {
    let (rig, webhook) = with_a_backlog(Duration::ZERO).await;
    let (memory, taken) = (rig.memory.clone(), AtomicI64::new(i64::MIN));
    rig.receiver.answer(move |_| {
        let now = memory.ports().clock.now().as_seconds();
        match taken.swap(now, Ordering::SeqCst) == now {
            true => Reply::status(429).with_header("retry-after", "1"),
            false => Reply::status(200),
        }
    });
    let mut wakes = 0;
    while !rig.memory.sent_deliveries().is_empty() {
        rig.wake().await;
        wakes += 1;
        assert!(wakes <= WAITING + 1, "{:?}", rig.memory.backlog_of(&webhook.key.webhook));
    }
    let log = rig.memory.log_of(&webhook.key.webhook);
    assert_eq!(log.len(), WAITING);
    assert!(log.iter().all(|entry| entry.outcome == Outcome::Succeeded), "{log:?}");
    let requests = rig.receiver.requests().len();
    assert!(requests <= 2 * WAITING, "one refusal for each that is taken: {requests}");
}

#[tokio::test]
async fn a_delivery_that_waits_twice_is_never_under_way_twice_at_once() {
    const LONG: Duration = Duration::from_millis(50);
    for place in 0..8 {
        let (rig, webhook) = with_a_backlog(Duration::ZERO).await;
        let id = &webhook.key.webhook;
        let item = rig.memory.backlog_of(id).remove(place);
        let request = Redelivery { id: RedeliveryId::new(rig.now(), 1), at: rig.now() };
        let key = BacklogKey::by_hand(item.key.delivery().clone(), &request.id);
        let again = BacklogItem::again(key, item.into_entry(Outcome::Failed), rig.now());
        rig.ports().backlog.put(id, &again).await.unwrap();
        let (seen, twice) = (Arc::new(std::sync::Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (arrived, met) = (Arc::clone(&seen), Arc::clone(&twice));
        rig.receiver.answer(move |request| {
            let id = request.header("webhook-id").unwrap().to_owned();
            let mut arrived = arrived.lock().unwrap();
            // The answer to the first one takes so long.
            let at_once = |(other, at): &(String, Instant)| *other == id && at.elapsed() < LONG;
            met.fetch_add(usize::from(arrived.iter().any(at_once)), Ordering::SeqCst);
            arrived.push((id, Instant::now()));
            Reply::status(200).after(LONG)
        });
        assert_eq!(rig.deliveries(&[rig.memory.take_deliveries().remove(0).message]).await, NONE);
        while !rig.memory.sent_deliveries().is_empty() {
            rig.wake().await;
        }
        assert_eq!(twice.load(Ordering::SeqCst), 0, "{place}");
        assert!(seen.lock().unwrap().len() >= WAITING, "{place}");
        assert_eq!(rig.memory.backlog_of(id), [], "{place}");
    }
}
