//! Asking for deliveries again.

use axum::http::StatusCode;
use domain::delivery::Outcome;
use domain::message::DeliveriesMessage;
use domain::redelivery::Kept;
use domain::row::Change;
use domain::tenant::Edition;
use serde_json::{Value, json};

use crate::site::{Site, at, of_every_kind};

#[tokio::test]
async fn a_delivery_is_sent_again_unless_it_waits_anyway() {
    let site = of_every_kind().await;
    for seconds in [5, 7, 1] {
        let answer = site.post(&format!("/{}/redeliver", site.id(seconds))).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        assert_eq!(answer.body, json!({"deliveryId": site.id(seconds)}));
        let sent = site.world.memory.sent_deliveries().pop().unwrap();
        let Ok(DeliveriesMessage::Redeliver { key, delivery, .. }) = DeliveriesMessage::parse(&sent.message)
        else {
            panic!("{}", sent.message)
        };
        assert_eq!((key.webhook, delivery), (site.webhook.clone(), site.id(seconds)));
    }
    let waiting = site.post(&format!("/{}/redeliver", site.id(8))).await;
    assert_eq!(waiting.problem(), (409, "delivery_pending"));
    assert_eq!(site.post("/dlv_01ARYZ6S410000000000000000/redeliver").await.problem(), (404, "not_found"));
    site.change(Change::Pause(at(9))).await;
    let paused = site.post(&format!("/{}/redeliver", site.id(5))).await;
    assert_eq!(paused.problem(), (409, "webhook_not_active"));
    site.world.set_edition("acme", Edition::Standard).await;
    let unlicensed = site.post(&format!("/{}/redeliver", site.id(5))).await;
    assert_eq!(unlicensed.problem(), (403, "license_required"));
    assert_eq!(site.world.memory.sent_deliveries().len(), 3);
}

#[tokio::test]
async fn all_that_failed_or_is_held_since_a_time_is_counted_and_sent_again() {
    let site = of_every_kind().await;
    site.logged(6, Outcome::Failed).await;
    let ask = async |body: Value| site.world.post(&site.path("/redeliver")).json(&body).send().await;
    for (status, since, count) in [
        ("failed", 0, 2),
        ("failed", 5, 2),
        ("failed", 6, 1),
        ("failed", 7, 0),
        ("held", 1, 2),
        ("held", 2, 1),
    ] {
        let since = at(since).to_string();
        let counted = ask(json!({"status": status, "since": since, "dryRun": true})).await;
        assert_eq!(counted.status, StatusCode::OK, "{}", counted.text);
        assert_eq!(counted.body, json!({"count": count, "more": false}), "{status} {since}");
    }
    assert!(site.world.memory.sent_deliveries().is_empty(), "counting sends nothing");
    let sent = ask(json!({"status": "failed", "since": at(6).to_string()})).await;
    assert_eq!((sent.status, &sent.body), (StatusCode::ACCEPTED, &json!({"count": 1, "more": false})));
    let message = site.world.memory.sent_deliveries().pop().unwrap().message;
    let Ok(DeliveriesMessage::RedeliverAll { what, behind, .. }) = DeliveriesMessage::parse(&message) else {
        panic!("{message}")
    };
    assert_eq!(what, Kept::Failed);
    assert!(behind < site.id(6) && behind > site.id(5));
    let none = ask(json!({"status": "failed", "since": at(7).to_string()})).await;
    assert_eq!((none.status, site.world.memory.sent_deliveries().len()), (StatusCode::ACCEPTED, 1));
    assert_eq!(
        ask(json!({"status": "x"})).await.faults(),
        ["/status invalid_status", "/since invalid_since"]
    );
    site.change(Change::Pause(at(9))).await;
    let paused = ask(json!({"status": "held", "since": at(0).to_string(), "dryRun": true})).await;
    assert_eq!(paused.problem(), (409, "webhook_not_active"));
}

#[tokio::test]
async fn ten_thousand_are_counted_and_no_more() {
    let site = Site::new().await;
    for seconds in 1..=10_001 {
        site.waits(site.item(seconds)).await;
    }
    site.change(Change::HoldPending(at(20_000))).await;
    let body = json!({"status": "held", "since": at(0).to_string(), "dryRun": true});
    let counted = site.world.post(&site.path("/redeliver")).json(&body).send().await;
    assert_eq!(counted.body, json!({"count": 10_000, "more": true}));
    let body = json!({"status": "held", "since": at(2).to_string(), "dryRun": true});
    let counted = site.world.post(&site.path("/redeliver")).json(&body).send().await;
    assert_eq!(counted.body, json!({"count": 10_000, "more": false}));
}
