//! One event to all the webhooks that want it. The event is done when each of
//! its deliveries stands in the log or in the backlog.

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::BacklogItem;
use domain::ports::{PortResult, Roster};
use domain::row::{BacklogKey, Status, WebhookRow};
use futures::FutureExt as _;

use crate::deliver::Outgoing;
use crate::ensure::Why;
use crate::{Dispatcher, Invocation, all};

impl Dispatcher {
    /// Sends an event to every subscribed webhook of its tenant, or puts it
    /// into their backlogs.
    ///
    /// # Errors
    /// The first store's failure; the message then comes again.
    pub async fn fan_out(
        &self,
        outgoing: &Outgoing<'_>,
        roster: &Roster,
        invocation: &Invocation,
    ) -> PortResult<()> {
        if !roster.tenant.is_licensed(self.default_edition) {
            invocation.tally.add(|totals| totals.dropped += 1);
            return Ok(());
        }
        let event = outgoing.event();
        let subject = event.subject();
        let wanting = roster.webhooks.iter().filter(|row| {
            row.settings.event_types.wants(&event.event_type) && subject.as_ref() != Some(&row.key.webhook)
        });
        let deliveries = wanting.map(|row| self.deliver_or_keep(outgoing, row, invocation));
        all(deliveries).await.into_iter().collect()
    }

    /// The protocol's two rows for an event.
    async fn deliver_or_keep(
        &self,
        outgoing: &Outgoing<'_>,
        row: &Arc<WebhookRow>,
        invocation: &Invocation,
    ) -> PortResult<()> {
        // What seldom follows is on the heap, as in `first_attempt`.
        let slot = match !outgoing.again() && row.sends_at_once() {
            true => self.share(row, invocation).await,
            false => None,
        };
        let Some(slot) = slot else { return self.keep_unless_known(outgoing, row, invocation).boxed().await };
        let fresh = match self.has_aged(invocation) {
            true => self.reread(row, outgoing).boxed().await?,
            false => Some(Arc::clone(row)),
        };
        let Some(row) = fresh else { return Ok(()) };
        let turn = if row.sends_at_once() { self.take_turn(&row).await? } else { None };
        let Some(row) = turn else {
            drop(slot);
            return self.keep_unless_known(outgoing, &row, invocation).boxed().await;
        };
        let delivery = outgoing.event().delivery_to(&row.key.webhook);
        let item = BacklogItem::untried(delivery, outgoing.text(), self.now());
        self.first_attempt(outgoing, &row, (item, slot), invocation).await
    }

    /// Whether what was read when the invocation began is older than a copy may be.
    fn has_aged(&self, invocation: &Invocation) -> bool {
        const AT_LEAST: Duration = Duration::from_secs(1);
        self.now().since(invocation.began) > self.rosters.kept().max(AT_LEAST)
    }

    /// The webhook as it is now; none when it is gone, or its tenant's licence, or wants the event no more.
    async fn reread(&self, row: &WebhookRow, outgoing: &Outgoing<'_>) -> PortResult<Option<Arc<WebhookRow>>> {
        let copy = self.rosters.of(&row.key.tenant, &self.ports).await?;
        let roster = self.licensed_or_fresh(&row.key.tenant, copy).await?;
        if !roster.tenant.is_licensed(self.default_edition) {
            return Ok(None);
        }
        let now = roster.webhooks.iter().find(|one| one.key == row.key);
        let wants = |row: &&Arc<WebhookRow>| row.settings.event_types.wants(&outgoing.event().event_type);
        Ok(now.filter(wants).cloned())
    }

    async fn keep_unless_known(
        &self,
        outgoing: &Outgoing<'_>,
        row: &WebhookRow,
        invocation: &Invocation,
    ) -> PortResult<()> {
        let webhook = &row.key.webhook;
        let delivery = outgoing.event().delivery_to(webhook);
        if outgoing.again() {
            // It may have been sent before: never send it from here a second time.
            let known = self.ports.log.known(webhook, std::slice::from_ref(&delivery)).await?;
            if known.contains(&delivery) {
                // An earlier try may have put it into the backlog, and set a wake-up,
                // before it died.
                invocation.tally.add(|totals| totals.repeated += 1);
                self.ports.backlog.delete(webhook, &BacklogKey::of(delivery)).await?;
                return self.remind_anew(&row.key).await;
            }
        }
        let item = BacklogItem::untried(delivery, outgoing.text(), self.now());
        self.keep(row, item, Why::Waits { again: outgoing.again() }, invocation).await?;
        if row.status == Status::On {
            invocation.tally.add(|totals| totals.waiting += 1);
        } else {
            invocation.tally.held_back(&row.key);
        }
        Ok(())
    }
}
