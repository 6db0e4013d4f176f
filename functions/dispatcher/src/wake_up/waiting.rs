//! Step 2: what waits.

use std::collections::HashSet;

use domain::delivery::BacklogItem;
use domain::ids::WebhookId;
use domain::ports::{PortResult, Range};
use domain::row::{BacklogKey, WebhookRow};

use crate::Dispatcher;

impl Dispatcher {
    /// The oldest items from `after` on, less those that stand in the
    /// log: they were delivered by an invocation that died before it could
    /// delete them, and are deleted now.
    pub(super) async fn waiting(
        &self,
        row: &WebhookRow,
        after: Option<&BacklogKey>,
        limit: usize,
    ) -> PortResult<Vec<BacklogItem>> {
        let webhook = &row.key.webhook;
        loop {
            let range = Range { since: row.held_before, after };
            let mut items = self.ports.backlog.oldest(webhook, range, limit).await?;
            if items.is_empty() {
                return Ok(items);
            }
            let ids: Vec<_> = items.iter().map(|item| item.key.delivery().clone()).collect();
            let known = self.ports.log.known(webhook, &ids).await?;
            let mut done = HashSet::new();
            for item in items.iter().filter(|item| known.contains(item.key.delivery())) {
                if self.is_done(webhook, item).await? {
                    self.ports.backlog.delete(webhook, &item.key).await?;
                    done.insert(item.key.clone());
                }
            }
            // A delivery and its redelivery: the second waits until the first stands in the log.
            let mut taken = HashSet::new();
            items.retain(|item| !done.contains(&item.key) && taken.insert(item.key.delivery().clone()));
            if !items.is_empty() {
                return Ok(items);
            }
        }
    }

    /// Whether an item whose delivery stands in the log was dealt with.
    async fn is_done(&self, webhook: &WebhookId, item: &BacklogItem) -> PortResult<bool> {
        if !item.key.is_by_hand() {
            return Ok(true);
        }
        let entry = self.ports.log.get(webhook, item.key.delivery()).await?;
        Ok(entry.is_some_and(|entry| item.is_done_by(&entry)))
    }
}
