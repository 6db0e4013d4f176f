//! Step 3: one attempt decides whether the receiver is back.

use std::sync::Arc;

use domain::delivery::BacklogItem;
use domain::health::{Health, wait_before_probe};
use domain::ports::{PortResult, Updated};
use domain::row::{Change, Status, WebhookRow};

use super::item::Came;
use super::{Hold, Step};
use crate::{Dispatcher, Invocation};

impl Dispatcher {
    /// Sends one item. A refused message says nothing of the receiver's health
    /// (the webhook stays as it is), so the next item is tried at once.
    pub(super) async fn probe(&self, hold: &mut Hold, invocation: &Invocation) -> PortResult<Step> {
        hold.roster = self.licensed_or_fresh(&hold.row.key.tenant, Arc::clone(&hold.roster)).await?;
        if !hold.roster.tenant.is_licensed(self.default_edition) {
            return self.hold_pending(hold, invocation).await;
        }
        loop {
            if !self.refresh(hold, invocation).await? {
                return Ok(Step::Over);
            }
            if let Some(until) = self.not_before(&hold.row) {
                return self.hop(hold, until, Vec::new(), invocation).await;
            }
            let Some(item) = self.next_to_probe(&hold.row).await? else { return Ok(Step::Empty) };
            // Now, not before: there may have been much that is held to be read past.
            if !self.may_attempt(hold, invocation) {
                return self.hop(hold, self.now(), Vec::new(), invocation).await;
            }
            let key = item.key.clone();
            let came = self.try_item(hold, item, invocation).await?;
            return match (came, self.pace_of(&hold.row)) {
                (Came::Good, None) => self.is_back(hold, invocation).await,
                (Came::Good, Some(pace)) => {
                    let changes = self.success(&hold.row).into();
                    self.after_turn(hold, (pace, &key), changes, invocation).await
                }
                (Came::Refused, None) => continue,
                (Came::Refused, Some(pace)) => {
                    self.after_turn(hold, (pace, &key), Vec::new(), invocation).await
                }
                (Came::Trouble(troubled), _) => self.trouble(hold, troubled, invocation).await,
                (Came::Gone(reason), _) => self.give_up(hold, reason, invocation).await,
                (Came::NotSent, _) => self.wait_for_secrets(hold, invocation).await,
            };
        }
    }

    /// The oldest item; after a failed probe the one behind it, wrapping
    /// round, so that one poison event cannot stop a webhook for ever.
    async fn next_to_probe(&self, row: &WebhookRow) -> PortResult<Option<BacklogItem>> {
        let behind = self.waiting(row, row.after.as_ref(), 1).await?.pop();
        match (behind, &row.after) {
            (None, Some(_)) => Ok(self.waiting(row, None, 1).await?.pop()),
            (item, _) => Ok(item),
        }
    }

    async fn is_back(&self, hold: &mut Hold, invocation: &Invocation) -> PortResult<Step> {
        let now = self.now();
        match self.write_mine(hold, &self.success(&hold.row), invocation).await? {
            Updated::Done(row) => {
                self.rosters.forget(&row.key.tenant);
                (hold.row, hold.read_at) = (*row, now);
                if hold.row.status == Status::On {
                    return Ok(Step::Good);
                }
                self.stop(hold, invocation).await
            }
            Updated::Refused(_) | Updated::Absent => Ok(Step::Over),
        }
    }

    /// What a delivery that got through changes.
    fn success(&self, row: &WebhookRow) -> [Change; 2] {
        let now = self.now();
        let health = match row.health {
            Health::Healthy => Change::LastOk(now),
            Health::Failing { .. } => Change::Healthy(now),
        };
        [health, Change::ClearAfter]
    }

    /// The webhook's health is not touched: it is no fault of the receiver.
    pub(super) async fn wait_for_secrets(&self, hold: &Hold, invocation: &Invocation) -> PortResult<Step> {
        let wait = wait_before_probe(1, None, self.ports.dice.roll());
        self.hop(hold, self.now().plus(self.scaled(wait)), Vec::new(), invocation).await
    }

    /// The licence has ended: what is pending is held. Then nothing waits, but for what has come meanwhile.
    async fn hold_pending(&self, hold: &mut Hold, invocation: &Invocation) -> PortResult<Step> {
        match self.write_mine(hold, &[Change::HoldPending(self.now())], invocation).await? {
            Updated::Done(row) => {
                hold.row = *row;
                Ok(Step::Empty)
            }
            Updated::Refused(_) | Updated::Absent => Ok(Step::Over),
        }
    }
}
