//! A delivery as the API shows it.

use domain::attempt::Attempt;
use domain::delivery::Attempts;
use domain::message::EventsMessage;
use domain::row::WebhookRow;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Found, Status};

/// One event to one webhook.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    #[schema(example = "dlv_01ARYZ6S41TSV4RRFFQ69G5FAV")]
    id: String,
    event_id: String,
    #[schema(example = "project_scan.finished")]
    event_type: String,
    webhook_id: String,
    #[schema(value_type = Status, inline)]
    status: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    /// How many there were.
    attempts: u32,
    /// Of a pending one, if it is known: not before that.
    #[schema(required, format = DateTime)]
    next_attempt_at: Option<String>,
    /// Null when there was none.
    #[schema(required)]
    last_attempt: Option<AttemptView>,
}

/// One HTTP request of a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attempt)]
pub(crate) struct AttemptView {
    #[schema(format = DateTime)]
    at: String,
    duration_ms: u32,
    /// Of the answer, if there was one.
    #[schema(required)]
    status_code: Option<u16>,
    /// Why it did not deliver: a code.
    #[schema(required, example = "http_status")]
    error: Option<&'static str>,
}

/// A delivery with its event and its newest 100 attempts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryWithAttempts {
    #[serde(flatten)]
    delivery: Delivery,
    /// The audit event: its type, id, time, actor and details.
    #[schema(value_type = Object)]
    event: Box<RawValue>,
    /// Oldest first.
    attempt_log: Vec<AttemptView>,
}

impl Delivery {
    /// A delivery of this webhook.
    pub(crate) fn of(found: &Found, row: &WebhookRow, now: Timestamp) -> Self {
        let (text, attempts, created_at) = parts(found);
        let named = Named::read(text);
        let status = found.status(row);
        let next = row.wake.as_ref().filter(|_| status == Status::Pending);
        Self {
            id: found.id().to_string(),
            event_id: named.id,
            event_type: named.event_type,
            webhook_id: row.key.webhook.to_string(),
            status: status.as_str(),
            created_at: created_at.to_string(),
            attempts: attempts.count(),
            // While an invocation is at it, the time is that of its lease's end.
            next_attempt_at: next.map(|wake| if wake.busy { now } else { wake.at }.to_string()),
            last_attempt: attempts.last().map(AttemptView::of),
        }
    }
}

impl DeliveryWithAttempts {
    /// The same with all that is kept of it.
    pub(crate) fn of(found: &Found, row: &WebhookRow, now: Timestamp) -> Self {
        let (text, attempts, _) = parts(found);
        Self {
            delivery: Delivery::of(found, row, now),
            event: event(text),
            attempt_log: attempts.newest().iter().map(AttemptView::of).collect(),
        }
    }
}

impl AttemptView {
    fn of(attempt: &Attempt) -> Self {
        Self {
            at: attempt.at.to_string(),
            duration_ms: attempt.duration_ms,
            status_code: attempt.status_code,
            error: attempt.error.map(|error| error.as_str()),
        }
    }
}

fn parts(found: &Found) -> (&str, &Attempts, Timestamp) {
    match found {
        Found::Logged(entry) => (&entry.event, &entry.attempts, entry.created_at),
        Found::Waiting(item) => (&item.event, &item.attempts, item.delivery_since),
    }
}

/// What a kept event is called.
#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    id: String,
    #[serde(rename = "type", default)]
    event_type: String,
}

impl Named {
    /// What a newer version kept may be of another shape: then it has no name here.
    fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    id: &'a str,
    occurred_at: &'a str,
    actor: Option<&'a domain::message::Actor<'a>>,
    details: &'a RawValue,
}

/// The event without what concerns the queue alone.
fn event(text: &str) -> Box<RawValue> {
    let shown = match EventsMessage::parse(text) {
        Ok(EventsMessage::AuditEvent(event)) => serde_json::value::to_raw_value(&Event {
            event_type: event.event_type.as_str(),
            id: event.id.as_str(),
            occurred_at: event.occurred_at.as_str(),
            actor: event.actor.as_ref(),
            details: event.details,
        }),
        Ok(_) | Err(_) => RawValue::from_string("{}".to_owned()),
    };
    // Writing strings and raw JSON into memory cannot fail.
    shown.unwrap_or_default()
}
