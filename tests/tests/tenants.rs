//! Licence, removal, test events, and tenants apart.

#[path = "tenants/erased.rs"]
mod erased;
#[path = "tenants/installed_anew.rs"]
mod installed_anew;
#[path = "tenants/licence_begun.rs"]
mod licence_begun;
#[path = "tenants/licence_ended.rs"]
mod licence_ended;

use std::time::Duration;

use domain::attempt::AttemptError;
use domain::delivery::{Counts, Outcome};
use domain::ids::{EventId, EventTypeId};
use domain::message::{DeliveriesMessage, EventsMessage};
use domain::row::{Change, State};
use domain::tenant::{Edition, Tenant};
use e2e::rig::{Rig, event_ids};
use local::Reply;
use serde_json::json;

const NONE: [usize; 0] = [];

fn updated(edition: &str, at: &str) -> String {
    json!({ "version": 1, "kind": "tenantUpdated", "tenantId": "acme", "edition": edition,
            "siteUrl": "https://acme.atlassian.net", "updatedAt": at })
    .to_string()
}

fn removed(at: &str) -> String {
    json!({ "version": 1, "kind": "tenantRemoved", "tenantId": "acme", "updatedAt": at }).to_string()
}

#[tokio::test]
async fn events_of_an_unlicensed_tenant_are_dropped() {
    let mut rig = Rig::new().await;
    rig.settings.default_edition = Edition::Standard;
    rig.restart();
    let webhook = rig.webhook(json!({})).await;
    assert_eq!(rig.events(&[rig.event("1")]).await, NONE);
    assert_eq!((rig.totals().dropped, rig.totals().succeeded), (1, 0));
    assert!(rig.receiver.requests().is_empty());

    rig.events(&[updated("advanced", "2026-11-23T15:00:00Z"), rig.event("2")]).await;
    assert_eq!((rig.totals().dropped, rig.totals().succeeded), (0, 1));
    let requests = rig.receiver.requests();
    assert_eq!(event_ids(&requests), ["2"], "a batch's events see what its tenant messages said");
    let body: serde_json::Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body["tenant"], json!({ "id": "acme", "siteUrl": "https://acme.atlassian.net" }));
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 1);
}

#[tokio::test]
async fn what_the_store_does_not_take_comes_again_and_its_batch_mates_go_on() {
    let rig = Rig::new().await;
    let (ours, theirs) = (rig.event("1"), rig.event_of("theirs", "2", "project_scan.finished"));
    for (batch, failed) in [
        (vec![updated("advanced", "2026-11-23T15:00:00Z"), ours.clone()], vec![0]),
        (vec![removed("2026-11-23T15:00:00Z"), "not json".to_owned(), ours.clone()], vec![1, 0]),
        (vec![ours.clone()], vec![0]),
    ] {
        rig.memory.throttle_next(1);
        assert_eq!(rig.events(&batch).await, failed, "{batch:?}");
    }
    rig.memory.throttle_next(1);
    assert_eq!(rig.events(&[ours.clone(), theirs]).await.len(), 1, "one tenant's webhooks could not be read");
    rig.memory.crash_after(0);
    assert_eq!(
        rig.events(&[ours.clone(), updated("advanced", "2026-11-23T15:00:00Z"), ours]).await,
        [1, 0, 2]
    );
}

#[tokio::test]
async fn an_older_word_of_a_tenant_is_ignored() {
    let rig = Rig::new().await;
    rig.events(&[updated("advanced", "2026-11-23T15:00:00Z")]).await;
    rig.events(&[updated("standard", "2026-11-23T14:00:00Z")]).await;
    let roster =
        rig.ports().webhooks.roster(&rig.tenant(), domain::ports::Freshness::Consistent).await.unwrap();
    assert_eq!(roster.tenant.edition(Edition::Standard), Edition::Advanced);
}

#[tokio::test]
async fn when_a_licence_ends_what_is_pending_is_held() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(|_| Reply::status(503));
    rig.events(&[rig.event("1")]).await;
    rig.memory.advance(Duration::from_secs(1));
    rig.events(&[updated("standard", "2026-11-23T15:00:00Z")]).await;
    let item = rig.memory.backlog_of(&webhook.key.webhook).pop().unwrap();
    assert!(rig.row(&webhook).await.holds(&item), "before any wake-up");
    rig.receiver.answer(|_| Reply::status(200));
    rig.receiver.clear();
    rig.wake().await;
    assert!(rig.receiver.requests().is_empty());
    assert!(rig.row(&webhook).await.holds(&item));

    rig.events(&[updated("advanced", "2026-11-23T15:00:01Z")]).await;
    let message = json!({ "version": 1, "kind": "wakeUp", "tenantId": "acme", "webhookId": webhook.key.webhook,
                          "token": "wt_01ARYZ6S410000000000000000" });
    rig.deliveries(&[message.to_string()]).await;
    assert!(rig.receiver.requests().is_empty(), "held is held");
}

