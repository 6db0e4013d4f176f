//! The delivery log and the backlog in memory.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;

use super::Memory;
use crate::delivery::{BacklogItem, Counts, LogEntry, Outcome};
use crate::ids::{DeliveryId, TenantId, WebhookId};
use crate::ports::{Backlog, Came, Log, Order, Page, PortResult, Range, Slice};
use crate::row::{BacklogKey, WebhookKey};
use crate::time::Timestamp;

/// So many items go in one call, as in DynamoDB's.
const PURGED_AT_ONCE: usize = 100;

#[async_trait]
impl Log for Memory {
    async fn put(&self, webhook: &WebhookId, entry: &LogEntry) -> PortResult<()> {
        let place = (webhook.clone(), entry.delivery.clone());
        self.open(webhook).await?;
        let mut held = self.call("dynamodb")?;
        held.log.insert(place, entry.clone());
        Ok(())
    }

    async fn known(&self, webhook: &WebhookId, deliveries: &[DeliveryId]) -> PortResult<HashSet<DeliveryId>> {
        let held = self.call("dynamodb")?;
        let stands = |delivery: &&DeliveryId| {
            held.log
                .get(&(webhook.clone(), (*delivery).clone()))
                .is_some_and(|entry| held.keeps(entry.ended_at()))
        };
        Ok(deliveries.iter().filter(stands).cloned().collect())
    }

    async fn get(&self, webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Option<LogEntry>> {
        let held = self.call("dynamodb")?;
        let entry = held.log.get(&(webhook.clone(), delivery.clone()));
        Ok(entry.filter(|entry| held.keeps(entry.ended_at())).cloned())
    }

    async fn page(
        &self,
        webhook: &WebhookId,
        slice: Slice<'_>,
        outcome: Option<Outcome>,
    ) -> PortResult<Page<LogEntry>> {
        let held = self.call("dynamodb")?;
        let entries = held.log.iter().filter(|((of, _), entry)| {
            of == webhook
                && held.keeps(entry.ended_at())
                && outcome.is_none_or(|outcome| entry.outcome == outcome)
        });
        let entries = entries.map(|((_, delivery), entry)| (delivery.clone(), entry.clone())).collect();
        Ok(page(entries, slice))
    }

    async fn count(
        &self,
        tenant: &TenantId,
        hour: Timestamp,
        counts: &BTreeMap<WebhookId, Counts>,
    ) -> PortResult<()> {
        let mut held = self.call("dynamodb")?;
        for (webhook, counts) in counts.iter().filter(|(_, counts)| **counts != Counts::default()) {
            let key = WebhookKey { tenant: tenant.clone(), webhook: webhook.clone() };
            let sum = held.counts.entry((key, hour.hour().as_millis())).or_default();
            *sum = sum.and(*counts);
        }
        Ok(())
    }

    async fn counts(&self, key: &WebhookKey, since: Timestamp) -> PortResult<Vec<(Timestamp, Counts)>> {
        let held = self.call("dynamodb")?;
        let hours = held.counts.iter().filter(|((of, hour), _)| of == key && *hour >= since.as_millis());
        Ok(hours.map(|((_, hour), counts)| (Timestamp::from_millis(*hour), *counts)).collect())
    }

    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool> {
        Ok(purge(&mut self.call("dynamodb")?.log, |(of, _)| of == webhook))
    }

    async fn purge_counts(&self, tenant: &TenantId) -> PortResult<bool> {
        Ok(purge(&mut self.call("dynamodb")?.counts, |(of, _)| of.tenant == *tenant))
    }
}

#[async_trait]
impl Backlog for Memory {
    async fn put(&self, webhook: &WebhookId, item: &BacklogItem) -> PortResult<()> {
        let mut held = self.call("dynamodb")?;
        let place = (webhook.clone(), item.key.clone());
        let stands = held.backlog.get(&place).is_some_and(|earlier| held.keeps(earlier.created_at));
        if !stands {
            held.backlog.insert(place, item.clone());
        }
        Ok(())
    }

