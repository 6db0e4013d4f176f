//! "Send test event": at once, whatever the webhook's state, and never held.

use domain::attempt::Verdict;
use domain::delivery::{BacklogItem, Outcome};
use domain::health::Health;
use domain::ids::{DeliveryId, WakeToken, WebhookId};
use domain::ports::{PortResult, Roster, Updated};
use domain::row::{Change, Guard, Status, Wake, WebhookKey, WebhookRow};
use futures::future::join;

use crate::deliver::{Outgoing, Tried};
use crate::ensure::Why;
use crate::{Dispatcher, Invocation};

impl Dispatcher {
    /// Sends a test event to one webhook. A webhook that is on keeps it when
    /// its receiver is in trouble, like any event; for one that is paused or
    /// disabled it has failed then. On a failing webhook a success is that of
    /// a probe.
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
        if !roster.tenant.is_licensed(self.default_edition) || roster.has_lost(&row) {
            invocation.tally.add(|totals| totals.dropped += 1);
            return Ok(());
        }
        let delivery = event.delivery_to(webhook);
        if self.ports.log.known(webhook, std::slice::from_ref(&delivery)).await?.is_empty() {
            return self.try_test(outgoing, &row, delivery, invocation).await;
        }
        invocation.tally.add(|totals| totals.repeated += 1);
        // An earlier try may have died before it sent the wake-up that it had set.
        self.ensure(&row, Why::Waits { again: outgoing.again() }, invocation).await
    }

    async fn try_test(
        &self,
        outgoing: &Outgoing<'_>,
        row: &WebhookRow,
        delivery: DeliveryId,
        invocation: &Invocation,
    ) -> PortResult<()> {
        let item = BacklogItem::untried(delivery, outgoing.text(), self.now());
        let Tried { attempt, verdict, rest } = self.attempt(outgoing, row, item.key.delivery()).await;
        let (is_on, waits) = (row.status == Status::On, Why::Waits { again: outgoing.again() });
        let record = async {
            match verdict {
                Verdict::Delivered => {
                    self.conclude(row, item.after(attempt), Outcome::Succeeded, invocation).await?;
                    if is_on && row.health != Health::Healthy {
                        self.wake_now(row, invocation).await
                    } else {
                        Ok(())
                    }
                }
                Verdict::Trouble { retry_after } if is_on => {
                    let is_news = row.health == Health::Healthy || !outgoing.again();
                    let why = if is_news { Why::Trouble { retry_after } } else { waits };
                    self.keep(row, item.after_failure(attempt), why, invocation).await
                }
                Verdict::NotSent if is_on => {
                    let why = if outgoing.again() { waits } else { Why::NotSent };
                    self.keep(row, item.after(attempt), why, invocation).await
                }
                Verdict::Gone(reason) if is_on => {
                    self.conclude(row, item.after(attempt), Outcome::Failed, invocation).await?;
                    self.disable(row, reason, invocation).await.map(drop)
                }
                Verdict::Refused | Verdict::Gone(_) | Verdict::Trouble { .. } | Verdict::NotSent => {
                    self.conclude(row, item.after(attempt), Outcome::Failed, invocation).await
                }
            }
        };
        join(record, rest.drain()).await.0
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
