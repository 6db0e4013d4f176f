//! Batches of audit events whose bodies on the wire have 1 KB.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use domain::time::Timestamp;
use e2e::records::{Record, arn_of, event};
use serde_json::json;

/// What a delivery's body has: no more than a small event.
pub const BODY_BYTES: usize = 1_024;
/// What every webhook here wants.
pub const EVENT_TYPE: &str = "project_scan.finished";
/// What none does.
pub const UNWANTED: &str = "settings.updated";

/// A batch of so many events of each of these tenants, handed out for the first time.
pub fn batch(queue_url: &str, tenants: &[&str], events: usize, event_type: &str) -> Bytes {
    let bodies: Vec<String> =
        (0..events).flat_map(|_| tenants.iter().map(|tenant| audit_event(tenant, event_type))).collect();
    batch_of(queue_url, &bodies)
}

/// A batch of these messages, handed out for the first time.
pub fn batch_of(queue_url: &str, bodies: &[String]) -> Bytes {
    let records = bodies.iter().zip(0_u64..);
    let records = records.map(|(body, id)| Record { id: id.to_string(), body, receives: 1 });
    event(&arn_of(queue_url), records).to_string().into()
}

/// The number of an event of [`audit_event`], which its message and every delivery's body hold.
pub fn number_of(text: &[u8]) -> Option<u64> {
    let begin = text.windows(ID.len()).position(|part| part == ID.as_bytes())? + ID.len();
    std::str::from_utf8(text.get(begin..begin + 12)?).ok()?.parse().ok()
}

/// What the ids here begin with, as JSON has them.
const ID: &str = "\"id\":\"bench-";

/// An event that happens now.
pub fn audit_event(tenant: &str, event_type: &str) -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let of = |filler: &str| {
        json!({
            "version": 1, "kind": "auditEvent", "id": format!("bench-{number:012}"), "tenantId": tenant,
            "type": event_type, "occurredAt": Timestamp::from_millis(now()),
            "actor": { "accountId": "5b10a2844c20165700ede21g", "displayName": "Ada" },
            "details": { "projectId": "10001", "findingsCount": 3, "text": filler },
        })
        .to_string()
    };
    // The message has a few more bytes than the body that is made of it.
    of(&prose(number, BODY_BYTES.saturating_sub(of("").len())))
}

/// So many bytes that are said by nobody, and compress as what somebody says: no two alike.
fn prose(seed: u64, bytes: usize) -> String {
    const WORDS: &str = "secret key token password found removed ignored in file branch commit by rule \
        AWS access GitHub Slack private config production deploy main release scan project repository \
        reviewed false positive history line author merge request issue comment attachment page space \
        expired rotated admin owner team alert policy severity high low custom built-in pattern match";
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut state = seed;
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        // Knuth's linear congruential generator, whose upper bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (place, number) = ((state >> 33) as usize % words.len(), state >> 40 & 0xfff);
        // Every fifth word is a number, as in lines, ids and counts.
        match state >> 60 {
            0..3 => text.push_str(&number.to_string()),
            _ => text.push_str(words[place]),
        }
        text.push(' ');
    }
    text.truncate(bytes);
    text
}

/// Today, in UTC.
pub fn now_as_date() -> String {
    let now = Timestamp::from_millis(now()).to_string();
    now.split('T').next().unwrap_or_default().to_owned()
}

/// Milliseconds since the epoch.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is set");
    i64::try_from(since.as_millis()).expect("less than 300 million years")
}
