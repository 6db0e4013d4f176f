//! The delivery log and the backlog in memory.

use std::collections::HashSet;

use async_trait::async_trait;

use super::Memory;
use crate::delivery::{BacklogItem, Counts, LogEntry};
use crate::ids::{DeliveryId, WebhookId};
use crate::ports::{Backlog, Log, PortResult, Range};
use crate::row::BacklogKey;
use crate::time::Timestamp;

#[async_trait]
impl Log for Memory {
    async fn put(&self, webhook: &WebhookId, entry: &LogEntry) -> PortResult<()> {
        let place = (webhook.clone(), entry.delivery.clone());
        self.call("dynamodb")?.log.insert(place, entry.clone());
        Ok(())
    }

    async fn known(&self, webhook: &WebhookId, deliveries: &[DeliveryId]) -> PortResult<HashSet<DeliveryId>> {
        let held = self.call("dynamodb")?;
        let stands = |delivery: &&DeliveryId| {
            held.log
                .get(&(webhook.clone(), (*delivery).clone()))
                .is_some_and(|entry| held.keeps(entry.created_at))
        };
        Ok(deliveries.iter().filter(stands).cloned().collect())
    }

    async fn get(&self, webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Option<LogEntry>> {
        let held = self.call("dynamodb")?;
        let entry = held.log.get(&(webhook.clone(), delivery.clone()));
        Ok(entry.filter(|entry| held.keeps(entry.created_at)).cloned())
    }

    async fn newest(&self, webhook: &WebhookId) -> PortResult<Option<LogEntry>> {
        let held = self.call("dynamodb")?;
        let mut entries = held.log.iter().rev().filter(|((of, _), _)| of == webhook).map(|(_, entry)| entry);
        Ok(entries.find(|entry| held.keeps(entry.created_at)).cloned())
    }

    async fn count(&self, webhook: &WebhookId, hour: Timestamp, counts: Counts) -> PortResult<()> {
        let mut held = self.call("dynamodb")?;
        let sum = held.counts.entry((webhook.clone(), hour.hour().as_millis())).or_default();
        sum.succeeded += counts.succeeded;
        sum.failed += counts.failed;
        sum.held += counts.held;
        Ok(())
    }

    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool> {
        let mut held = self.call("dynamodb")?;
        held.log.retain(|(of, _), _| of != webhook);
        held.counts.retain(|(of, _), _| of != webhook);
        Ok(false)
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
        let held = self.call("dynamodb")?;
        let items = held.backlog.iter().filter(|((of, key), item)| {
            of == webhook
                && held.keeps(item.created_at)
                && range.since.is_none_or(|since| item.created_at >= since)
                && range.after.is_none_or(|after| key > after)
        });
        Ok(items.take(limit).map(|(_, item)| item.clone()).collect())
    }

    async fn newest(&self, webhook: &WebhookId) -> PortResult<Option<BacklogItem>> {
        let held = self.call("dynamodb")?;
        let mut items = held.backlog.iter().rev().filter(|((of, _), _)| of == webhook).map(|(_, item)| item);
        Ok(items.find(|item| held.keeps(item.created_at)).cloned())
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
        self.call("dynamodb")?.backlog.retain(|(of, _), _| of != webhook);
        Ok(false)
    }
}
