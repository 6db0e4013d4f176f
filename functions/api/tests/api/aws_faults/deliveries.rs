//! The log and the backlog with a trap in them.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use domain::delivery::{BacklogItem, Counts, LogEntry, Outcome};
use domain::ids::{DeliveryId, TenantId, WebhookId};
use domain::ports::{Backlog, Came, Log, Page, PortResult, Ports, Range, Slice};
use domain::row::{BacklogKey, WebhookKey};
use domain::time::Timestamp;

use crate::unreliable::Trap;

pub(super) struct Deliveries {
    pub(super) ports: Ports,
    pub(super) trap: Trap,
}

#[async_trait]
impl Log for Deliveries {
    async fn put(&self, webhook: &WebhookId, entry: &LogEntry) -> PortResult<()> {
        self.trap.pass(|| self.ports.log.put(webhook, entry)).await
    }

    async fn known(&self, webhook: &WebhookId, deliveries: &[DeliveryId]) -> PortResult<HashSet<DeliveryId>> {
        self.trap.pass(|| self.ports.log.known(webhook, deliveries)).await
    }

    async fn get(&self, webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Option<LogEntry>> {
        self.trap.pass(|| self.ports.log.get(webhook, delivery)).await
    }

    async fn page(
        &self,
        webhook: &WebhookId,
        slice: Slice<'_>,
        outcome: Option<Outcome>,
    ) -> PortResult<Page<LogEntry>> {
        self.trap.pass(|| self.ports.log.page(webhook, slice, outcome)).await
    }

    async fn count(
        &self,
        tenant: &TenantId,
        hour: Timestamp,
        counts: &BTreeMap<WebhookId, Counts>,
    ) -> PortResult<()> {
        self.trap.pass(|| self.ports.log.count(tenant, hour, counts)).await
    }

    async fn counts(&self, key: &WebhookKey, since: Timestamp) -> PortResult<Vec<(Timestamp, Counts)>> {
        self.trap.pass(|| self.ports.log.counts(key, since)).await
    }

    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool> {
        self.trap.pass(|| self.ports.log.purge(webhook)).await
    }

    async fn purge_counts(&self, tenant: &TenantId) -> PortResult<bool> {
        self.trap.pass(|| self.ports.log.purge_counts(tenant)).await
    }
}

#[async_trait]
impl Backlog for Deliveries {
    async fn put(&self, webhook: &WebhookId, item: &BacklogItem) -> PortResult<()> {
        self.trap.pass(|| self.ports.backlog.put(webhook, item)).await
    }

    async fn tried(&self, webhook: &WebhookId, item: &BacklogItem) -> PortResult<()> {
        self.trap.pass(|| self.ports.backlog.tried(webhook, item)).await
    }

    async fn oldest(
        &self,
        webhook: &WebhookId,
        range: Range<'_>,
        limit: usize,
    ) -> PortResult<Vec<BacklogItem>> {
        self.trap.pass(|| self.ports.backlog.oldest(webhook, range, limit)).await
    }

    async fn page(&self, webhook: &WebhookId, slice: Slice<'_>, came: Came) -> PortResult<Page<BacklogItem>> {
        self.trap.pass(|| self.ports.backlog.page(webhook, slice, came)).await
    }

    async fn count(&self, webhook: &WebhookId, came: Came, most: usize) -> PortResult<usize> {
        self.trap.pass(|| self.ports.backlog.count(webhook, came, most)).await
    }

    async fn of(&self, webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Vec<BacklogItem>> {
        self.trap.pass(|| self.ports.backlog.of(webhook, delivery)).await
    }

    async fn get(&self, webhook: &WebhookId, key: &BacklogKey) -> PortResult<Option<BacklogItem>> {
        self.trap.pass(|| self.ports.backlog.get(webhook, key)).await
    }

    async fn delete(&self, webhook: &WebhookId, key: &BacklogKey) -> PortResult<()> {
        self.trap.pass(|| self.ports.backlog.delete(webhook, key)).await
    }

    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool> {
        self.trap.pass(|| self.ports.backlog.purge(webhook)).await
    }
}
