//! Step 4: the receiver is back, and gets what waited, oldest first, gently.

use std::time::Duration;

use domain::delivery::BacklogItem;
use domain::health::{DisabledReason, wait_before_probe};
use domain::ports::PortResult;
use domain::row::{BacklogKey, Guard, Status};
use futures::future::join_all;

use super::item::Came;
use super::{Hold, Step};
use crate::{Dispatcher, Invocation};

/// The most deliveries in flight to a receiver that has just come back.
const WIDEST: usize = 16;
/// How old the copy of the row may be: an edit or a pause reaches a drain
/// as soon as it reaches everything else.
const ROW_KEPT: Duration = Duration::from_secs(5);

/// What came of one wave of a drain.
enum Wave {
    /// All got through, save items that had failed before: the most failures
    /// that one of them has.
    Through(u32),
    /// It ended the drain.
    Over(Step),
}

impl Dispatcher {
    /// Sends wave after wave, each twice as wide, until nothing is left, the
    /// receiver is in trouble again, or time is over.
    pub(super) async fn drain(&self, hold: &mut Hold, invocation: &Invocation) -> PortResult<Step> {
        let (mut width, mut behind, mut passed_over) = (1, None::<BacklogKey>, 0_u32);
        loop {
            if !self.refresh(hold).await? {
                return Ok(Step::Over);
            }
            if !self.may_attempt(hold, invocation) {
                return self.hop(hold, self.now(), Vec::new(), invocation).await;
            }
            let items = self.waiting(&hold.row, behind.as_ref(), width).await?;
            let Some(last) = items.last() else {
                return self.end_of_backlog(hold, passed_over, invocation).await;
            };
            behind = Some(last.key.clone());
            match self.wave(hold, items, invocation).await? {
                Wave::Through(failures) => {
                    width = (width * 2).min(WIDEST);
                    passed_over = passed_over.max(failures);
                }
                Wave::Over(step) => return Ok(step),
            }
        }
    }

    /// One wave, all at once. The first item that fails for its first time
    /// ends the drain; one that failed before, while others got through, is
    /// counted and passed over.
    async fn wave(&self, hold: &Hold, items: Vec<BacklogItem>, invocation: &Invocation) -> PortResult<Wave> {
        let tries = items.into_iter().map(|item| self.try_item(hold, item, invocation));
        let came: Vec<Came> = join_all(tries).await.into_iter().collect::<PortResult<_>>()?;
        let (mut fresh, mut gone, mut unsigned, mut passed_over) = (None, false, false, 0);
        for one in came {
            match one {
                Came::Good | Came::Refused => {}
                Came::Gone => gone = true,
                Came::NotSent => unsigned = true,
                Came::Trouble(troubled) if troubled.item.failures == 0 && fresh.is_none() => {
                    fresh = Some(troubled);
                }
                Came::Trouble(troubled) => {
                    passed_over = passed_over.max(troubled.item.failures.saturating_add(1));
                    self.failed_once_more(hold, troubled, invocation).await?;
                }
            }
        }
        let step = if gone {
            self.give_up(hold, DisabledReason::Gone, invocation).await?
        } else if let Some(troubled) = fresh {
            self.trouble(hold, troubled, invocation).await?
        } else if unsigned {
            self.wait_for_secrets(hold, invocation).await?
        } else {
            return Ok(Wave::Through(passed_over));
        };
        Ok(Wave::Over(step))
    }

    /// Items that were passed over are tried again later, as long after as
    /// their failures ask for; `failures` is the most of any of them.
    async fn end_of_backlog(&self, hold: &Hold, failures: u32, invocation: &Invocation) -> PortResult<Step> {
        if failures == 0 {
            return Ok(Step::Empty);
        }
        let wait = wait_before_probe(failures - 1, None, self.ports.dice.roll());
        self.hop(hold, self.now().plus(self.scaled(wait)), Vec::new(), invocation).await
    }

    /// Reads the row again when the copy is old. False: it is no longer ours.
    async fn refresh(&self, hold: &mut Hold) -> PortResult<bool> {
        let now = self.now();
        if now.since(hold.read_at) < ROW_KEPT {
            return Ok(true);
        }
        let Some(row) = self.ports.webhooks.get(&hold.row.key).await? else { return Ok(false) };
        if !hold.mine().iter().all(|guard: &Guard<'_>| guard.holds(&row)) {
            return Ok(false);
        }
        if row.status != Status::On {
            self.clear_if_off(&row.key, &hold.token).await?;
            return Ok(false);
        }
        (hold.row, hold.read_at) = (row, now);
        Ok(true)
    }
}
