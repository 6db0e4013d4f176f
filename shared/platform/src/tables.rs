//! Where everything lies in the two tables. Both have the string keys `pk`
//! and `sk` and expire items by `ttl` (seconds since the epoch).
//!
//! | table | pk | sk | item |
//! |---|---|---|---|
//! | `TABLE_NAME` | tenant | `I#<hash>` | an `Idempotency-Key` and its answer |
//! | | tenant | `S#<installation>` | an installation into Slack: how it stands |
//! | | tenant | `T` | the tenant: edition, site, tombstone, last removal, count of webhooks, their Slack channels |
//! | | tenant | `W#<webhook>` | a webhook |
//! | | `P#<hash>` | `P` | what a ticket or a state of such an installation stands for |
//! | `DELIVERIES_TABLE_NAME` | `L#<webhook>` | delivery | the log |
//! | | `B#<webhook>` | delivery, for a redelivery `#` and its id behind it | the backlog |
//! | | `C#<tenant>` | hour, RFC 3339 | counters of its webhooks |
//!
//! So one Query from `T` on reads a tenant with all its webhooks in order of
//! creation, and leaves the idempotency keys and the installations out. No
//! tenant's id holds a `#`. Log and backlog of a webhook
//! are two partitions, since one takes about 1,000 write units a second
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>).

use domain::ids::{DeliveryId, InstallationId, TenantId, WebhookId};
use domain::installation::PassKey;
use domain::row::{BacklogKey, WebhookKey};
use domain::time::Timestamp;

/// The partition key.
pub(crate) const PK: &str = "pk";
/// The sort key.
pub(crate) const SK: &str = "sk";
/// When an item expires, in seconds since the epoch.
pub(crate) const TTL: &str = "ttl";
/// When a delivery came, in the log and in the backlog.
pub(crate) const CREATED_AT: &str = "created_at";
/// The sort key of a tenant's own item.
pub(crate) const TENANT: &str = "T";
/// What a webhook's sort key begins with.
pub(crate) const WEBHOOK: &str = "W#";

/// An item's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

pub(crate) fn tenant(tenant: &TenantId) -> Key {
    Key { pk: tenant.to_string(), sk: TENANT.to_owned() }
}

pub(crate) fn webhook(key: &WebhookKey) -> Key {
    Key { pk: key.tenant.to_string(), sk: format!("{WEBHOOK}{}", key.webhook) }
}

pub(crate) fn idempotency(tenant: &TenantId, hash: &str) -> Key {
    Key { pk: tenant.to_string(), sk: format!("I#{hash}") }
}

pub(crate) fn installation(tenant: &TenantId, id: &InstallationId) -> Key {
    Key { pk: tenant.to_string(), sk: format!("S#{id}") }
}

pub(crate) fn pass(key: &PassKey) -> Key {
    Key { pk: format!("P#{}", key.as_str()), sk: "P".to_owned() }
}

pub(crate) fn log(webhook: &WebhookId) -> String {
    ["L#", webhook.as_str()].concat()
}

pub(crate) fn logged(webhook: &WebhookId, delivery: &DeliveryId) -> Key {
    Key { pk: log(webhook), sk: delivery.as_str().to_owned() }
}

pub(crate) fn backlog(webhook: &WebhookId) -> String {
    format!("B#{webhook}")
}

pub(crate) fn waiting(webhook: &WebhookId, key: &BacklogKey) -> Key {
    Key { pk: backlog(webhook), sk: key.as_str().to_owned() }
}

/// Behind a delivery's own item and those of its redeliveries: `#` comes before `~`.
pub(crate) fn behind_all_of(delivery: &DeliveryId) -> String {
    format!("{delivery}~")
}

pub(crate) fn counters(tenant: &TenantId) -> String {
    format!("C#{tenant}")
}

pub(crate) fn counted(tenant: &TenantId, hour: Timestamp) -> Key {
    Key { pk: counters(tenant), sk: hour.hour().to_string() }
}
