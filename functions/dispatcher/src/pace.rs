//! Messages of one webhook kept apart, as Slack wants them.
//!
//! Whoever sends has the turn. An event takes it with one guarded write, which
//! succeeds for one invocation at a time and only while nothing waits; what
//! comes too early goes into the backlog. There the holder of the wake-up has
//! the turn: it sends one message, and passes the wake-up on to the next one.

use std::sync::Arc;
use std::time::Duration;

use domain::ports::{PortResult, Updated};
use domain::row::{Change, Guard, WebhookRow};
use domain::time::Timestamp;

use crate::Dispatcher;

impl Dispatcher {
    /// How far apart this webhook's messages are kept, if they are.
    pub(crate) fn pace_of(&self, row: &WebhookRow) -> Option<Duration> {
        row.settings.target.pace().map(|pace| self.scaled(pace))
    }

    /// The time before which nothing may be sent to this webhook, if it lies ahead.
    pub(crate) fn not_before(&self, row: &WebhookRow) -> Option<Timestamp> {
        row.paced_until.filter(|until| *until > self.now())
    }

    /// The row of a webhook that an event may be sent to now; none when it has to wait.
    pub(crate) async fn take_turn(&self, row: &Arc<WebhookRow>) -> PortResult<Option<Arc<WebhookRow>>> {
        let Some(pace) = self.pace_of(row) else { return Ok(Some(Arc::clone(row))) };
        if row.wake.is_some() || self.not_before(row).is_some() {
            return Ok(None);
        }
        let now = self.now();
        let guards = [Guard::On, Guard::NoWake, Guard::Unpaced(now)];
        let taken = self.ports.webhooks.update(&row.key, &guards, &[Change::Paced(now.plus(pace))]).await?;
        Ok(match taken {
            Updated::Done(row) if row.sends_at_once() => Some(row.into()),
            Updated::Done(_) | Updated::Refused(_) | Updated::Absent => None,
        })
    }
}
