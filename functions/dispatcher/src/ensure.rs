//! Into the backlog, and a wake-up for it: the protocol's `put` and `ensure`.

use std::time::Duration;

use domain::delivery::BacklogItem;
use domain::health::{DisabledReason, Health, wait_before_probe};
use domain::ids::{EventId, EventTypeId, WakeToken};
use domain::message::{AuditEvent, DeliveriesMessage, OccurredAt};
use domain::ports::{PortResult, Updated};
use domain::row::{Change, Guard, Status, Wake, WebhookKey, WebhookRow};
use domain::sweep::OVERDUE;
use domain::time::Timestamp;
use serde_json::value::to_raw_value;

use crate::{Dispatcher, Invocation};

/// Why a delivery goes into the backlog, hence when the webhook wakes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Why {
    /// The receiver is in trouble: it is probed on the schedule.
    Trouble { retry_after: Option<Duration> },
    /// The webhook is failing or paced, or the invocation has no time left.
    /// `again`: SQS handed the event out before, so an earlier try may have
    /// died between setting a wake-up and sending it.
    Waits { again: bool },
    /// Its secrets could not be read.
    NotSent,
}

impl Why {
    /// The same, when the attempt that says so was made with other settings than those of today:
    /// of these it says nothing.
    const fn of_other_settings(self) -> Self {
        match self {
            Self::Trouble { .. } | Self::NotSent => Self::Waits { again: false },
            Self::Waits { .. } => self,
        }
    }
}

impl Dispatcher {
    /// Puts an item into the webhook's backlog and sees to it that it wakes.
    pub(crate) async fn keep(
        &self,
        row: &WebhookRow,
        item: BacklogItem,
        why: Why,
        invocation: &Invocation,
    ) -> PortResult<()> {
        self.insist(invocation, || self.ports.backlog.put(&row.key.webhook, &item)).await?;
        self.ensure(row, why, invocation).await
    }

    /// Sees to it that a webhook with something in its backlog wakes. A row
    /// that keeps changing under us is an error: the message comes again.
    pub(crate) async fn ensure(
        &self,
        seen: &WebhookRow,
        why: Why,
        invocation: &Invocation,
    ) -> PortResult<()> {
        let key = &seen.key;
        loop {
            let Some(row) = self.ports.webhooks.get(key).await? else { return Ok(()) };
            if row.status != Status::On {
                return Ok(());
            }
            let why = if row.version == seen.version { why } else { why.of_other_settings() };
            let now = self.now();
            let at = now.plus(self.wait_for(why)).max(self.not_before(&row).unwrap_or(now));
            let mut guards = match (&row.wake, why) {
                (None, _) => vec![Guard::On, Guard::NoWake],
                // It wakes for another reason, perhaps much later or before the
                // receiver wants it: like an edit, the first failure of a
                // healthy webhook sets the wake-up anew.
                (Some(wake), Why::Trouble { .. })
                    if row.health == Health::Healthy && Guard::Idle(now).holds(&row) =>
                {
                    vec![Guard::On, Guard::Token(&wake.token), Guard::Idle(now)]
                }
                // It was known to be in trouble, but not for how long.
                (Some(wake), Why::Trouble { retry_after: Some(wait) })
                    if Guard::Idle(now).holds(&row) && wake.at < now.plus(self.scaled(wait)) =>
                {
                    if self.postpone(seen, wake, now.plus(self.scaled(wait)), invocation).await? {
                        return self.remind(key, wake, why).await;
                    }
                    continue;
                }
                (Some(wake), _) => return self.remind(key, wake, why).await,
            };
            let wake = Wake { token: WakeToken::new(now, self.ports.dice.roll()), at, busy: false };
            let mut changes = vec![Change::Wake(wake.clone())];
            if matches!(why, Why::Trouble { .. }) {
                guards.push(Guard::Version(seen.version));
                changes.push(Change::Failing(now));
            }
            let written =
                self.insist(invocation, || self.ports.webhooks.update(key, &guards, &changes)).await?;
            if is_written(&written, &wake) {
                self.rosters.forget(&key.tenant);
                return self.send_wake(key, &wake.token, at).await;
            }
            if written == Updated::Absent {
                return Ok(());
            }
        }
    }

    /// Sets the wake-up to this time or a moment later, so that what is answered in the same
    /// moment need not be written too. Its message, which is on its way, is sent on when it comes.
    /// False: the row is another one by now.
    async fn postpone(
        &self,
        seen: &WebhookRow,
        wake: &Wake,
        at: Timestamp,
        invocation: &Invocation,
    ) -> PortResult<bool> {
        let idle = Guard::Idle(self.now());
        let guards = [Guard::On, Guard::Token(&wake.token), idle, Guard::Version(seen.version)];
        let later = Wake { token: wake.token.clone(), at: at.plus(Duration::from_secs(1)), busy: false };
        let changes = [Change::Wake(later)];
        let written =
            self.insist(invocation, || self.ports.webhooks.update(&seen.key, &guards, &changes)).await?;
        Ok(matches!(written, Updated::Done(_)))
    }

