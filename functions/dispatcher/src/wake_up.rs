//! The wake-up of one webhook: what waits is probed, and drained on success.
//!
//! | step | here |
//! |---|---|
//! | 1 claim the wake-up, or see why it cannot be claimed | [`Dispatcher::wake_up`], `claim`, `not_claimed` |
//! | 2 the oldest items, less those that stand in the log | [`waiting`] |
//! | 3 probe: one attempt | [`probe`] |
//! | 4 drain: 1, 2, 4 … 16 in flight; Slack: one, then hop | [`drain`], [`turn`] |
//! | 5 trouble: write down the failure, sleep on the schedule | `trouble`, `hop` |
//! | 6 empty: let go, then look once more | `let_go` |
//!
//! A model checker went through every order of these calls with crashes,
//! duplicates and stale copies between them: nothing is lost, nothing is left
//! without a wake-up, and there are never two drains at once. Keep the order
//! of the calls and every guard; ARCHITECTURE.md says what each is for.

mod drain;
mod item;
mod probe;
mod turn;
mod waiting;

use std::sync::Arc;

use domain::attempt::ATTEMPT_TIMEOUT;
use domain::health::{AfterFailedProbe, DisabledReason, Health, after_failed_probe, wait_before_probe};
use domain::ids::WakeToken;
use domain::ports::{PortResult, Range, Roster, Updated};
use domain::row::{Change, Guard, Status, Wake, WebhookKey, WebhookRow};
use domain::time::Timestamp;

use self::item::Troubled;
use crate::ensure::is_written;
use crate::{Dispatcher, Invocation};

/// A claimed wake-up: until `ends`, this webhook's backlog is ours alone.
struct Hold {
    token: WakeToken,
    ends: Timestamp,
    row: WebhookRow,
    read_at: Timestamp,
    roster: Arc<Roster>,
    /// The receiver took something so short a time ago that this goes on with a drain.
    goes_on: bool,
}

/// Where a step leaves a hold.
enum Step {
    /// The receiver took something.
    Good,
    /// Nothing waits.
    Empty,
    /// The wake-up was passed on, or is no longer ours: nothing more to do.
    Over,
}

impl Hold {
    /// The guards of all that only the holder may write.
    fn mine(&self) -> [Guard<'_>; 2] {
        [Guard::Token(&self.token), Guard::Lease(self.ends)]
    }
}

impl Dispatcher {
    /// Does what a wake-up message asks for. `again`: SQS has handed it out before.
    ///
    /// # Errors
    /// A store's failure; the message then comes again.
    pub async fn wake_up(
        &self,
        key: &WebhookKey,
        token: &WakeToken,
        again: bool,
        invocation: &Invocation,
    ) -> PortResult<()> {
        let guards = [Guard::On, Guard::Token(token), Guard::Due(self.now())];
        let mut claimed = match self.claim(key, token, &guards, invocation).await? {
            Ok(hold) => Some(hold),
            Err(None) => None,
            Err(Some(old)) => self.not_claimed(&old, token, again, invocation).await?,
        };
        while let Some(mut hold) = claimed {
            let step = match self.probe(&mut hold, invocation).await? {
                Step::Good => self.drain(&mut hold, invocation).await?,
                other => other,
            };
            claimed = match step {
                Step::Empty => self.let_go(hold, invocation).await?,
                Step::Good | Step::Over => None,
            };
        }
        Ok(())
    }

