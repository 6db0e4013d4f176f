//! What waits on the two queues. A message is read in one pass and borrows
//! from its text; an event's `details` pass through as they came.

mod delivery;
mod event;
mod members;

pub use delivery::DeliveriesMessage;
pub use event::{Actor, AuditEvent, OccurredAt, TEST_EVENT};
pub use members::{members, text};

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::ids::{EventId, EventTypeId, TenantId};
use crate::tenant::Edition;
use crate::time::Timestamp;

/// A message is at most 256 KiB (contract of the events queue).
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// A message of the events queue.
#[derive(Clone, Debug)]
pub enum EventsMessage<'a> {
    /// An audit log entry.
    AuditEvent(AuditEvent<'a>),
    /// A tenant's licence or address.
    TenantUpdated {
        /// Whose.
        tenant: TenantId,
        /// Its licence.
        edition: Edition,
        /// Where its Jira is, an https origin.
        site_url: String,
        /// An older one than the stored one is ignored.
        updated_at: Timestamp,
    },
    /// A tenant is gone, and all that is kept for it goes.
    TenantRemoved {
        /// Which.
        tenant: TenantId,
        /// An older one than the stored one is ignored.
        updated_at: Timestamp,
    },
}

/// Why a message cannot be read. It is left for the dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Over [`MAX_MESSAGE_BYTES`].
    #[error("too_large")]
    TooLarge,
    /// Not JSON, or a field of another type.
    #[error("not_json")]
    NotJson,
    /// A version that this program does not know.
    #[error("unknown_version")]
    UnknownVersion,
    /// A kind that this queue does not carry.
    #[error("unknown_kind")]
    UnknownKind,
    /// A field is missing or breaks its rule.
    #[error("bad_field {0}")]
    BadField(&'static str),
}

/// All fields of all kinds, so that one pass over the text is enough.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    version: u32,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    tenant_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "type")]
    event_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    occurred_at: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    actor: Option<Actor<'a>>,
    #[serde(borrow, default)]
    details: Option<&'a RawValue>,
    #[serde(default)]
    edition: Option<Edition>,
    #[serde(borrow, default)]
    site_url: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    updated_at: Option<Cow<'a, str>>,
}

impl<'a> EventsMessage<'a> {
    /// Reads a message of the events queue.
    ///
    /// # Errors
    /// [`Unreadable`], with the field at fault where there is one.
    pub fn parse(text: &'a str) -> Result<Self, Unreadable> {
        if text.len() > MAX_MESSAGE_BYTES {
            return Err(Unreadable::TooLarge);
        }
        let wire: Wire<'a> = serde_json::from_str(text).map_err(|_| Unreadable::NotJson)?;
        if wire.version != 1 {
            return Err(Unreadable::UnknownVersion);
        }
        let tenant = id(wire.tenant_id.as_deref(), "tenantId", TenantId::parse)?;
        match &*wire.kind {
            "auditEvent" => Ok(Self::AuditEvent(wire.audit_event(tenant)?)),
            "tenantUpdated" => Ok(Self::TenantUpdated {
                tenant,
                edition: wire.edition.ok_or(Unreadable::BadField("edition"))?,
                site_url: https_origin(wire.site_url.as_deref())?,
                updated_at: time(wire.updated_at.as_deref(), "updatedAt")?,
            }),
            "tenantRemoved" => {
                Ok(Self::TenantRemoved { tenant, updated_at: time(wire.updated_at.as_deref(), "updatedAt")? })
            }
            _ => Err(Unreadable::UnknownKind),
        }
    }
}

impl<'a> Wire<'a> {
    fn audit_event(self, tenant: TenantId) -> Result<AuditEvent<'a>, Unreadable> {
        let occurred_at = self.occurred_at.ok_or(Unreadable::BadField("occurredAt"))?;
        let details = self.details.ok_or(Unreadable::BadField("details"))?;
        if !details.get().starts_with('{') {
            return Err(Unreadable::BadField("details"));
        }
        if self.actor.as_ref().is_some_and(|actor| actor.account_id.is_empty()) {
            return Err(Unreadable::BadField("actor"));
        }
        Ok(AuditEvent {
            id: id(self.id.as_deref(), "id", EventId::parse)?,
            tenant,
            event_type: id(self.event_type.as_deref(), "type", EventTypeId::parse)?,
            occurred_at: OccurredAt::parse(occurred_at).ok_or(Unreadable::BadField("occurredAt"))?,
            actor: self.actor,
            details,
        })
    }
}

fn id<T, E>(
    text: Option<&str>,
    field: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, Unreadable> {
    text.and_then(|text| parse(text).ok()).ok_or(Unreadable::BadField(field))
}

fn time(text: Option<&str>, field: &'static str) -> Result<Timestamp, Unreadable> {
    id(text, field, Timestamp::parse)
}

/// An origin has a scheme, a host and perhaps a port, and nothing else
/// (RFC 6454, section 4).
fn https_origin(text: Option<&str>) -> Result<String, Unreadable> {
    const BAD: Unreadable = Unreadable::BadField("siteUrl");
    let text = text.ok_or(BAD)?;
    let url = Url::parse(text).map_err(|_| BAD)?;
    let origin = url.origin().ascii_serialization();
    let is_origin = url.scheme() == "https" && (text == origin || text.strip_suffix('/') == Some(&origin));
    if is_origin { Ok(origin) } else { Err(BAD) }
}

#[cfg(test)]
mod tests;
