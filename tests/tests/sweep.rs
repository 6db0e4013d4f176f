//! The hourly sweep: what a crash left lying is found, and nothing else is touched.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code: a failure is a panic")]

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::delivery::BacklogItem;
use domain::memory::Closed;
use domain::message::{DeliveriesMessage, EventsMessage};
use domain::row::{Change, WebhookRow};
use domain::sweep::{ORPHANED_AFTER, OVERDUE, Sweep};
use domain::webhook::bundle::Bundle;
use e2e::rig::{Rig, event_ids};
use serde_json::json;

const MINUTE: Duration = Duration::from_secs(60);

/// Sweeps to the end; gives how many messages that took.
async fn sweep(rig: &Rig) -> usize {
    let mut next = Some(DeliveriesMessage::sweep(&Sweep::START));
    let mut messages = 0;
    while let Some(message) = next {
        let before = rig.memory.sent_deliveries().len();
        assert_eq!(rig.deliveries(&[message]).await, Vec::<usize>::new());
        messages += 1;
        next = rig
            .memory
            .sent_deliveries()
            .into_iter()
            .skip(before)
            .map(|sent| sent.message)
            .find(|message| is_sweep(message));
    }
    messages
}

fn is_sweep(message: &str) -> bool {
    matches!(DeliveriesMessage::parse(message), Ok(DeliveriesMessage::Sweep(_)))
}

/// An item in the webhook's backlog, put there by an invocation that died before it set a wake-up.
async fn put_alone(rig: &Rig, row: &WebhookRow, id: &str) {
    let text = rig.event(id);
    let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else { panic!("{text}") };
    let item = BacklogItem::untried(event.delivery_to(&row.key.webhook), text.as_str().into(), rig.now());
    rig.ports().backlog.put(&row.key.webhook, &item).await.unwrap();
}

#[tokio::test]
async fn a_wake_up_whose_message_was_lost_is_sent_again_though_no_event_comes() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let broken = rig.broken_receiver();
    rig.events(&[rig.event("e1")]).await;
    rig.memory.take_deliveries();
    broken.store(false, Ordering::SeqCst);

    sweep(&rig).await;
    assert_eq!(rig.memory.take_deliveries(), [], "it may still be on its way");
    rig.memory.advance(OVERDUE + MINUTE);
    let before = rig.row(&webhook).await;
    sweep(&rig).await;
    assert_eq!(rig.row(&webhook).await, before, "the sweep writes no row: it sends the same token");
    assert_eq!(rig.memory.sent_deliveries().len(), 1);
    rig.wake().await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["e1", "e1"], "failed once, then got through");
    assert_eq!(rig.row(&webhook).await.wake, None);
}

#[tokio::test]
async fn a_backlog_without_a_wake_up_gets_one() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    put_alone(&rig, &webhook, "e1").await;
    sweep(&rig).await;
    rig.wake().await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["e1"]);
    sweep(&rig).await;
    assert_eq!(rig.memory.take_deliveries(), [], "nothing waits any more");
}

#[tokio::test]
async fn what_is_held_and_what_is_off_is_left_alone() {
    let rig = Rig::new().await;
    let (resumed, paused) = (rig.webhook(json!({})).await, rig.webhook(json!({ "enabled": false })).await);
    put_alone(&rig, &resumed, "held").await;
    put_alone(&rig, &paused, "held").await;
    rig.memory.advance(MINUTE);
    rig.change(&resumed, Change::Enable(rig.now())).await;
    rig.memory.advance(OVERDUE * 2);
    sweep(&rig).await;
    assert_eq!(rig.memory.take_deliveries(), []);
}

