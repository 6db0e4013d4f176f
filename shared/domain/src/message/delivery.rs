//! The deliveries queue: wake-ups of webhooks, and what an admin asked to be sent.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{AuditEvent, EventsMessage, Unreadable, id};
use crate::ids::{DeliveryId, RedeliveryId, TenantId, WakeToken, WebhookId};
use crate::redelivery::{Kept, Redelivery};
use crate::row::WebhookKey;
use crate::sweep::{Place, Sweep};
use crate::time::Timestamp;

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
    /// A delivery to be sent again by hand.
    Redeliver {
        /// Where.
        key: WebhookKey,
        /// Which.
        delivery: DeliveryId,
        /// Names this request, which may be handed out more than once.
        redelivery: Redelivery,
    },
    /// Many of them: all that failed, or all that is held.
    RedeliverAll {
        /// Where.
        key: WebhookKey,
        /// Which kind.
        what: Kept,
        /// What comes behind this delivery; what was done before lies in front of it.
        behind: DeliveryId,
        /// Names this request.
        redelivery: Redelivery,
    },
    /// The hourly sweep, or the rest of it. It is no tenant's.
    Sweep(Sweep),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    version: u32,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    tenant_id: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    webhook_id: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    token: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    event: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    delivery_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    redelivery_id: Option<Cow<'a, str>>,
    /// Milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requested_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    what: Option<Kept>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    through: Option<Through>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    place: Option<Cow<'a, str>>,
}

/// What a sweep goes through; the webhooks first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Through {
    Webhooks,
    Bundles,
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
        if wire.kind == "sweep" {
            return Ok(Self::Sweep(wire.sweep()));
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
            "redeliver" => Ok(Self::Redeliver {
                key: WebhookKey { tenant, webhook },
                delivery: id(wire.delivery_id.as_deref(), "deliveryId", DeliveryId::parse)?,
                redelivery: wire.redelivery()?,
            }),
            "redeliverAll" => Ok(Self::RedeliverAll {
                key: WebhookKey { tenant, webhook },
                what: wire.what.ok_or(Unreadable::BadField("what"))?,
                behind: id(wire.delivery_id.as_deref(), "deliveryId", DeliveryId::parse)?,
                redelivery: wire.redelivery()?,
            }),
            _ => Err(Unreadable::UnknownKind),
        }
    }

    /// The message that wakes a webhook's backlog.
    pub fn wake_up(tenant: &TenantId, webhook: &WebhookId, token: &WakeToken) -> String {
        Wire { token: Some(token.as_str().into()), ..Wire::new("wakeUp", tenant, webhook) }.to_text()
    }

    /// The message that sends an event to one webhook alone.
    pub fn test(webhook: &WebhookId, event: &AuditEvent<'_>) -> String {
        let text = event.to_message();
        Wire { event: serde_json::from_str(&text).ok(), ..Wire::new("test", &event.tenant, webhook) }
            .to_text()
    }

    /// The message that sends a delivery again.
    pub fn redeliver(key: &WebhookKey, delivery: &DeliveryId, redelivery: &Redelivery) -> String {
        Wire::new("redeliver", &key.tenant, &key.webhook).naming(delivery, redelivery).to_text()
    }

    /// The message that sends many again.
    pub fn redeliver_all(
        key: &WebhookKey,
        what: Kept,
        behind: &DeliveryId,
        redelivery: &Redelivery,
    ) -> String {
        let wire = Wire::new("redeliverAll", &key.tenant, &key.webhook).naming(behind, redelivery);
        Wire { what: Some(what), ..wire }.to_text()
    }

    /// The message that goes on with a sweep.
    pub fn sweep(sweep: &Sweep) -> String {
        let (through, place) = match sweep {
            Sweep::Webhooks(place) => (Through::Webhooks, place),
            Sweep::Bundles(place) => (Through::Bundles, place),
        };
        let place = place.as_ref().map(|place| place.0.as_str().into());
        Wire { through: Some(through), place, ..Wire::of_kind("sweep") }.to_text()
    }
}

impl<'a> Wire<'a> {
    fn new(kind: &'static str, tenant: &'a TenantId, webhook: &'a WebhookId) -> Self {
        let (tenant_id, webhook_id) = (tenant.as_str().into(), webhook.as_str().into());
        Self { tenant_id, webhook_id, ..Self::of_kind(kind) }
    }

    fn of_kind(kind: &'static str) -> Self {
        Self {
            version: 1,
            kind: kind.into(),
            tenant_id: Cow::default(),
            webhook_id: Cow::default(),
            token: None,
            event: None,
            delivery_id: None,
            redelivery_id: None,
            requested_at: None,
            what: None,
            through: None,
            place: None,
        }
    }

    /// The schedule's own message says no more than its kind: from the beginning.
    fn sweep(self) -> Sweep {
        let place = self.place.map(|place| Place(place.into_owned()));
        match self.through {
            Some(Through::Bundles) => Sweep::Bundles(place),
            Some(Through::Webhooks) | None => Sweep::Webhooks(place),
        }
    }

    fn naming(self, delivery: &'a DeliveryId, redelivery: &'a Redelivery) -> Self {
        Self {
            delivery_id: Some(delivery.as_str().into()),
            redelivery_id: Some(redelivery.id.as_str().into()),
            requested_at: Some(redelivery.at.as_millis()),
            ..self
        }
    }

    fn redelivery(&self) -> Result<Redelivery, Unreadable> {
        let at = self.requested_at.ok_or(Unreadable::BadField("requestedAt"))?;
        Ok(Redelivery {
            id: id(self.redelivery_id.as_deref(), "redeliveryId", RedeliveryId::parse)?,
            at: Timestamp::from_millis(at),
        })
    }

    fn to_text(&self) -> String {
        // Serializing strings and raw JSON into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}
