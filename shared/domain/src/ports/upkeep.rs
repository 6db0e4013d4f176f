//! What the hourly sweep asks for.

use async_trait::async_trait;

use super::PortResult;
use crate::row::{BundleName, WebhookRow};
use crate::sweep::{Place, StoredBundle};

/// All tenants' webhooks and bundles, for the sweep alone.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Some of all webhooks from a place on, in no order; they may be a moment
    /// old. A row that cannot be read is logged and left out: it must not stop
    /// a sweep. What has expired on the way is deleted.
    async fn webhooks(&self, from: Option<&Place>) -> PortResult<Part<WebhookRow>>;
    /// Some of all bundles from a place on, in no order. What was made or
    /// deleted a moment ago may be missing or there.
    async fn bundles(&self, from: Option<&Place>) -> PortResult<Part<StoredBundle>>;
    /// Deletes a bundle that nobody names. An operator who knows better can bring
    /// it back for some days.
    async fn discard(&self, name: &BundleName) -> PortResult<()>;
    /// Puts a message of the sweep's own on the deliveries queue.
    async fn go_on(&self, message: &str) -> PortResult<()>;
}

/// A part of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    /// What lies there.
    pub items: Vec<T>,
    /// Where the next part begins; none at the end.
    pub next: Option<Place>,
}
