//! What the sweep asks for in memory, in small parts.

use std::time::Duration;

use async_trait::async_trait;

use super::{Held, Memory, Sent};
use crate::installation::{INSTALLATION_KEPT, PASS_KEPT};
use crate::ports::{Part, PortResult, Upkeep};
use crate::row::{BundleName, WebhookRow};
use crate::sweep::{Place, StoredBundle};

/// So few that a test of some webhooks goes through several parts.
const A_PART: usize = 2;

#[async_trait]
impl Upkeep for Memory {
    async fn webhooks(&self, from: Option<&Place>) -> PortResult<Part<WebhookRow>> {
        let mut held = self.call("dynamodb")?;
        held.expire();
        Ok(part(held.rows.values().map(|row| (row.key.webhook.to_string(), row.clone())), from))
    }

    async fn bundles(&self, from: Option<&Place>) -> PortResult<Part<StoredBundle>> {
        let held = self.call("secretsmanager")?;
        Ok(part(held.bundles.values().map(|(stored, _)| (stored.name.0.clone(), stored.clone())), from))
    }

    async fn discard(&self, name: &BundleName) -> PortResult<()> {
        self.call("secretsmanager")?.bundles.remove(name);
        Ok(())
    }

    async fn go_on(&self, message: &str) -> PortResult<()> {
        let sent = Sent { message: message.to_owned(), delay: Duration::ZERO };
        self.call("sqs")?.deliveries.push(sent);
        Ok(())
    }
}

impl Held {
    fn expire(&mut self) {
        let now = self.now;
        self.passes.retain(|_, pass| pass.issued_at.plus(PASS_KEPT) > now);
        self.installations.retain(|_, one| one.moved_at.plus(INSTALLATION_KEPT) > now);
    }
}

/// The first of those whose name sorts behind the place.
fn part<T>(all: impl Iterator<Item = (String, T)>, from: Option<&Place>) -> Part<T> {
    let mut all: Vec<_> = all.filter(|(name, _)| from.is_none_or(|from| *name > from.0)).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    let is_last = all.len() <= A_PART;
    all.truncate(A_PART);
    let next = all.last().filter(|_| !is_last).map(|(name, _)| Place(name.clone()));
    Part { items: all.into_iter().map(|(_, item)| item).collect(), next }
}
