//! The delivery log as an admin sees it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use domain::attempt::{Attempt, AttemptError};
use domain::delivery::{Attempts, Counts, LogEntry, Outcome};
use domain::ids::{RedeliveryId, WakeToken};
use domain::row::{BacklogKey, Change, Wake};
use serde_json::{Value, json};

use crate::site::{Site, at, of_every_kind};
use crate::world::{start, tenant};

/// All pages, of any length and of each status, are these.
async fn assert_lists(site: &Site, all: &[(String, String)]) {
    for limit in 1..=7 {
        assert_eq!(site.walk(&format!("limit={limit}")).await, all, "{limit}");
        for status in ["pending", "succeeded", "failed", "held"] {
            let some: Vec<_> = all.iter().filter(|(_, of)| of == status).cloned().collect();
            assert_eq!(site.walk(&format!("limit={limit}&status={status}")).await, some, "{limit} {status}");
        }
    }
}

#[tokio::test]
async fn log_and_backlog_are_one_list_newest_first() {
    let site = of_every_kind().await;
    let all = site.expected(&[
        (8, "pending"),
        (7, "succeeded"),
        (5, "failed"),
        (3, "held"),
        (2, "succeeded"),
        (1, "held"),
    ]);
    assert_lists(&site, &all).await;
    assert_eq!(site.walk("").await, all);
    let last = site.get("?limit=6").await;
    assert_eq!(last.body["nextCursor"], Value::Null);
}

#[tokio::test]
async fn what_waits_is_held_while_the_webhook_is_off() {
    let site = of_every_kind().await;
    site.change(Change::Pause(at(9))).await;
    assert_eq!(site.walk("status=pending").await, []);
    assert_eq!(site.walk("status=held").await, site.expected(&[(8, "held"), (3, "held"), (1, "held")]));
}

#[tokio::test]
async fn a_redelivery_that_waits_counts_for_more_than_the_log() {
    let site = of_every_kind().await;
    site.waits_again(5).await;
    // What an invocation delivered and could not remove any more.
    site.waits(site.item(7)).await;
    let all = site.expected(&[
        (8, "pending"),
        (7, "succeeded"),
        (5, "pending"),
        (3, "held"),
        (2, "succeeded"),
        (1, "held"),
    ]);
    assert_lists(&site, &all).await;
    assert_eq!(site.get(&format!("/{}", site.id(5))).await.body["status"], "pending");
}

#[tokio::test]
async fn a_redelivery_that_has_ended_has_its_outcome_though_its_item_was_not_removed() {
    let site = of_every_kind().await;
    site.logged(9, Outcome::Failed).await;
    for (seconds, outcome) in [(5, Outcome::Succeeded), (7, Outcome::Failed), (9, Outcome::Succeeded)] {
        let item = site.waits_again(seconds).await;
        site.ended(item, at(10), outcome).await;
    }
    site.waits_again(2).await;
    let last = json!({"at": at(10).to_string(), "status": "succeeded", "error": null});
    for (change, waits) in [
        (Change::HoldPending(at(4)), "pending"),
        (Change::Pause(at(11)), "held"),
        (Change::Enable(at(12)), "held"),
    ] {
        site.change(change).await;
        let all = site.expected(&[
            (9, "succeeded"),
            (8, waits),
            (7, "failed"),
            (5, "succeeded"),
            (3, "held"),
            (2, waits),
            (1, "held"),
        ]);
        assert_lists(&site, &all).await;
        assert_eq!(site.get(&format!("/{}", site.id(5))).await.body["status"], "succeeded");
        let webhooks = site.world.get("/v1/webhooks?include=lastDelivery").send().await;
        assert_eq!(webhooks.body["items"][0]["lastDelivery"], last);
    }
    let again = site.post(&format!("/{}/redeliver", site.id(5))).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "{}", again.text);
}

#[tokio::test]
async fn a_delivery_that_was_held_and_waits_untried_came_when_its_event_did() {
    let site = Site::new().await;
    let key = BacklogKey::by_hand(site.item(1).key.delivery().clone(), &RedeliveryId::new(at(50), 1));
    site.waits(site.item(1).released(key, at(50))).await;
    let webhooks = site.world.get("/v1/webhooks?include=lastDelivery").send().await;
    let last = &webhooks.body["items"][0]["lastDelivery"];
    assert_eq!(last, &json!({"at": at(1).to_string(), "status": "pending", "error": null}));
    assert_eq!(last["at"], site.get(&format!("/{}", site.id(1))).await.body["createdAt"]);
}

