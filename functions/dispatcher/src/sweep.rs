//! The hourly sweep: finds what a crash left lying where nothing else would
//! look. Wake-ups whose message is lost, backlogs without a wake-up, bundles
//! that no row names, and what has expired.
//!
//! Nothing depends on it for its speed: every handler repairs what it meets.
//! It goes through all tenants a part at a time, and after some seconds puts
//! the rest on the queue, so that other messages have their turn.

use std::time::Duration;

use domain::message::DeliveriesMessage;
use domain::ports::{Part, PortResult, Range};
use domain::row::{WebhookKey, WebhookRow};
use domain::sweep::{Need, StoredBundle, Sweep};
use futures::stream::{self, StreamExt as _};
use tokio::time::timeout;

use crate::ensure::Why;
use crate::{Dispatcher, Invocation};

/// How long one message sweeps.
const TURN: Duration = Duration::from_secs(10);
/// So many webhooks or bundles are looked after side by side.
const AT_ONCE: usize = 10;
/// And one of them for so long at most: there may be much that is held to be read past.
const LOOK: Duration = Duration::from_secs(2);

/// What one message found.
#[derive(Default)]
struct Found {
    reminded: usize,
    woken: usize,
    orphans: usize,
}

impl Dispatcher {
    /// Goes on with a sweep for a while, and puts the rest on the queue.
    ///
    /// # Errors
    /// A store's failure; the message then comes again, and looks at some a
    /// second time.
    pub(crate) async fn sweep(&self, from: &Sweep, invocation: &Invocation) -> PortResult<()> {
        let ends = self.now().plus(TURN);
        let (mut rest, mut found) = (Some(from.clone()), Found::default());
        while let Some(sweep) = rest {
            rest = match sweep {
                Sweep::Webhooks(place) => {
                    let part = self.ports.upkeep.webhooks(place.as_ref()).await?;
                    Some(self.look_after_webhooks(part, &mut found, invocation).await?)
                }
                Sweep::Bundles(place) => {
                    let part = self.ports.upkeep.bundles(place.as_ref()).await?;
                    self.delete_orphans(part, &mut found).await?
                }
            };
            if self.now() >= ends || !self.has_time(invocation) {
                break;
            }
        }
        let Found { reminded, woken, orphans } = found;
        if reminded + woken + orphans > 0 {
            tracing::info!(reminded, woken, orphans, "sweep");
        }
        match rest {
            Some(rest) => self.ports.upkeep.go_on(&DeliveriesMessage::sweep(&rest)).await,
            None => Ok(()),
        }
    }

    async fn look_after_webhooks(
        &self,
        part: Part<WebhookRow>,
        found: &mut Found,
        invocation: &Invocation,
    ) -> PortResult<Sweep> {
        let looks = part
            .items
            .iter()
            .map(|row| passed_over(&row.key, self.look_after(row, invocation), Need::Nothing));
        let looks = looks.collect::<Vec<_>>();
        let done: Vec<Need> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        found.reminded += done.iter().filter(|need| **need == Need::Reminder).count();
        found.woken += done.iter().filter(|need| **need == Need::LookIntoBacklog).count();
        Ok(part.next.map_or(Sweep::Bundles(None), |place| Sweep::Webhooks(Some(place))))
    }

    /// Gives what the webhook turned out to need.
    async fn look_after(&self, row: &WebhookRow, invocation: &Invocation) -> PortResult<Need> {
        match (Need::of(row, self.now()), &row.wake) {
            // The same token: who put something meanwhile relies on it, and a surplus message is harmless.
            (Need::Reminder, Some(wake)) => {
                self.send_wake(&row.key, &wake.token, wake.at).await?;
                Ok(Need::Reminder)
            }
            (Need::LookIntoBacklog, _) => {
                let range = Range { since: row.held_before, after: None };
                if self.ports.backlog.oldest(&row.key.webhook, range, 1).await?.is_empty() {
                    return Ok(Need::Nothing);
                }
                self.ensure(row, Why::Waits { again: false }, invocation).await?;
                Ok(Need::LookIntoBacklog)
            }
            (Need::Nothing | Need::Reminder, _) => Ok(Need::Nothing),
        }
    }

    async fn delete_orphans(&self, part: Part<StoredBundle>, found: &mut Found) -> PortResult<Option<Sweep>> {
        let now = self.now();
        let old = part.items.iter().filter(|bundle| bundle.is_old(now));
        let looks = old.map(|bundle| passed_over(&bundle.key, self.delete_if_orphan(bundle), false));
        let looks = looks.collect::<Vec<_>>();
        let done: Vec<bool> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        found.orphans += done.into_iter().filter(|deleted| *deleted).count();
        Ok(part.next.map(|place| Sweep::Bundles(Some(place))))
    }

    async fn delete_if_orphan(&self, bundle: &StoredBundle) -> PortResult<bool> {
        let row = self.ports.webhooks.get(&bundle.key).await?;
        let is_orphan = bundle.is_orphan(row.as_ref(), self.now());
        if is_orphan {
            self.ports.upkeep.discard(&bundle.name).await?;
        }
        Ok(is_orphan)
    }
}

/// What one webhook's store fails at, or takes too long for, must not stop the sweep of all others.
/// A long look is no fault: its webhook has very much that is held.
async fn passed_over<T>(key: &WebhookKey, look: impl Future<Output = PortResult<T>>, nothing: T) -> T {
    match timeout(LOOK, look).await {
        Ok(Ok(found)) => return found,
        Ok(Err(cause)) => tracing::error!(webhook = %key.webhook, %cause, "passed over by the sweep"),
        Err(_) => tracing::warn!(webhook = %key.webhook, "passed over by the sweep: a look takes too long"),
    }
    nothing
}
