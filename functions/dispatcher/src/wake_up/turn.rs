//! A webhook whose messages are kept apart drains one message a wake-up: a
//! wait inside the invocation would keep it from other webhooks.

use std::time::Duration;

use domain::ports::{PortResult, Updated};
use domain::row::{BacklogKey, Change};

use super::{Hold, Step};
use crate::{Dispatcher, Invocation};

impl Dispatcher {
    /// The message of this item went out, with these changes: the next one, if there is one, a
    /// pace later. What came late, and lies before it, is found by that one, or when nothing lies
    /// behind it.
    pub(super) async fn after_turn(
        &self,
        hold: &mut Hold,
        (pace, sent): (Duration, &BacklogKey),
        mut changes: Vec<Change>,
        invocation: &Invocation,
    ) -> PortResult<Step> {
        let until = self.now().plus(pace);
        changes.push(Change::Paced(until));
        if !self.waiting(&hold.row, Some(sent), 1).await?.is_empty() {
            return self.hop(hold, until, changes, invocation).await;
        }
        match self.write_mine(hold, &changes, invocation).await? {
            Updated::Done(row) => {
                self.rosters.forget(&row.key.tenant);
                hold.row = *row;
                Ok(Step::Empty)
            }
            Updated::Refused(_) | Updated::Absent => Ok(Step::Over),
        }
    }
}
