//! One audit log entry.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::members::{members, text};
use crate::ids::{DeliveryId, EventId, EventTypeId, TenantId, WebhookId};
use crate::time::Timestamp;

/// The type of the event that "Send test event" makes; not in the catalogue.
pub const TEST_EVENT: &str = "webhook.test";

/// One audit log entry, borrowed from its message.
#[derive(Clone, Debug)]
pub struct AuditEvent<'a> {
    /// The same id again is the same event.
    pub id: EventId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What kind it is, in the catalogue or not.
    pub event_type: EventTypeId,
    /// When it happened.
    pub occurred_at: OccurredAt<'a>,
    /// Who did it; none is the system itself.
    pub actor: Option<Actor<'a>>,
    /// Any JSON object, passed through as it came.
    pub details: &'a RawValue,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor<'a> {
    /// The Atlassian account id.
    #[serde(borrow)]
    pub account_id: Cow<'a, str>,
    /// The name to show, when the app sent one. Half of a surrogate pair in it, as a name has
    /// that was cut within an emoji, is U+FFFD: no text can hold it.
    #[serde(borrow, default, deserialize_with = "whole_text", skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Cow<'a, str>>,
}

/// A time of an event: it passes through as it came, and is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OccurredAt<'a> {
    text: Cow<'a, str>,
    at: Timestamp,
}

impl<'a> OccurredAt<'a> {
    /// Reads an RFC 3339 time and keeps its text; none when it is not one.
    pub fn parse(text: Cow<'a, str>) -> Option<Self> {
        let at = Timestamp::parse(&text).ok()?;
        Some(Self { text, at })
    }

    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The time it means.
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// The message as it lies on the queue, in the log and in the backlog.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OnTheQueue<'a> {
    version: u32,
    kind: &'static str,
    id: &'a EventId,
    tenant_id: &'a TenantId,
    #[serde(rename = "type")]
    event_type: &'a EventTypeId,
    occurred_at: &'a str,
    actor: Option<&'a Actor<'a>>,
    details: &'a RawValue,
}

impl AuditEvent<'_> {
    /// The event as a message of the events queue, which [`super::EventsMessage::parse`] reads back.
    pub fn to_message(&self) -> String {
        let message = OnTheQueue {
            version: 1,
            kind: "auditEvent",
            id: &self.id,
            tenant_id: &self.tenant,
            event_type: &self.event_type,
            occurred_at: self.occurred_at.as_str(),
            actor: self.actor.as_ref(),
            details: self.details,
        };
        // Serializing strings and raw JSON into memory cannot fail.
        serde_json::to_string(&message).unwrap_or_default()
    }

    /// The id of this event's delivery to a webhook.
    pub fn delivery_to(&self, webhook: &WebhookId) -> DeliveryId {
        DeliveryId::of(&self.id, self.occurred_at.at(), webhook)
    }

    /// The webhook that a `webhook.*` event is about: it does not get it. Of several members of
    /// that name the last one counts, as in JavaScript.
    pub fn subject(&self) -> Option<WebhookId> {
        if !self.event_type.as_str().starts_with("webhook.") || self.is_test() {
            return None;
        }
        let (_, webhook) = members(self.details).into_iter().rfind(|(key, _)| key == "webhookId")?;
        WebhookId::parse(&text(webhook)).ok()
    }

    /// Whether this is the event of "Send test event".
    pub fn is_test(&self) -> bool {
        self.event_type.as_str() == TEST_EVENT
    }
}

/// A JSON string, of which RFC 8259 (section 8.2) allows what no text can hold.
fn whole_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    let Some(raw) = Option::<&RawValue>::deserialize(deserializer)? else { return Ok(None) };
    let mut bytes = serde_json::Deserializer::from_str(raw.get());
    match serde_json::from_str(raw.get()) {
        Ok(Text(text)) => Ok(Some(text)),
        Err(_) => bytes.deserialize_bytes(Halves).map(|text| Some(text.into())).map_err(Error::custom),
    }
}

/// Reads a string's bytes, where serde_json writes half of a pair like a character of its own:
/// three bytes, none of which is UTF-8.
struct Halves;

impl Visitor<'_> for Halves {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(String::from_utf8_lossy(bytes).replace("\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}"))
    }
}
