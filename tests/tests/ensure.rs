//! When a webhook wakes, whatever makes something wait for it.

use std::time::Duration;

use domain::health::Health;
use domain::ids::WakeToken;
use domain::message::{DeliveriesMessage, EventsMessage};
use domain::row::{Change, State, Wake, WebhookRow};
use e2e::rig::{Rig, event_ids};
use local::Reply;
use serde_json::json;

const SECOND: Duration = Duration::from_secs(1);
const TOKEN: &str = "wt_01ARYZ6S410000000000000001";

/// Of an edit, at this moment.
fn wake_now(rig: &Rig) -> Wake {
    Wake { token: WakeToken::parse(TOKEN).unwrap(), at: rig.now(), busy: false }
}

/// An edit that an invocation with a copy of the row does not know of.
async fn edit(rig: &Rig, webhook: &WebhookRow) {
    let settings = Box::new(webhook.settings.clone());
    let (bundle, updated) = (webhook.bundle.clone(), webhook.updated.clone());
    rig.change(webhook, Change::Settings { settings, bundle, updated }).await;
    rig.change(webhook, Change::Wake(wake_now(rig))).await;
}

#[tokio::test]
async fn what_the_old_settings_met_says_nothing_of_the_new_ones() {
    for (is_claimed, busy) in [(false, false), (true, false), (true, true)] {
        let mut rig = Rig::new().await;
        rig.settings.tenant_cache = SECOND * 5;
        rig.restart();
        let webhook = rig.webhook(json!({})).await;
        rig.events(&[rig.event("1")]).await;
        rig.memory.advance(SECOND);
        edit(&rig, &webhook).await;
        match (is_claimed, busy) {
            (true, true) => rig.change(&webhook, Change::Wake(Wake { busy: true, ..wake_now(&rig) })).await,
            (true, false) => rig.change(&webhook, Change::ClearWake).await,
            (false, _) => {}
        }
        let edited = rig.row(&webhook).await;
        rig.receiver.answer(|_| Reply::status(429).with_header("retry-after", 43_200));
        rig.events(&[rig.event("2")]).await;
        assert_eq!(rig.receiver.requests().len(), 2, "it was sent as the copy says");
        let row = rig.row(&webhook).await;
        assert_eq!((row.version, row.health), (edited.version, Health::Healthy));
        assert_eq!(row.wake.unwrap().at, rig.now(), "{is_claimed} {busy}");
        assert_eq!(rig.memory.backlog_of(&webhook.key.webhook).len(), 1);
    }
}

#[tokio::test]
async fn a_retry_after_from_before_an_edit_does_not_put_off_what_the_edit_is_to_try() {
    // From the call on that follows reading the row.
    for calls in 2..8 {
        let rig = Rig::new().await;
        let webhook = rig.webhook(json!({})).await;
        rig.broken_receiver();
        rig.events(&[rig.event("1")]).await;
        rig.receiver.answer(|_| Reply::status(429).with_header("retry-after", 3_600));
        let now = rig.now();
        rig.memory.change_after(calls, &webhook.key, move |row| {
            let token = WakeToken::parse(TOKEN).unwrap();
            (row.version, row.wake) = (row.version + 1, Some(Wake { token, at: now, busy: false }));
        });
        let text = rig.event_of("acme", "t", "webhook.test");
        let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else { panic!() };
        rig.deliveries(&[DeliveriesMessage::test(&webhook.key.webhook, &event)]).await;
        let row = rig.row(&webhook).await;
        if row.version > webhook.version {
            assert_eq!(row.wake.unwrap().at, now, "{calls}");
        } else {
            assert!(calls > 3, "{calls}");
        }
    }
}

/// A webhook that is failing although nothing waits: its one item was refused, which says nothing
/// of its health.
async fn failing_with_nothing_left(rig: &Rig) -> WebhookRow {
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(|_| Reply::status(503));
    rig.events(&[rig.event("1")]).await;
    for _ in 0..4 {
        rig.wake().await;
    }
    rig.receiver.answer(|_| Reply::status(400));
    rig.wake().await;
    let row = rig.row(&webhook).await;
    assert_eq!((row.state().0, row.wake), (State::Failing, None));
    assert_eq!(rig.memory.sent_deliveries(), []);
    rig.memory.advance(SECOND);
    webhook
}

#[tokio::test]
async fn what_comes_while_nothing_waits_probes_a_failing_webhook_at_once() {
    let rig = Rig::new().await;
    let webhook = failing_with_nothing_left(&rig).await;
    rig.receiver.answer(|_| Reply::status(200));
    rig.events(&[rig.event("2")]).await;
    assert_eq!(rig.wake().await, Duration::ZERO);
    assert_eq!(event_ids(&rig.receiver.requests()).last().map(String::as_str), Some("2"));
    assert_eq!(rig.row(&webhook).await.state().0, State::Active);
}

#[tokio::test]
async fn a_test_event_that_has_just_failed_is_not_its_own_next_probe() {
    let rig = Rig::new().await;
    let webhook = failing_with_nothing_left(&rig).await;
    rig.receiver.answer(|_| Reply::status(503));
    let text = rig.event_of("acme", "t", "webhook.test");
    let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else { panic!() };
    rig.deliveries(&[DeliveriesMessage::test(&webhook.key.webhook, &event)]).await;
    let wait = rig.row(&webhook).await.wake.unwrap().at.since(rig.now());
    assert!((SECOND * 4..=SECOND * 6).contains(&wait), "{wait:?}");
}
