//! The deliveries queue: wake-ups of webhooks, and what an admin asked to be sent.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{AuditEvent, EventsMessage, Unreadable, id};
use crate::ids::{TenantId, WakeToken, WebhookId};

/// A message of the deliveries queue.
#[derive(Clone, Debug)]
pub enum DeliveriesMessage<'a> {
    /// Time to look at a webhook's backlog.
    WakeUp {
        /// Whose.
        tenant: TenantId,
        /// Which webhook.
        webhook: WebhookId,
        /// Acts only while the webhook's row holds the same token.
        token: WakeToken,
    },
    /// An event for one webhook alone, sent at once: "Send test event".
    Test {
        /// The webhook.
        webhook: WebhookId,
        /// The event, with its tenant.
        event: AuditEvent<'a>,
        /// The event's own message, to be kept when it cannot be delivered.
        event_text: &'a str,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    version: u32,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    tenant_id: Cow<'a, str>,
    #[serde(borrow)]
    webhook_id: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    token: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    event: Option<&'a RawValue>,
}

impl<'a> DeliveriesMessage<'a> {
    /// Reads a message of the deliveries queue.
    ///
    /// # Errors
    /// [`Unreadable`], with the field at fault where there is one.
    pub fn parse(text: &'a str) -> Result<Self, Unreadable> {
        let wire: Wire<'a> = serde_json::from_str(text).map_err(|_| Unreadable::NotJson)?;
        if wire.version != 1 {
            return Err(Unreadable::UnknownVersion);
        }
        let tenant = id(Some(&wire.tenant_id), "tenantId", TenantId::parse)?;
        let webhook = id(Some(&wire.webhook_id), "webhookId", WebhookId::parse)?;
        match &*wire.kind {
            "wakeUp" => Ok(Self::WakeUp {
                tenant,
                webhook,
                token: id(wire.token.as_deref(), "token", WakeToken::parse)?,
            }),
            "test" => {
                let event_text = wire.event.ok_or(Unreadable::BadField("event"))?.get();
                match EventsMessage::parse(event_text)? {
                    EventsMessage::AuditEvent(event) if event.tenant == tenant => {
                        Ok(Self::Test { webhook, event, event_text })
                    }
                    _ => Err(Unreadable::BadField("event")),
                }
            }
            _ => Err(Unreadable::UnknownKind),
        }
    }

    /// The message that wakes a webhook's backlog.
    pub fn wake_up(tenant: &TenantId, webhook: &WebhookId, token: &WakeToken) -> String {
        Wire {
            version: 1,
            kind: "wakeUp".into(),
            tenant_id: tenant.as_str().into(),
            webhook_id: webhook.as_str().into(),
            token: Some(token.as_str().into()),
            event: None,
        }
        .to_text()
    }

    /// The message that sends an event to one webhook alone.
    pub fn test(webhook: &WebhookId, event: &AuditEvent<'_>) -> String {
        let text = event.to_message();
        Wire {
            version: 1,
            kind: "test".into(),
            tenant_id: event.tenant.as_str().into(),
            webhook_id: webhook.as_str().into(),
            token: None,
            event: serde_json::from_str(&text).ok(),
        }
        .to_text()
    }
}

impl Wire<'_> {
    fn to_text(&self) -> String {
        // Serializing strings and raw JSON into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}