#[tokio::test]
async fn a_removed_tenant_leaves_a_tombstone_and_nothing_else() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({ "signingSecrets": [{ "value": "0123456789abcdef" }] })).await;
    let foreign = rig.webhook_of("other", json!({})).await;
    rig.events(&[rig.event("1")]).await;
    rig.change(&webhook, Change::Pause(rig.ports().clock.now())).await;
    rig.memory.advance(Duration::from_secs(10));
    rig.events(&[rig.event("2")]).await;
    let id = &webhook.key.webhook;
    assert_ne!(rig.memory.counts_of(id), Counts::default());
    let message = removed("2026-11-23T16:00:00Z");
    assert_eq!(rig.events(std::slice::from_ref(&message)).await, NONE);

    assert_eq!(rig.ports().webhooks.get(&webhook.key).await, Ok(None));
    assert!(rig.memory.log_of(id).is_empty() && rig.memory.backlog_of(id).is_empty());
    assert_eq!(rig.memory.counts_of(id), Counts::default());
    assert!(rig.memory.bundle_names().is_empty());
    assert!(rig.ports().webhooks.get(&foreign.key).await.unwrap().is_some());

    rig.events(&[updated("advanced", "2026-11-23T15:59:59Z"), message]).await;
    let roster =
        rig.ports().webhooks.roster(&rig.tenant(), domain::ports::Freshness::Consistent).await.unwrap();
    assert!(matches!(roster.tenant, Tenant::Removed { .. }), "an older word does not bring it back");
    rig.events(&[updated("advanced", "2026-11-23T16:00:01Z")]).await;
    let roster =
        rig.ports().webhooks.roster(&rig.tenant(), domain::ports::Freshness::Consistent).await.unwrap();
    assert!(matches!(roster.tenant, Tenant::Installed { .. }), "a newer one starts it afresh");
}

#[tokio::test]
async fn one_tenant_gets_nothing_of_another() {
    let rig = Rig::new().await;
    let (ours, theirs) = (rig.webhook(json!({})).await, rig.webhook_of("other", json!({})).await);
    rig.events(&[rig.event("1"), rig.event_of("other", "1", "findings.exported")]).await;
    let log = |row: &domain::row::WebhookRow| rig.memory.log_of(&row.key.webhook);
    assert_eq!((log(&ours).len(), log(&theirs).len()), (1, 1));
    assert!(log(&ours)[0].event.contains("\"tenantId\":\"acme\""));
    assert!(log(&theirs)[0].event.contains("\"tenantId\":\"other\""));

    let event = rig.event_of("other", "9", "webhook.test");
    let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&event) else { panic!() };
    rig.deliveries(&[DeliveriesMessage::test(&ours.key.webhook, &event)]).await;
    assert_eq!(rig.receiver.requests().len(), 2, "another tenant's webhook is not found");
}

async fn send_test(rig: &Rig, webhook: &domain::row::WebhookRow, id: &str) {
    let text = rig.event_of("acme", id, "webhook.test");
    let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else { panic!() };
    assert_eq!(
        (event.id.clone(), event.event_type.clone()),
        (EventId::parse(id).unwrap(), EventTypeId::parse("webhook.test").unwrap())
    );
    assert_eq!(rig.deliveries(&[DeliveriesMessage::test(&webhook.key.webhook, &event)]).await, NONE);
}

#[tokio::test]
async fn a_test_event_is_sent_at_once_in_any_state_and_never_held() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({ "enabled": false, "eventTypes": ["findings.exported"] })).await;
    send_test(&rig, &webhook, "1").await;
    let requests = rig.receiver.requests();
    let body: serde_json::Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!((&body["type"], &body["label"]), (&json!("webhook.test"), &json!("Test event")));
    rig.receiver.answer(|_| Reply::status(500));
    send_test(&rig, &webhook, "2").await;
    assert!(rig.memory.backlog_of(&webhook.key.webhook).is_empty());
    let log = rig.memory.log_of(&webhook.key.webhook);
    let outcomes: Vec<_> =
        log.iter().map(|entry| (entry.outcome, entry.attempts.last().unwrap().error)).collect();
    assert!(outcomes.contains(&(Outcome::Succeeded, None)));
    assert!(outcomes.contains(&(Outcome::Failed, Some(AttemptError::HttpStatus))));
    assert_eq!(rig.row(&webhook).await.state().0, State::Paused);
}

#[tokio::test]
async fn a_test_event_that_gets_through_to_a_failing_webhook_wakes_it() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(|_| Reply::status(503));
    rig.events(&[rig.event("1")]).await;
    rig.receiver.answer(|_| Reply::status(200));
    rig.memory.take_deliveries();
    send_test(&rig, &webhook, "t").await;
    assert_eq!(rig.row(&webhook).await.state().0, State::Active);
    assert_eq!(rig.wake().await, Duration::ZERO);
    assert_eq!(event_ids(&rig.receiver.requests()), ["1", "t", "1"]);
}

#[tokio::test]
async fn a_test_event_handed_out_again_sends_the_wake_up_that_its_first_try_may_have_lost() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(|_| Reply::status(503));
    let text = rig.event_of("acme", "t", "webhook.test");
    let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else { panic!() };
    let message = DeliveriesMessage::test(&webhook.key.webhook, &event);
    rig.deliveries(std::slice::from_ref(&message)).await;
    assert_eq!(rig.memory.take_deliveries().len(), 1);
    rig.deliveries_again(&[message]).await;
    let current = rig.row(&webhook).await.wake.unwrap().token;
    assert!(rig.memory.sent_deliveries()[0].message.contains(current.as_str()));
}

#[tokio::test]
async fn a_test_event_that_meets_410_fails_and_disables() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(|_| Reply::status(410));
    send_test(&rig, &webhook, "t").await;
    assert!(rig.memory.backlog_of(&webhook.key.webhook).is_empty(), "a test is never held");
    assert_eq!(rig.memory.log_of(&webhook.key.webhook)[0].outcome, Outcome::Failed);
    assert!(matches!(rig.row(&webhook).await.state().0, State::Disabled(_)));
}
