//! What one tenant may take of what all of them share.
//!
//! A batch holds events of several tenants, and few batches are handled at the
//! same time. So within an invocation a tenant has only so many attempts under
//! way, and a webhook that has met trouble is not tried again. And a webhook
//! whose receiver is slow keeps an invocation waiting for a tenth of the time
//! at most: in between its events go into its backlog, which one invocation
//! at a time drains, of another queue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::attempt::{Attempt, Verdict};
use domain::ids::{TenantId, WebhookId};
use domain::row::WebhookRow;
use domain::time::Timestamp;
use platform::cache;
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::{Dispatcher, Invocation};

/// A tenant's attempts under way in one invocation. A batch has at most 10
/// tenants, so 320 in all, each with a connection; Lambda allows 1,024 file
/// descriptors (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const AT_ONCE: usize = 32;
/// A receiver that takes longer is slow …
const SLOW: Duration = Duration::from_secs(2);
/// … and rests so many times as long as it took.
const REST: u32 = 10;
/// Slow webhooks remembered at once.
const REMEMBERED: usize = 1_000;

/// What the tenants of a batch take of its invocation.
#[derive(Default)]
pub(crate) struct Shares(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    slots: BTreeMap<TenantId, Arc<Semaphore>>,
    troubled: BTreeSet<WebhookId>,
    /// Those that were disabled, and are told of.
    disabled: BTreeSet<WebhookId>,
    /// Since when one was let through, without an answer to any.
    unanswered: BTreeMap<WebhookId, Instant>,
}

/// Webhooks whose receivers are slow, over invocations.
pub(crate) struct Resting(Cache<WebhookId, Timestamp>);

impl Shares {
    /// Waits for one of the tenant's slots; other tenants have their own.
    async fn slot(&self, tenant: &TenantId) -> Option<OwnedSemaphorePermit> {
        let slots = {
            let mut taken = self.taken();
            let slots = taken.slots.entry(tenant.clone());
            Arc::clone(slots.or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
        };
        slots.acquire_owned().await.ok()
    }

    /// Whether a webhook may have one more attempt under way.
    fn admits(&self, webhook: &WebhookId) -> bool {
        let now = Instant::now();
        let mut taken = self.taken();
        if taken.troubled.contains(webhook) {
            return false;
        }
        let since = *taken.unanswered.entry(webhook.clone()).or_insert(now);
        now.duration_since(since) < SLOW
    }

    fn answered(&self, webhook: &WebhookId) {
        self.taken().unanswered.remove(webhook);
    }

    fn troubled(&self, webhook: &WebhookId) {
        self.taken().troubled.insert(webhook.clone());
    }

    /// Whether the caller is the first to tell that this webhook is disabled.
    pub(crate) fn tells_of(&self, webhook: &WebhookId) -> bool {
        self.taken().disabled.insert(webhook.clone())
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Resting {
    fn default() -> Self {
        Self(cache::bounded(REMEMBERED))
    }
}

impl Dispatcher {
    /// Waits for its tenant's turn; then an event may be attempted at once, unless
    /// there is no time left or its webhook has shown that it would take too much.
    pub(crate) async fn share(
        &self,
        row: &WebhookRow,
        invocation: &Invocation,
    ) -> Option<OwnedSemaphorePermit> {
        let slot = invocation.shares.slot(&row.key.tenant).await?;
        let webhook = &row.key.webhook;
        let rests = self.resting.0.get(webhook).is_some_and(|until| self.now() < until);
        (self.has_time(invocation) && !rests && invocation.shares.admits(webhook)).then_some(slot)
    }

    /// Remembers of a webhook what came of an attempt.
    pub(crate) fn take_note(
        &self,
        webhook: &WebhookId,
        attempt: &Attempt,
        verdict: Verdict,
        invocation: &Invocation,
    ) {
        match verdict {
            Verdict::Delivered | Verdict::Refused => {
                invocation.shares.answered(webhook);
                let took = Duration::from_millis(attempt.duration_ms.into());
                if took >= SLOW {
                    self.resting.0.insert(webhook.clone(), self.now().plus(took * REST));
                }
            }
            Verdict::Trouble { .. } | Verdict::Gone(_) | Verdict::NotSent => {
                invocation.shares.troubled(webhook);
            }
        }
    }
}