    async fn tried(&self, webhook: &WebhookId, item: &BacklogItem) -> PortResult<()> {
        let mut held = self.call("dynamodb")?;
        if let Some(stored) = held.backlog.get_mut(&(webhook.clone(), item.key.clone())) {
            *stored = item.clone();
        }
        Ok(())
    }

    async fn oldest(
        &self,
        webhook: &WebhookId,
        range: Range<'_>,
        limit: usize,
    ) -> PortResult<Vec<BacklogItem>> {
        self.open(webhook).await?;
        let held = self.call("dynamodb")?;
        let items = held.backlog.iter().filter(|((of, key), item)| {
            of == webhook
                && held.keeps(item.created_at)
                && range.since.is_none_or(|since| item.created_at >= since)
                && range.after.is_none_or(|after| key > after)
        });
        Ok(items.take(limit).map(|(_, item)| item.clone()).collect())
    }

    async fn page(&self, webhook: &WebhookId, slice: Slice<'_>, came: Came) -> PortResult<Page<BacklogItem>> {
        let held = self.call("dynamodb")?;
        let items = held.backlog.iter().filter(|((of, _), item)| {
            of == webhook && held.keeps(item.created_at) && came.includes(item.created_at)
        });
        let items = items.map(|((_, key), item)| (key.delivery().clone(), item.clone())).collect();
        Ok(page(items, slice))
    }

    async fn count(&self, webhook: &WebhookId, came: Came, most: usize) -> PortResult<usize> {
        let held = self.call("dynamodb")?;
        let items = held.backlog.iter().filter(|((of, _), item)| {
            of == webhook && held.keeps(item.created_at) && came.includes(item.created_at)
        });
        Ok(items.count().min(most))
    }

    async fn of(&self, webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Vec<BacklogItem>> {
        let held = self.call("dynamodb")?;
        let items = held.backlog.iter().filter(|((of, key), item)| {
            of == webhook && key.delivery() == delivery && held.keeps(item.created_at)
        });
        Ok(items.map(|(_, item)| item.clone()).collect())
    }

    async fn get(&self, webhook: &WebhookId, key: &BacklogKey) -> PortResult<Option<BacklogItem>> {
        let held = self.call("dynamodb")?;
        let item = held.backlog.get(&(webhook.clone(), key.clone()));
        Ok(item.filter(|item| held.keeps(item.created_at)).cloned())
    }

    async fn delete(&self, webhook: &WebhookId, key: &BacklogKey) -> PortResult<()> {
        self.call("dynamodb")?.backlog.remove(&(webhook.clone(), key.clone()));
        Ok(())
    }

    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool> {
        self.open(webhook).await?;
        Ok(purge(&mut self.call("dynamodb")?.backlog, |(of, _)| of == webhook))
    }
}

/// Removes the first of these; says whether more are left.
fn purge<K: Ord, V>(all: &mut BTreeMap<K, V>, is_one: impl Fn(&K) -> bool) -> bool {
    let mut left = PURGED_AT_ONCE;
    all.retain(|key, _| {
        let goes = left > 0 && is_one(key);
        left -= usize::from(goes);
        !goes
    });
    all.keys().any(is_one)
}

/// The part of all that lie there, oldest first. What belongs to one delivery stays together.
fn page<T>(all: Vec<(DeliveryId, T)>, slice: Slice<'_>) -> Page<T> {
    let mut all = all;
    if slice.order == Order::NewestFirst {
        all.reverse();
    }
    all.retain(|(delivery, _)| match (slice.behind, slice.order) {
        (None, _) => true,
        (Some(behind), Order::OldestFirst) => delivery > behind,
        (Some(behind), Order::NewestFirst) => delivery < behind,
    });
    let (mut items, mut last) = (Vec::new(), None);
    for (delivery, item) in all {
        if items.len() >= slice.limit && last.as_ref() != Some(&delivery) {
            return Page { items, next: last };
        }
        items.push(item);
        last = Some(delivery);
    }
    Page { items, next: None }
}
