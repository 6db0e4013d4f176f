//! The audit events of what admins do to webhooks. They name the fields that
//! changed and never a value.

use domain::ids::{EventId, EventTypeId, TenantId, WebhookId};
use domain::message::{Actor, AuditEvent, OccurredAt};
use domain::row::{Stamp, WebhookRow};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::Api;

/// What an admin has done.
pub(crate) enum Deed<'a> {
    /// Made a webhook.
    Created,
    /// Edited one; these fields changed.
    Updated(&'a [&'static str]),
    /// Deleted one.
    Deleted,
}

/// Puts the event on the events queue, after the write. The write stands, so
/// a failure here is no failure of the request: it is logged, and the answer
/// stays a success.
pub(crate) async fn record(api: &Api, row: &WebhookRow, deed: &Deed<'_>, stamp: &Stamp) {
    let webhook = &row.key.webhook;
    let Some(message) = message(row, deed, stamp) else {
        tracing::error!(%webhook, deed = deed.as_str(), "audit event not made");
        return;
    };
    if let Err(fault) = api.ports.queue.send_event(&row.key.tenant, &message).await {
        tracing::error!(%webhook, deed = deed.as_str(), %fault, "audit event not sent");
    }
}

/// An event about a webhook by an admin; none if a part of it breaks the
/// queue's rules, which no part of ours does.
pub(crate) fn event<'a>(
    id: EventId,
    tenant: &TenantId,
    event_type: &str,
    stamp: &'a Stamp,
    details: &'a RawValue,
) -> Option<AuditEvent<'a>> {
    Some(AuditEvent {
        id,
        tenant: tenant.clone(),
        event_type: EventTypeId::parse(event_type).ok()?,
        occurred_at: OccurredAt::parse(stamp.at.to_string().into())?,
        actor: Some(Actor { account_id: stamp.by.as_str().into(), display_name: None }),
        details,
    })
}

impl Deed<'_> {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated(_) => "updated",
            Self::Deleted => "deleted",
        }
    }
}

fn message(row: &WebhookRow, deed: &Deed<'_>, stamp: &Stamp) -> Option<String> {
    let webhook = &row.key.webhook;
    let name = row.settings.display_name.as_str();
    let details = match deed {
        Deed::Created => {
            json!({"webhookId": webhook, "displayName": name, "kind": row.settings.target.kind()})
        }
        Deed::Updated(fields) => json!({"webhookId": webhook, "displayName": name, "changedFields": fields}),
        Deed::Deleted => json!({"webhookId": webhook, "displayName": name}),
    };
    let details = to_raw_value(&details).ok()?;
    let id = event_id(webhook, row.version, deed)?;
    let event_type = format!("webhook.{}", deed.as_str());
    event(id, &row.key.tenant, &event_type, stamp, &details).map(|event| event.to_message())
}

/// Follows from what happened, so that a repeated request sends the same event again.
fn event_id(webhook: &WebhookId, version: u64, deed: &Deed<'_>) -> Option<EventId> {
    let version = match deed {
        Deed::Created => 1,
        Deed::Updated(_) | Deed::Deleted => version,
    };
    EventId::parse(&format!("{webhook}.{version}.{}", deed.as_str())).ok()
}