    /// Step 1: takes the wake-up for as long as this invocation can live. The
    /// row that stood against it, if there is one, comes back.
    async fn claim(
        &self,
        key: &WebhookKey,
        token: &WakeToken,
        guards: &[Guard<'_>],
        invocation: &Invocation,
    ) -> PortResult<Result<Hold, Option<Box<WebhookRow>>>> {
        let now = self.now();
        let ends = now.plus(invocation.lease());
        let claim = [Change::Wake(Wake { token: token.clone(), at: ends, busy: true })];
        Ok(match self.ports.webhooks.update(key, guards, &claim).await? {
            Updated::Done(row) => {
                let roster = self.rosters.of(&key.tenant, &self.ports).await?;
                if roster.has_lost(&row) {
                    return Ok(Err(None));
                }
                let goes_on = self.goes_on(&row, now, invocation);
                Ok(Hold { token: token.clone(), ends, row: *row, read_at: now, roster, goes_on })
            }
            Updated::Refused(old) => Err(Some(old)),
            Updated::Absent => Err(None),
        })
    }

    /// Whether the receiver is well and took something within the last lease, as when a
    /// drain ran out of time and passed its wake-up on.
    fn goes_on(&self, row: &WebhookRow, now: Timestamp, invocation: &Invocation) -> bool {
        row.health == Health::Healthy && row.last_ok.is_some_and(|at| now.since(at) < invocation.lease())
    }

    /// Why the wake-up could not be claimed, by the row that stood against it.
    async fn not_claimed(
        &self,
        old: &WebhookRow,
        token: &WakeToken,
        again: bool,
        invocation: &Invocation,
    ) -> PortResult<Option<Hold>> {
        let key = &old.key;
        if old.status != Status::On {
            self.clear_if_off(key, token).await?;
            return Ok(None);
        }
        match &old.wake {
            None => self.take_over(old, token, invocation).await,
            // Another token: this message is stale. If it was handed out before, a
            // crash may have eaten the current token's message: a surplus one is harmless.
            Some(wake) if wake.token != *token => {
                if again {
                    self.send_wake(key, &wake.token, wake.at).await?;
                }
                Ok(None)
            }
            Some(wake) => {
                self.send_wake(key, token, wake.at).await?;
                Ok(None)
            }
        }
    }

    async fn clear_if_off(&self, key: &WebhookKey, token: &WakeToken) -> PortResult<Updated> {
        let guards = [Guard::Off, Guard::Token(token)];
        self.ports.webhooks.update(key, &guards, &[Change::ClearWake]).await
    }

    /// The webhook is off: its wake-up goes. Who made it active again since then saw it held, and
    /// relies on it: then it acts at once.
    async fn stop(&self, hold: &Hold, invocation: &Invocation) -> PortResult<Step> {
        match self.clear_if_off(&hold.row.key, &hold.token).await? {
            Updated::Refused(row) if row.status == Status::On => {
                self.hop(hold, self.now(), Vec::new(), invocation).await
            }
            Updated::Done(_) | Updated::Refused(_) | Updated::Absent => Ok(Step::Over),
        }
    }

    /// The row has no wake-up. If something waits, this message becomes it.
    async fn take_over(
        &self,
        row: &WebhookRow,
        token: &WakeToken,
        invocation: &Invocation,
    ) -> PortResult<Option<Hold>> {
        let range = Range { since: row.held_before, after: None };
        if self.ports.backlog.oldest(&row.key.webhook, range, 1).await?.is_empty() {
            return Ok(None);
        }
        match self.claim(&row.key, token, &[Guard::On, Guard::NoWake], invocation).await? {
            Ok(hold) => Ok(Some(hold)),
            // Another took over with the same message, or it was us and the
            // answer was lost: what holds it now is looked at when its lease ends.
            Err(Some(old)) => match &old.wake {
                Some(wake) if wake.token == *token => {
                    self.send_wake(&row.key, token, wake.at).await?;
                    Ok(None)
                }
                Some(_) | None => Ok(None),
            },
            Err(None) => Ok(None),
        }
    }

    /// Writes the row if the wake-up and its lease are still ours.
    async fn write_mine(
        &self,
        hold: &Hold,
        changes: &[Change],
        invocation: &Invocation,
    ) -> PortResult<Updated> {
        let guards = hold.mine();
        self.insist(invocation, || self.ports.webhooks.update(&hold.row.key, &guards, changes)).await
    }

    /// Whether an attempt that begins now ends within the lease and the invocation.
    fn may_attempt(&self, hold: &Hold, invocation: &Invocation) -> bool {
        self.has_time(invocation) && self.now().plus(ATTEMPT_TIMEOUT) < hold.ends
    }

    /// Step 5: a receiver in trouble. The failure is written down, and the
    /// webhook sleeps until its next probe, or is disabled.
    async fn trouble(&self, hold: &Hold, troubled: Troubled, invocation: &Invocation) -> PortResult<Step> {
        let (after, retry_after) = (troubled.item.key.clone(), troubled.retry_after);
        self.failed_once_more(hold, troubled, invocation).await?;
        let now = self.now();
        match after_failed_probe(hold.row.health, now) {
            AfterFailedProbe::ProbeAgain { probes } => {
                let wait = wait_before_probe(probes, retry_after, self.ports.dice.roll());
                let changes = vec![Change::Failing(now), Change::Probed { probes, after }];
                self.hop(hold, now.plus(self.scaled(wait)), changes, invocation).await
            }
            AfterFailedProbe::Disable(reason) => self.give_up(hold, reason, invocation).await,
        }
    }

    /// The receiver is gone, or has been in trouble for too long: the webhook
    /// is disabled, unless it was edited meanwhile; then it is probed at once.
    async fn give_up(
        &self,
        hold: &Hold,
        reason: DisabledReason,
        invocation: &Invocation,
    ) -> PortResult<Step> {
        if !self.disable(&hold.row, reason, invocation).await? {
            return self.hop(hold, self.now(), Vec::new(), invocation).await;
        }
        self.stop(hold, invocation).await
    }

    /// Passes the wake-up on, to act at `at`: a new token into the row, then
    /// its message. The other way round the message would overtake the row and
    /// be dropped as stale. When the webhook was edited meanwhile, it acts at once.
    async fn hop(
        &self,
        hold: &Hold,
        at: Timestamp,
        changes: Vec<Change>,
        invocation: &Invocation,
    ) -> PortResult<Step> {
        let key = &hold.row.key;
        let (mut at, mut changes, mut version) = (at, changes, hold.row.version);
        loop {
            let token = WakeToken::new(self.now(), self.ports.dice.roll());
            let [token_is_mine, lease_is_mine] = hold.mine();
            let guards = [token_is_mine, lease_is_mine, Guard::Version(version)];
            let wake = Wake { token: token.clone(), at, busy: false };
            let mut all = vec![Change::Wake(wake.clone())];
            all.extend_from_slice(&changes);
            let written = self.insist(invocation, || self.ports.webhooks.update(key, &guards, &all)).await?;
            if is_written(&written, &wake) {
                self.rosters.forget(&key.tenant);
                self.send_wake(key, &token, at).await?;
                return Ok(Step::Over);
            }
            match written {
                // What was met says nothing of the new settings; that it was sent just now still counts.
                Updated::Refused(row) if hold.mine().iter().all(|guard| guard.holds(&row)) => {
                    changes.retain(|change| matches!(change, Change::Paced(_)));
                    (at, version) = (self.now(), row.version);
                }
                Updated::Done(_) | Updated::Refused(_) | Updated::Absent => return Ok(Step::Over),
            }
        }
    }

    /// Step 6: nothing waits. The wake-up is removed; then one more look, since
    /// a put that saw it there did not set another.
    async fn let_go(&self, hold: Hold, invocation: &Invocation) -> PortResult<Option<Hold>> {
        let changes = [Change::ClearWake, Change::ClearAfter];
        match self.write_mine(&hold, &changes, invocation).await? {
            Updated::Done(row) => self.take_over(&row, &hold.token, invocation).await,
            // Ours, when the answer was lost; a second look does no harm either way.
            Updated::Refused(row) if row.wake.is_none() && row.status == Status::On => {
                self.take_over(&row, &hold.token, invocation).await
            }
            Updated::Refused(_) | Updated::Absent => Ok(None),
        }
    }
}
