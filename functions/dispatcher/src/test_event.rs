//! "Send test event": at once, whatever the webhook's state, and never held.

use domain::attempt::Verdict;
use domain::delivery::{BacklogItem, Outcome};
use domain::health::Health;
use domain::ids::{WakeToken, WebhookId};
use domain::ports::{PortResult, Roster, Updated};
use domain::row::{Change, Guard, Status, Wake, WebhookKey, WebhookRow};

use crate::deliver::Outgoing;
use crate::ensure::Why;
use crate::{Dispatcher, Invocation};

impl Dispatcher {
    /// Sends a test event to one webhook. A webhook that is on keeps it when
    /// its receiver is in trouble, like any event; for one that is paused or
    /// disabled it has failed then. On a failing webhook it is a probe.
    ///
    /// # Errors
    /// A store's failure; the message then comes again.
    pub async fn send_test(
        &self,
        webhook: &WebhookId,
        outgoing: &Outgoing<'_>,
        roster: &Roster,
        invocation: &Invocation,
    ) -> PortResult<()> {
        let event = outgoing.event();
        let key = WebhookKey { tenant: event.tenant.clone(), webhook: webhook.clone() };
        // The admin may have saved a moment ago: today's settings, not a cached copy.
        let Some(row) = self.ports.webhooks.get(&key).await? else { return Ok(()) };
        if !roster.tenant.is_licensed(self.default_edition) {
            invocation.tally.add(|totals| totals.dropped += 1);
            return Ok(());
        }
        let delivery = event.delivery_to(webhook);
        if !self.ports.log.known(webhook, std::slice::from_ref(&delivery)).await?.is_empty() {
            invocation.tally.add(|totals| totals.repeated += 1);
            return Ok(());
        }
        let item = BacklogItem::untried(delivery, outgoing.text(), self.now());
        if row.status == Status::On && row.health == Health::Healthy {
            return self.first_attempt(outgoing, &row, item, invocation).await;
        }
        let tried = self.attempt(outgoing, &row, item.key.delivery()).await;
        let outcome = match tried.verdict {
            Verdict::Delivered => Outcome::Succeeded,
            Verdict::Trouble { .. } if row.status == Status::On => {
                return self
                    .keep(&row, item.after_failure(tried.attempt), Why::Waits { again: false }, invocation)
                    .await;
            }
            Verdict::NotSent if row.status == Status::On => {
                return self.keep(&row, item.after(tried.attempt), Why::NotSent, invocation).await;
            }
            Verdict::Refused | Verdict::Gone | Verdict::Trouble { .. } | Verdict::NotSent => Outcome::Failed,
        };
        self.conclude(&row, item.after(tried.attempt), outcome, invocation).await?;
        tried.rest.drain().await;
        if outcome == Outcome::Succeeded && row.status == Status::On {
            self.wake_now(&row, invocation).await?;
        }
        Ok(())
    }

    /// The receiver of a failing webhook took something: its backlog is
    /// looked at now, unless that is being done.
    async fn wake_now(&self, row: &WebhookRow, invocation: &Invocation) -> PortResult<()> {
        let now = self.now();
        let wake = Wake { token: WakeToken::new(now, self.ports.dice.roll()), at: now, busy: false };
        let guards = [Guard::On, Guard::Version(row.version), Guard::Idle(now)];
        let changes = [Change::Wake(wake.clone()), Change::Healthy(now), Change::ClearAfter];
        match self.insist(invocation, || self.ports.webhooks.update(&row.key, &guards, &changes)).await? {
            Updated::Done(_) => {
                self.rosters.forget(&row.key.tenant);
                self.send_wake(&row.key, &wake.token, now).await
            }
            Updated::Refused(_) | Updated::Absent => Ok(()),
        }
    }
}
