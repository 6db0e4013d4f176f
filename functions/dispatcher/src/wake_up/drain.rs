//! Step 4: the receiver is back, and gets what waited, oldest first, gently.

use std::time::Duration;

use domain::delivery::BacklogItem;
use domain::health::wait_before_probe;
use domain::ports::PortResult;
use domain::row::{BacklogKey, Guard, Status};
use futures::future::join_all;

use super::item::{Came, Troubled};
use super::{Hold, Step};
use crate::{Dispatcher, Invocation};

/// The most deliveries in flight to a receiver that has just come back.
const WIDEST: usize = 16;
/// So many failures in a row, without one success between them, are no longer
/// those of single items: the receiver is in trouble again.
const MISSES: u32 = 4;

/// What a drain has met so far.
#[derive(Default)]
struct Met {
    /// The most failures that an item has which was passed over.
    failures: u32,
    /// The longest wait that a receiver asked for.
    retry_after: Option<Duration>,
    /// Failures since the last success.
    misses: u32,
}

impl Dispatcher {
    /// Sends wave after wave, each twice as wide, until nothing is left, the
    /// receiver is in trouble again, or time is over. One that goes on
    /// where another ran out of time begins with the widest.
    pub(super) async fn drain(&self, hold: &mut Hold, invocation: &Invocation) -> PortResult<Step> {
        let mut width = if hold.goes_on { WIDEST } else { 1 };
        let (mut behind, mut met) = (None::<BacklogKey>, Met::default());
        loop {
            if !self.refresh(hold, invocation).await? {
                return Ok(Step::Over);
            }
            let items = self.waiting(&hold.row, behind.as_ref(), width).await?;
            let Some(last) = items.last() else {
                return self.end_of_backlog(hold, &met, invocation).await;
            };
            if !self.may_attempt(hold, invocation) {
                return self.hop(hold, self.now(), Vec::new(), invocation).await;
            }
            behind = Some(last.key.clone());
            if let Some(step) = self.wave(hold, items, &mut met, invocation).await? {
                return Ok(step);
            }
            width = (width * 2).min(WIDEST);
        }
    }

    /// One wave, all at once. The first item that fails for its first time
    /// ends the drain, and so does a receiver that asks for fewer; one that failed before,
    /// while others got through, is counted and passed over.
    async fn wave(
        &self,
        hold: &Hold,
        items: Vec<BacklogItem>,
        met: &mut Met,
        invocation: &Invocation,
    ) -> PortResult<Option<Step>> {
        let tries = items.into_iter().map(|item| self.try_item(hold, item, invocation));
        let came: Vec<Came> = join_all(tries).await.into_iter().collect::<PortResult<_>>()?;
        let (mut troubled, mut gone, mut unsigned, mut through) = (Vec::new(), None, false, false);
        for one in came {
            match one {
                Came::Good | Came::Refused => through = true,
                Came::Gone(reason) => gone = Some(reason),
                Came::NotSent => unsigned = true,
                Came::Trouble(item) => troubled.push(item),
            }
        }
        let misses = u32::try_from(troubled.len()).unwrap_or(u32::MAX);
        met.misses = if through { 0 } else { met.misses.saturating_add(misses) };
        met.retry_after = troubled.iter().map(|one| one.retry_after).max().flatten().max(met.retry_after);
        let is_decisive =
            |one: &Troubled| one.item.failures == 0 || one.is_too_many() || met.misses >= MISSES;
        let decisive = troubled.iter().position(is_decisive);
        let decisive = decisive.map(|place| troubled.swap_remove(place));
        for one in troubled {
            met.failures = met.failures.max(one.item.failures.saturating_add(1));
            self.failed_once_more(hold, one, invocation).await?;
        }
        if let Some(reason) = gone {
            return self.give_up(hold, reason, invocation).await.map(Some);
        }
        if let Some(one) = decisive {
            let one = Troubled { retry_after: met.retry_after, ..one };
            return self.trouble(hold, one, invocation).await.map(Some);
        }
        if unsigned { self.wait_for_secrets(hold, invocation).await.map(Some) } else { Ok(None) }
    }

    /// Items that were passed over are tried again later, as long after as
    /// their failures ask for.
    async fn end_of_backlog(&self, hold: &Hold, met: &Met, invocation: &Invocation) -> PortResult<Step> {
        if met.failures == 0 {
            return Ok(Step::Empty);
        }
        let wait = wait_before_probe(met.failures - 1, met.retry_after, self.ports.dice.roll());
        self.hop(hold, self.now().plus(self.scaled(wait)), Vec::new(), invocation).await
    }

    /// Reads the row again when the copy is older than a roster may be: an edit
    /// or a pause reaches a drain as soon as it reaches everything else. False:
    /// the wake-up is no longer ours.
    pub(super) async fn refresh(&self, hold: &mut Hold, invocation: &Invocation) -> PortResult<bool> {
        let now = self.now();
        if now.since(hold.read_at) < self.rosters.kept() {
            return Ok(true);
        }
        let Some(row) = self.ports.webhooks.get(&hold.row.key).await? else { return Ok(false) };
        if !hold.mine().iter().all(|guard: &Guard<'_>| guard.holds(&row)) {
            return Ok(false);
        }
        if row.status != Status::On {
            self.stop(hold, invocation).await?;
            return Ok(false);
        }
        (hold.row, hold.read_at) = (row, now);
        Ok(true)
    }
}
