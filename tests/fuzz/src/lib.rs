//! What reads text of strangers, each with what holds for whatever it is given. Each
//! function takes any bytes and panics when a promise is broken: `make fuzz` looks for
//! such bytes, and `tests/tests/fuzz.rs` goes through those that were of use.

mod service;

use std::time::Duration;

use domain::attempt::{LONGEST_RETRY_AFTER, retry_after as read_retry_after};
use domain::message::{DeliveriesMessage, EventsMessage};
use domain::time::Timestamp;
use domain::webhook::header::{HeaderName, HeaderValue};
use domain::webhook::host::AllowedSuffixes;
use domain::webhook::url::WebhookUrl;

pub use self::service::{callback, token};

/// One target: its name, which is its corpus's too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 6] = [
    ("url", url),
    ("headers", headers),
    ("queue", queue),
    ("callback", callback),
    ("retry_after", retry_after),
    ("token", token),
];

/// A webhook's URL: one that is taken reads back as itself, and no text names an address.
pub fn url(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let suffixes = AllowedSuffixes::default();
    let (first, all) = (WebhookUrl::parse(text, &suffixes), WebhookUrl::parse_all(text, &suffixes));
    let Ok(url) = first else {
        let faults = all.expect_err("both read alike");
        assert_eq!(faults.first().copied(), first.err());
        return;
    };
    let again = WebhookUrl::parse(url.as_str(), &suffixes).expect("what is shown can be sent back");
    assert_eq!((again.as_str(), again.origin()), (url.as_str(), url.origin()));
    assert_eq!(WebhookUrl::stored(url.as_str()).expect("what is stored is read").as_str(), url.as_str());
    assert!(url.as_str().starts_with("https://") && url.as_str().len() <= WebhookUrl::MAX_CHARS);
    assert!(url.host().contains('.') && url.host().parse::<std::net::IpAddr>().is_err());
    assert!(url.port() == 443 || url.port() >= 1_024);
    assert!(!url.as_str().contains(['@', '#', '\\']) || url.as_str()[8..].contains(['/', '?']));
}

/// A header, `name:value`: what is taken can be sent, and is not one of ours.
pub fn headers(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (name, value) = text.split_once(':').unwrap_or((text, ""));
    if let Ok(name) = HeaderName::parse(name) {
        let sent: http::HeaderName = name.as_str().parse().expect("a name that can be sent");
        assert!(name.as_str().eq_ignore_ascii_case(sent.as_str()));
        let ours = ["authorization", "host", "content-length", "transfer-encoding", "connection", "cookie"];
        assert!(!ours.contains(&sent.as_str()) && !sent.as_str().starts_with("x-soteri-"));
    }
    if let Ok(value) = HeaderValue::parse(value) {
        let sent = http::HeaderValue::from_str(value.expose()).expect("a value that can be sent");
        assert_eq!(sent.to_str().ok(), Some(value.expose()));
        assert_eq!(value.expose().trim(), value.expose());
        assert!(!value.expose().is_empty() && !value.expose().contains(['\r', '\n', '\0', '\t']));
    }
}

/// A message of either queue: what is read reads the same when it is written again.
pub fn queue(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(text) {
        let written = event.to_message();
        let Ok(EventsMessage::AuditEvent(again)) = EventsMessage::parse(&written) else {
            panic!("{written} is not read back");
        };
        assert_eq!(
            (&again.id, &again.tenant, &again.event_type),
            (&event.id, &event.tenant, &event.event_type)
        );
        assert_eq!((&again.occurred_at, &again.actor), (&event.occurred_at, &event.actor));
        assert_eq!(again.details.get(), event.details.get());
        event.subject();
    }
    let Ok(message) = DeliveriesMessage::parse(text) else { return };
    let written = match &message {
        DeliveriesMessage::WakeUp { tenant, webhook, token } => {
            DeliveriesMessage::wake_up(tenant, webhook, token)
        }
        DeliveriesMessage::Test { webhook, event, .. } => DeliveriesMessage::test(webhook, event),
        DeliveriesMessage::Redeliver { key, delivery, redelivery } => {
            DeliveriesMessage::redeliver(key, delivery, redelivery)
        }
        DeliveriesMessage::RedeliverAll { key, what, behind, redelivery } => {
            DeliveriesMessage::redeliver_all(key, *what, behind, redelivery)
        }
        DeliveriesMessage::Sweep(sweep) => DeliveriesMessage::sweep(sweep),
    };
    let again = DeliveriesMessage::parse(&written).expect("what is sent is read");
    let unborrowed = |message: &DeliveriesMessage<'_>| match message {
        DeliveriesMessage::Test { webhook, event, .. } => format!("{webhook:?} {}", event.to_message()),
        other => format!("{other:?}"),
    };
    assert_eq!(unborrowed(&again), unborrowed(&message));
}

/// A `Retry-After`: no wait is longer than 12 hours, and none is nothing.
pub fn retry_after(bytes: &[u8]) {
    for now in ["2026-11-23T15:40:00Z", "1970-01-01T00:00:00Z", "2099-12-31T23:59:59Z"] {
        let now = Timestamp::parse(now).expect("a time");
        let Some(wait) = read_retry_after(bytes, now) else { continue };
        assert!(wait > Duration::ZERO && wait <= LONGEST_RETRY_AFTER);
        assert_eq!(LONGEST_RETRY_AFTER, Duration::from_secs(12 * 60 * 60));
    }
}