#[tokio::test]
async fn a_delivery_shows_its_event_and_its_attempts() {
    let site = of_every_kind().await;
    insta::assert_json_snapshot!("delivery_failed", site.get(&format!("/{}", site.id(5))).await.body);
    let wake = Wake { token: WakeToken::new(at(9), 1), at: at(60), busy: false };
    site.change(Change::Wake(wake.clone())).await;
    let pending = site.get(&format!("/{}", site.id(8))).await.body;
    assert_eq!((&pending["attempts"], &pending["lastAttempt"]), (&json!(0), &Value::Null));
    assert_eq!(pending["nextAttemptAt"], json!(at(60).to_string()));
    site.change(Change::Wake(Wake { busy: true, ..wake })).await;
    let pending = site.get(&format!("/{}", site.id(8))).await.body;
    assert_eq!(pending["nextAttemptAt"], json!(site.world.now().to_string()), "an invocation is at it");
    let held = site.get(&format!("/{}", site.id(1))).await.body;
    assert_eq!((&held["status"], &held["nextAttemptAt"]), (&json!("held"), &Value::Null));
    for unknown in ["/dlv_01ARYZ6S410000000000000000", "/x", "/%ff"] {
        assert_eq!(site.get(unknown).await.problem(), (404, "not_found"), "{unknown}");
    }
}

#[tokio::test]
async fn only_the_newest_hundred_attempts_are_listed() {
    let site = Site::new().await;
    let attempt = |n| Attempt {
        at: at(n),
        duration_ms: 1,
        status_code: Some(503),
        error: Some(AttemptError::HttpStatus),
    };
    let attempts = (0..150).fold(Attempts::default(), |all, n| all.and(attempt(n)));
    let entry = site.item(1).into_entry(Outcome::Failed);
    let entry = LogEntry { attempts, ..entry };
    site.world.memory.ports().log.put(&site.webhook, &entry).await.unwrap();
    let shown = site.get(&format!("/{}", site.id(1))).await.body;
    assert_eq!((&shown["attempts"], shown["attemptLog"].as_array().unwrap().len()), (&json!(150), 100));
    assert_eq!(shown["lastAttempt"]["at"], json!(at(149).to_string()));
}

#[tokio::test]
async fn a_query_that_breaks_rules_names_all_of_them() {
    let site = Site::new().await;
    for limit in ["0", "101", "-1", "x", "", "1.5", "99999999999999999999"] {
        assert_eq!(site.get(&format!("?limit={limit}")).await.faults(), [" invalid_limit"], "{limit}");
    }
    let all = site.get("?limit=0&status=done&cursor=x&other=1").await;
    assert_eq!(all.faults(), [" invalid_limit", " invalid_status", " invalid_cursor"]);
    for window in ["", "?window=", "?window=7d", "?window=24H"] {
        assert_eq!(site.get(&format!("/summary{window}")).await.faults(), [" invalid_window"], "{window}");
    }
}

#[tokio::test]
async fn hours_and_days_are_counted_without_gaps() {
    let site = of_every_kind().await;
    let counts = |succeeded| Counts { succeeded, failed: 1, held: 2 };
    let hour = Duration::from_secs(3_600);
    for (back, succeeded) in [(0, 7), (1, 5), (23, 3), (24, 100), (30 * 24, 1_000)] {
        let then = start().minus(hour * back);
        let counts = BTreeMap::from([(site.webhook.clone(), counts(succeeded))]);
        site.world.memory.ports().log.count(&tenant("acme"), then, &counts).await.unwrap();
    }
    let day = site.get("/summary?window=24h").await.body;
    let buckets = day["buckets"].as_array().unwrap();
    assert_eq!((buckets.len(), &day["pending"]), (24, &json!(1)));
    assert_eq!(buckets[0], json!({"start": "2026-11-22T16:00:00Z", "succeeded": 3, "failed": 1, "held": 2}));
    assert_eq!(buckets[1], json!({"start": "2026-11-22T17:00:00Z", "succeeded": 0, "failed": 0, "held": 0}));
    assert_eq!(buckets[23], json!({"start": "2026-11-23T15:00:00Z", "succeeded": 7, "failed": 1, "held": 2}));
    let month = site.get("/summary?window=30d").await.body;
    let buckets = month["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), 30);
    assert_eq!(
        buckets[29],
        json!({"start": "2026-11-23T00:00:00Z", "succeeded": 12, "failed": 2, "held": 4})
    );
    assert_eq!(buckets[28]["succeeded"], 103);
    assert_eq!(buckets.iter().map(|one| one["succeeded"].as_u64().unwrap()).sum::<u64>(), 115);
}

#[tokio::test]
async fn another_tenant_s_deliveries_are_not_found() {
    let site = of_every_kind().await;
    let other = crate::world::token("other", "u1", "admin");
    let id = site.id(5);
    for rest in ["".to_owned(), "/summary?window=24h".to_owned(), format!("/{id}")] {
        let answer = site.world.get(&site.path(&rest)).token(&other).send().await;
        assert_eq!(answer.problem(), (404, "not_found"), "{rest}");
    }
    for rest in [format!("/{id}/redeliver"), "/redeliver".to_owned()] {
        let answer = site.world.post(&site.path(&rest)).token(&other).json(&json!({})).send().await;
        assert_eq!(answer.problem(), (404, "not_found"), "{rest}");
    }
    assert!(site.world.memory.sent_deliveries().is_empty());
}
