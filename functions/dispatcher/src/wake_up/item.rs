//! One item of the backlog: attempted, and what came of it written down.

use std::time::Duration;

use domain::attempt::{Attempt, Verdict};
use domain::delivery::{BacklogItem, Outcome};
use domain::health::{DisabledReason, has_failed_alone};
use domain::message::EventsMessage;
use domain::ports::PortResult;
use futures::future::join;

use super::Hold;
use crate::deliver::{Outgoing, Tried};
use crate::{Dispatcher, Invocation};

/// What came of an item's attempt.
pub(super) enum Came {
    /// The receiver has it; the item is gone.
    Good,
    /// The receiver refuses it, or it cannot be read; the item is gone.
    Refused,
    /// The receiver is in trouble; nothing is written yet.
    Trouble(Troubled),
    /// The receiver is gone, for this reason; the failure is written.
    Gone(DisabledReason),
    /// The secrets cannot be had; the failure is written.
    NotSent,
}

/// An item that met a receiver in trouble.
pub(super) struct Troubled {
    /// As it was before.
    pub(super) item: BacklogItem,
    /// The attempt that failed.
    pub(super) attempt: Attempt,
    /// Not again before that.
    pub(super) retry_after: Option<Duration>,
}

impl Troubled {
    /// The receiver asks for fewer requests (RFC 6585, section 4): that is no fault of this item.
    pub(super) fn is_too_many(&self) -> bool {
        self.attempt.status_code == Some(429)
    }
}

impl Dispatcher {
    pub(super) async fn try_item(
        &self,
        hold: &Hold,
        item: BacklogItem,
        invocation: &Invocation,
    ) -> PortResult<Came> {
        let row = &hold.row;
        let text = item.event.clone();
        let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else {
            tracing::error!(delivery = item.key.as_str(), "a kept event cannot be read");
            self.remove(hold, item, Outcome::Failed, invocation).await?;
            return Ok(Came::Refused);
        };
        let outgoing = Outgoing::new(&event, text.clone(), hold.roster.tenant.site_url());
        let Tried { attempt, verdict, rest } = self.attempt(&outgoing, row, item.key.delivery()).await;
        let record = async {
            match verdict {
                Verdict::Delivered => {
                    self.remove(hold, item.after(attempt), Outcome::Succeeded, invocation).await?;
                    Ok(Came::Good)
                }
                Verdict::Refused => {
                    self.remove(hold, item.after(attempt), Outcome::Failed, invocation).await?;
                    Ok(Came::Refused)
                }
                Verdict::Trouble { retry_after } => {
                    invocation.tally.add(|totals| totals.troubled += 1);
                    Ok(Came::Trouble(Troubled { item, attempt, retry_after }))
                }
                Verdict::Gone(reason) => {
                    self.tried(hold, &item.after_failure(attempt), invocation).await?;
                    Ok(Came::Gone(reason))
                }
                Verdict::NotSent => {
                    invocation.tally.add(|totals| totals.unsigned += 1);
                    self.tried(hold, &item.after(attempt), invocation).await?;
                    Ok(Came::NotSent)
                }
            }
        };
        join(record, rest.drain()).await.0
    }

    /// Counts an item's failure, if it is its own. One that failed alone has failed for good.
    pub(super) async fn failed_once_more(
        &self,
        hold: &Hold,
        troubled: Troubled,
        invocation: &Invocation,
    ) -> PortResult<()> {
        if troubled.is_too_many() {
            return self.tried(hold, &troubled.item.after(troubled.attempt), invocation).await;
        }
        let item = troubled.item.after_failure(troubled.attempt);
        if has_failed_alone(item.failures, item.first_failed, hold.row.last_ok) {
            self.remove(hold, item, Outcome::Failed, invocation).await
        } else {
            self.tried(hold, &item, invocation).await
        }
    }

    async fn tried(&self, hold: &Hold, item: &BacklogItem, invocation: &Invocation) -> PortResult<()> {
        self.insist(invocation, || self.ports.backlog.tried(&hold.row.key.webhook, item)).await
    }

    /// Into the log first, out of the backlog second: a crash between the two
    /// leaves both, and the log is asked before anything is sent.
    async fn remove(
        &self,
        hold: &Hold,
        item: BacklogItem,
        outcome: Outcome,
        invocation: &Invocation,
    ) -> PortResult<()> {
        let key = item.key.clone();
        self.conclude(&hold.row, item, outcome, invocation).await?;
        self.insist(invocation, || self.ports.backlog.delete(&hold.row.key.webhook, &key)).await
    }
}