    /// The webhook has a wake-up. Its message may be lost: when this one was
    /// handed out before, an earlier try may have died between setting the
    /// wake-up and sending it; and one that is long overdue has been lost. The
    /// same token is sent, never another, so a surplus message is harmless.
    async fn remind(&self, key: &WebhookKey, wake: &Wake, why: Why) -> PortResult<()> {
        let again = matches!(why, Why::Waits { again: true });
        if again || wake.at.plus(OVERDUE) < self.now() {
            return self.send_wake(key, &wake.token, wake.at).await;
        }
        Ok(())
    }

    /// Nothing needs to wait any more, but what an earlier try had set may have been
    /// seen by others, who rely on it.
    pub(crate) async fn remind_anew(&self, key: &WebhookKey) -> PortResult<()> {
        match self.ports.webhooks.get(key).await? {
            Some(WebhookRow { status: Status::On, wake: Some(wake), .. }) => {
                self.send_wake(key, &wake.token, wake.at).await
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Where nothing waited before there is no schedule to keep: a webhook that is failing all the
    /// same is probed at once.
    fn wait_for(&self, why: Why) -> Duration {
        let chance = self.ports.dice.roll();
        self.scaled(match why {
            Why::Trouble { retry_after } => wait_before_probe(0, retry_after, chance),
            Why::NotSent => wait_before_probe(0, None, chance),
            Why::Waits { .. } => Duration::ZERO,
        })
    }

    /// Sends a wake-up that is handed out no sooner than `at`, or as late as
    /// SQS can: then it is sent on.
    pub(crate) async fn send_wake(
        &self,
        key: &WebhookKey,
        token: &WakeToken,
        at: Timestamp,
    ) -> PortResult<()> {
        let message = DeliveriesMessage::wake_up(&key.tenant, &key.webhook, token);
        self.ports.queue.send_delivery(&key.tenant, &message, at.since(self.now())).await
    }

    /// Disables a webhook unless it was edited since `seen`, and says so in an
    /// audit event. Says whether it is disabled now.
    pub(crate) async fn disable(
        &self,
        seen: &WebhookRow,
        reason: DisabledReason,
        invocation: &Invocation,
    ) -> PortResult<bool> {
        let now = self.now();
        let guards = [Guard::On, Guard::Version(seen.version)];
        let changes = [Change::Disable(reason, now)];
        let written =
            self.insist(invocation, || self.ports.webhooks.update(&seen.key, &guards, &changes)).await?;
        match written {
            Updated::Refused(row) if !is_disabled(&row, reason, now) => Ok(row.status != Status::On),
            // Another delivery of this invocation, in the same moment, may have been the first.
            Updated::Done(_) | Updated::Refused(_) if !invocation.shares.tells_of(&seen.key.webhook) => {
                Ok(true)
            }
            Updated::Done(row) | Updated::Refused(row) => {
                self.rosters.forget(&seen.key.tenant);
                tracing::warn!(webhook = %seen.key.webhook, reason = reason.as_str(), "webhook disabled");
                self.report_disabled(&row, reason, invocation).await?;
                Ok(true)
            }
            Updated::Absent => Ok(true),
        }
    }

    async fn report_disabled(
        &self,
        row: &WebhookRow,
        reason: DisabledReason,
        invocation: &Invocation,
    ) -> PortResult<()> {
        let now = self.now();
        let details = serde_json::json!({
            "webhookId": row.key.webhook,
            "displayName": row.settings.display_name.as_str(),
            "reason": reason.as_str(),
        });
        let written = (to_raw_value(&details), EventTypeId::parse("webhook.disabled"));
        let (Ok(details), Ok(event_type)) = written else { return Ok(()) };
        let Some(occurred_at) = OccurredAt::parse(now.to_string().into()) else { return Ok(()) };
        let event = AuditEvent {
            id: EventId::new(now, self.ports.dice.roll()),
            tenant: row.key.tenant.clone(),
            event_type,
            occurred_at,
            actor: None,
            details: &details,
        };
        let message = event.to_message();
        self.insist(invocation, || self.ports.queue.send_event(&row.key.tenant, &message)).await
    }
}

/// Whether this wake-up stands in the row. The AWS SDK repeats a write whose
/// answer was lost, and the repeat is refused by what the first one wrote.
pub(crate) fn is_written(written: &Updated, wake: &Wake) -> bool {
    match written {
        Updated::Done(_) => true,
        Updated::Refused(row) => row.wake.as_ref().is_some_and(|stored| stored.token == wake.token),
        Updated::Absent => false,
    }
}

/// Whether it was disabled by this very write, as [`is_written`] asks of a wake-up.
fn is_disabled(row: &WebhookRow, reason: DisabledReason, at: Timestamp) -> bool {
    row.status == Status::Disabled(reason) && row.since == at
}
