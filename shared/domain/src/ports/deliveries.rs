//! The delivery log and the backlog.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;

use super::PortResult;
use crate::delivery::{BacklogItem, Counts, LogEntry, Outcome};
use crate::ids::{DeliveryId, TenantId, WebhookId};
use crate::row::{BacklogKey, WebhookKey};
use crate::time::Timestamp;

/// The delivery log. Expired entries are never seen.
#[async_trait]
pub trait Log: Send + Sync {
    /// Writes an entry, over an earlier one of the same delivery.
    async fn put(&self, webhook: &WebhookId, entry: &LogEntry) -> PortResult<()>;
    /// Which of these deliveries stand in the log.
    async fn known(&self, webhook: &WebhookId, deliveries: &[DeliveryId]) -> PortResult<HashSet<DeliveryId>>;
    /// One delivery.
    async fn get(&self, webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Option<LogEntry>>;
    /// Some of the deliveries, of this outcome if one is given.
    async fn page(
        &self,
        webhook: &WebhookId,
        slice: Slice<'_>,
        outcome: Option<Outcome>,
    ) -> PortResult<Page<LogEntry>>;
    /// Adds to the hour's counters of a tenant's webhooks.
    async fn count(
        &self,
        tenant: &TenantId,
        hour: Timestamp,
        counts: &BTreeMap<WebhookId, Counts>,
    ) -> PortResult<()>;
    /// A webhook's counters of the hours since then that have any, oldest first.
    async fn counts(&self, key: &WebhookKey, since: Timestamp) -> PortResult<Vec<(Timestamp, Counts)>>;
    /// Deletes some of all that is logged of a webhook; says whether more is left.
    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool>;
    /// Deletes some of a tenant's counters; says whether more are left.
    async fn purge_counts(&self, tenant: &TenantId) -> PortResult<bool>;
}

/// What waits. All reads are consistent and never see expired items.
#[async_trait]
pub trait Backlog: Send + Sync {
    /// Adds an item unless it is there: a repeat keeps what was counted.
    async fn put(&self, webhook: &WebhookId, item: &BacklogItem) -> PortResult<()>;
    /// Writes an item's attempts, unless it is gone.
    async fn tried(&self, webhook: &WebhookId, item: &BacklogItem) -> PortResult<()>;
    /// The items with the oldest events, at most `limit` of them, that came `since` and lie behind `after`.
    async fn oldest(
        &self,
        webhook: &WebhookId,
        range: Range<'_>,
        limit: usize,
    ) -> PortResult<Vec<BacklogItem>>;
    /// Some of the items. All items of one delivery lie on one page.
    async fn page(&self, webhook: &WebhookId, slice: Slice<'_>, came: Came) -> PortResult<Page<BacklogItem>>;
    /// How many items came so, counted no further than `most` and, where there is very much, among
    /// those with the newest events.
    async fn count(&self, webhook: &WebhookId, came: Came, most: usize) -> PortResult<usize>;
    /// The items of one delivery: its own, and those of its redeliveries.
    async fn of(&self, webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Vec<BacklogItem>>;
    /// One item.
    async fn get(&self, webhook: &WebhookId, key: &BacklogKey) -> PortResult<Option<BacklogItem>>;
    /// Deletes an item; that it is gone already is no error.
    async fn delete(&self, webhook: &WebhookId, key: &BacklogKey) -> PortResult<()>;
    /// Deletes some of all that waits; says whether more is left.
    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool>;
}

/// Where in a backlog to look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range<'a> {
    /// Only items that came at this time or later: those before are held.
    pub since: Option<Timestamp>,
    /// Only items behind it.
    pub after: Option<&'a BacklogKey>,
}

/// Which end of a webhook's deliveries to begin at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By the age of the events.
    OldestFirst,
    /// The other way round.
    NewestFirst,
}

/// A part of a webhook's deliveries.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a> {
    /// From which end.
    pub order: Order,
    /// Only what lies behind this delivery, in that order.
    pub behind: Option<&'a DeliveryId>,
    /// So many at most; there may be fewer although more follow.
    pub limit: usize,
}

/// When an item of a backlog came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// At any time.
    Ever,
    /// At this time or later.
    Since(Timestamp),
    /// Before this time.
    Before(Timestamp),
}

/// Some of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In the order asked for.
    pub items: Vec<T>,
    /// The next page lies behind this delivery; none at the end.
    pub next: Option<DeliveryId>,
}

impl Came {
    /// Whether it is one of these times.
    pub fn includes(self, time: Timestamp) -> bool {
        match self {
            Self::Ever => true,
            Self::Since(since) => time >= since,
            Self::Before(before) => time < before,
        }
    }
}
