//! Tenants, webhooks and deliveries to store.

use std::time::Duration;

use domain::attempt::{Attempt, AttemptError};
use domain::delivery::{Attempts, BacklogItem, LogEntry, Outcome};
use domain::health::{DisabledReason, Health};
use domain::ids::{AccountId, DeliveryId, EventId, TenantId, WakeToken, WebhookId};
use domain::row::{BacklogKey, BundleName, Stamp, Status, Wake, WebhookKey, WebhookRow};
use domain::time::Timestamp;
use domain::webhook::Settings;
use serde_json::json;

use crate::world::START;

pub(crate) fn tenant() -> TenantId {
    TenantId::parse("acme:1").unwrap()
}

/// A time so many seconds after the start.
pub(crate) fn at(seconds: u64) -> Timestamp {
    START.plus(Duration::from_secs(seconds))
}

pub(crate) fn webhook(number: u64) -> WebhookId {
    WebhookId::new(at(number), u128::from(number))
}

pub(crate) fn key(number: u64) -> WebhookKey {
    WebhookKey { tenant: tenant(), webhook: webhook(number) }
}

pub(crate) fn token(number: u64) -> WakeToken {
    WakeToken::new(START, u128::from(number))
}

pub(crate) fn settings(name: &str) -> Settings {
    let settings = json!({
        "displayName": name,
        "target": {"custom": {"url": "https://hec.example.com:8088/raw"}},
        "eventTypes": ["*"],
        "format": "json",
        "signingSecrets": [],
        "authorizationScheme": "Bearer",
        "headers": [{"name": "X-Source", "value": "jira"}, {"name": "DD-API-KEY"}],
    });
    serde_json::from_value(settings).unwrap()
}

pub(crate) fn stamp(seconds: u64) -> Stamp {
    Stamp { at: at(seconds), by: AccountId::parse("5b10:a").unwrap() }
}

/// A webhook that nothing has happened to.
pub(crate) fn row(number: u64) -> WebhookRow {
    WebhookRow::new(key(number), settings("Splunk \"prod\" ü"), None, stamp(number))
}

/// Webhooks that different things have happened to; the times stand around [`at`]`(100)`.
pub(crate) fn kinds_of_row(number: u64) -> Vec<WebhookRow> {
    let wake = |at, busy| Some(Wake { token: token(1), at, busy });
    let waiting = WebhookRow {
        health: Health::Failing { since: at(50), probes: 3 },
        last_ok: Some(at(40)),
        after: Some(BacklogKey::of(delivery(1))),
        held_before: Some(at(10)),
        wake: wake(at(100), false),
        paced_until: Some(at(100)),
        tested_at: Some(at(100)),
        bundle: Some(BundleName("test/a/b/c".to_owned())),
        version: 7,
        ..row(number)
    };
    let rows = [
        row(number),
        waiting.clone(),
        WebhookRow {
            wake: wake(at(101), true),
            paced_until: Some(at(99)),
            tested_at: Some(at(99)),
            version: 8,
            ..waiting.clone()
        },
        WebhookRow {
            wake: wake(at(99), true),
            paced_until: Some(at(101)),
            tested_at: Some(at(101)),
            ..waiting.clone()
        },
        WebhookRow { status: Status::Paused, wake: wake(at(101), false), ..row(number) },
        WebhookRow { status: Status::Disabled(DisabledReason::Gone), ..waiting },
        WebhookRow {
            status: Status::Disabled(DisabledReason::NoSuccess),
            wake: wake(at(100), true),
            ..row(number)
        },
    ];
    let numbered = rows.into_iter().zip(number..).map(|(row, number)| WebhookRow { key: key(number), ..row });
    numbered.collect()
}

/// The delivery of an event of [`at`]`(seconds)`.
pub(crate) fn delivery(seconds: u64) -> DeliveryId {
    DeliveryId::of(&EventId::parse("01J").unwrap(), at(seconds), &webhook(1))
}

pub(crate) fn failed_attempt(seconds: u64) -> Attempt {
    Attempt { at: at(seconds), duration_ms: 10_000, status_code: None, error: Some(AttemptError::Timeout) }
}

pub(crate) fn good_attempt(seconds: u64) -> Attempt {
    Attempt { at: at(seconds), duration_ms: 12, status_code: Some(204), error: None }
}

/// A delivery in the log, of an event of these seconds, that arrived at once.
pub(crate) fn entry(seconds: u64) -> LogEntry {
    LogEntry {
        delivery: delivery(seconds),
        event: format!("{{\"id\":\"{seconds}\",\"details\":{{\"text\":\"ü 🦀\"}}}}").into(),
        outcome: Outcome::Succeeded,
        attempts: Attempts::default().and(failed_attempt(seconds)).and(good_attempt(seconds + 1)),
        created_at: at(seconds),
    }
}

/// A delivery that waits, of an event of these seconds, that arrived at once.
pub(crate) fn item(seconds: u64) -> BacklogItem {
    BacklogItem::untried(delivery(seconds), format!("{{\"id\":\"{seconds}\"}}").into(), at(seconds))
}