#[tokio::test]
async fn a_bundle_that_no_row_names_goes_when_its_request_must_have_ended() {
    let rig = Rig::new().await;
    let named = rig.webhook(json!({ "authorization": "Bearer named" })).await.bundle.unwrap();
    let (kept, deleted) = (rig.webhook(json!({})).await, rig.webhook(json!({})).await);
    let create = async |row: &WebhookRow| {
        let unique = rig.ports().dice.roll();
        rig.ports().secrets.create(&row.key, unique, &Bundle::default()).await.unwrap()
    };
    // An edit that died, and a webhook whose deletion died between row and secret.
    create(&kept).await;
    create(&deleted).await;
    rig.ports().webhooks.delete(&deleted.key, None).await.unwrap();
    rig.memory.advance(ORPHANED_AFTER);
    let young = create(&kept).await;
    sweep(&rig).await;
    assert_eq!(rig.memory.bundle_names().len(), 4, "not older than an hour yet");

    rig.memory.advance(Duration::from_millis(1));
    sweep(&rig).await;
    let mut left = rig.memory.bundle_names();
    left.sort();
    let mut expected = vec![named, young];
    expected.sort();
    assert_eq!(left, expected);
}

#[tokio::test]
async fn a_sweep_without_time_does_a_part_and_goes_on_in_another_message() {
    let rig = Rig::new().await;
    for number in 0..5 {
        put_alone(&rig, &rig.webhook(json!({})).await, &format!("e{number}")).await;
    }
    let start = DeliveriesMessage::sweep(&Sweep::START);
    assert_eq!(rig.deliveries_within(&[start], Duration::from_secs(5)).await, Vec::<usize>::new());
    let (rest, woken): (Vec<_>, Vec<_>) =
        rig.memory.take_deliveries().into_iter().map(|sent| sent.message).partition(|text| is_sweep(text));
    let [rest] = rest.as_slice() else { panic!("{rest:?}") };
    assert!(matches!(DeliveriesMessage::parse(rest), Ok(DeliveriesMessage::Sweep(Sweep::Webhooks(Some(_))))));
    assert!((1..5).contains(&woken.len()), "{woken:?}");
    assert_eq!(rig.deliveries(std::slice::from_ref(rest)).await, Vec::<usize>::new());
    assert_eq!(rig.memory.take_deliveries().len(), 5 - woken.len());
}

#[tokio::test]
async fn a_webhook_whose_store_fails_does_not_stop_the_sweep_of_others() {
    for how in [Closed::Fails, Closed::Throttles, Closed::Hangs] {
        let rig = Rig::new().await;
        let (bad, good) = (rig.webhook(json!({})).await, rig.webhook(json!({})).await);
        put_alone(&rig, &bad, "bad").await;
        put_alone(&rig, &good, "good").await;
        rig.memory.close([bad.key.webhook.clone()], how);
        tokio::time::pause();
        sweep(&rig).await;
        tokio::time::resume();
        rig.wake().await;
        assert_eq!(event_ids(&rig.receiver.requests()), ["good"], "{how:?}");
    }
}

#[tokio::test]
async fn a_sweep_that_dies_at_any_call_is_done_by_the_next_one() {
    for calls in 0..16 {
        let rig = Rig::new().await;
        let webhook = rig.webhook(json!({})).await;
        put_alone(&rig, &webhook, "e1").await;
        let orphan = rig.ports().secrets.create(&webhook.key, 7, &Bundle::default()).await.unwrap();
        rig.memory.advance(ORPHANED_AFTER + MINUTE);
        rig.memory.crash_after(calls);
        rig.deliveries(&[DeliveriesMessage::sweep(&Sweep::START)]).await;
        assert_eq!(rig.memory.has_crashed(), calls < 9, "{calls}: how many calls a sweep makes");
        rig.memory.recover();
        // A wake-up that was set but not sent is only overdue after a while.
        rig.memory.advance(OVERDUE + MINUTE);
        sweep(&rig).await;
        assert!(!rig.memory.bundle_names().contains(&orphan), "{calls}");
        rig.wake().await;
        assert_eq!(event_ids(&rig.receiver.requests()), ["e1"], "{calls}");
    }
}
