//! A delivery at rest: in the log when its outcome is known, in the backlog
//! while it waits. Both are kept 30 days.

use std::time::Duration;

mod event_text;

pub use self::event_text::EventText;
use crate::attempt::Attempt;
use crate::ids::DeliveryId;
use crate::row::BacklogKey;
use crate::time::Timestamp;

/// How long the log, and what is kept, lasts.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The attempts that are kept of a delivery: the newest 100.
pub const ATTEMPTS_KEPT: usize = 100;

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it.
    Succeeded,
    /// It was refused, or given up.
    Failed,
}

impl Outcome {
    /// The word for it in the API and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// The attempts of a delivery so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    count: u32,
    newest: Vec<Attempt>,
}

impl Attempts {
    /// What was stored: how many there were, and the newest of them, oldest first. There were
    /// at least as many as these.
    pub fn stored(count: u32, newest: Vec<Attempt>) -> Self {
        let known = u32::try_from(newest.len()).unwrap_or(u32::MAX);
        Self { count: count.max(known), newest }
    }

    /// These and one more.
    #[must_use]
    pub fn and(mut self, attempt: Attempt) -> Self {
        self.count = self.count.saturating_add(1);
        if self.newest.len() >= ATTEMPTS_KEPT {
            self.newest.remove(0);
        }
        self.newest.push(attempt);
        self
    }

    /// Whether there were more than the newest.
    pub fn has_more(&self) -> bool {
        usize::try_from(self.count).unwrap_or(usize::MAX) > self.newest.len()
    }

    /// How many there were in all.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The newest [`ATTEMPTS_KEPT`], oldest first.
    pub fn newest(&self) -> &[Attempt] {
        &self.newest
    }

    /// The last one.
    pub fn last(&self) -> Option<&Attempt> {
        self.newest.last()
    }
}

/// A delivery whose outcome is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Which.
    pub delivery: DeliveryId,
    /// Its event, as the message of the events queue.
    pub event: EventText,
    /// How it ended.
    pub outcome: Outcome,
    /// What was tried.
    pub attempts: Attempts,
    /// When we first had it.
    pub created_at: Timestamp,
}

impl LogEntry {
    /// When its last attempt began: it is kept for [`KEPT`] from then on, however long it waited.
    pub fn ended_at(&self) -> Timestamp {
        self.attempts.last().map_or(self.created_at, |attempt| attempt.at.max(self.created_at))
    }
}

/// A delivery that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BacklogItem {
    /// Where it lies.
    pub key: BacklogKey,
    /// Its event, as the message of the events queue.
    pub event: EventText,
    /// What was tried.
    pub attempts: Attempts,
    /// How often the receiver was in trouble with it.
    pub failures: u32,
    /// The first such time.
    pub first_failed: Option<Timestamp>,
    /// When the item came: what came before a pause is held.
    pub created_at: Timestamp,
    /// When we first had the delivery; earlier than the item if it is sent again.
    pub delivery_since: Timestamp,
}

impl BacklogItem {
    /// Whether it was dealt with, when its delivery stands in the log like this. One
    /// that is sent again by hand was only when the log knows of more attempts.
    pub fn is_done_by(&self, entry: &LogEntry) -> bool {
        !self.key.is_by_hand() || entry.attempts.count() > self.attempts.count()
    }

    /// A delivery that was not tried yet.
    pub fn untried(delivery: DeliveryId, event: EventText, now: Timestamp) -> Self {
        Self {
            key: BacklogKey::of(delivery),
            event,
            attempts: Attempts::default(),
            failures: 0,
            first_failed: None,
            created_at: now,
            delivery_since: now,
        }
    }

    /// A delivery of the log that is to be sent again, at this place.
    pub fn again(key: BacklogKey, entry: LogEntry, now: Timestamp) -> Self {
        Self {
            key,
            event: entry.event,
            attempts: entry.attempts,
            failures: 0,
            first_failed: None,
            created_at: now,
            delivery_since: entry.created_at,
        }
    }

    /// This held item, to be sent now, at this place.
    #[must_use]
    pub fn released(self, key: BacklogKey, now: Timestamp) -> Self {
        Self { key, failures: 0, first_failed: None, created_at: now, ..self }
    }

    /// This item after one more attempt that met a receiver in trouble.
    #[must_use]
    pub fn after_failure(mut self, attempt: Attempt) -> Self {
        self.failures = self.failures.saturating_add(1);
        self.first_failed = self.first_failed.or(Some(attempt.at));
        self.attempts = self.attempts.and(attempt);
        self
    }

    /// This item after one more attempt.
    #[must_use]
    pub fn after(mut self, attempt: Attempt) -> Self {
        self.attempts = self.attempts.and(attempt);
        self
    }

    /// The log entry that takes this item's place.
    pub fn into_entry(self, outcome: Outcome) -> LogEntry {
        let delivery = self.key.delivery().clone();
        LogEntry {
            delivery,
            event: self.event,
            outcome,
            attempts: self.attempts,
            created_at: self.delivery_since,
        }
    }
}

/// Deliveries of one webhook counted in one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Delivered.
    pub succeeded: u32,
    /// Refused, or given up.
    pub failed: u32,
    /// Kept because the webhook was paused or disabled.
    pub held: u32,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            succeeded: self.succeeded.saturating_add(other.succeeded),
            failed: self.failed.saturating_add(other.failed),
            held: self.held.saturating_add(other.held),
        }
    }
}
