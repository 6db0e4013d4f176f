//! The hourly sweep: what a crash between any two calls may have left lying.
//!
//! It goes through all webhooks and all bundles, a part at a time; where it
//! stands is a message on the deliveries queue.

use std::time::Duration;

use crate::row::{BundleName, Status, WebhookKey, WebhookRow};
use crate::time::Timestamp;

/// A wake-up that should have acted so long ago has lost its message: a
/// holder's lease is over by then, and so is SQS's longest delay.
pub const OVERDUE: Duration = Duration::from_secs(15 * 60);

/// A bundle that no row names may be that of a request under way until it is
/// older than this; a request lives for half a minute.
pub const ORPHANED_AFTER: Duration = Duration::from_secs(60 * 60);

/// How far a sweep has come, in the words of the store that it goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(pub String);

/// What a sweep goes through next, from the beginning or from a place on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// All webhooks.
    Webhooks(Option<Place>),
    /// All bundles.
    Bundles(Option<Place>),
}

/// A bundle, as the store lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBundle {
    /// Its name.
    pub name: BundleName,
    /// Whose it was made for.
    pub key: WebhookKey,
    /// When it was made.
    pub made: Timestamp,
}

/// What a webhook needs of the sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it is off, or its wake-up is on its way.
    Nothing,
    /// Its wake-up's message is lost: the same is sent again.
    Reminder,
    /// It has no wake-up, and needs one if something waits.
    LookIntoBacklog,
}

impl Sweep {
    /// From the beginning.
    pub const START: Self = Self::Webhooks(None);
}

impl Need {
    /// What this webhook needs at `now`.
    pub fn of(row: &WebhookRow, now: Timestamp) -> Self {
        match (row.status, &row.wake) {
            (Status::Paused | Status::Disabled(_), _) => Self::Nothing,
            (Status::On, None) => Self::LookIntoBacklog,
            (Status::On, Some(wake)) if wake.at.plus(OVERDUE) < now => Self::Reminder,
            (Status::On, Some(_)) => Self::Nothing,
        }
    }
}

impl StoredBundle {
    /// Whether it is nobody's at `now`, with the row of its webhook, if there is one.
    pub fn is_orphan(&self, row: Option<&WebhookRow>, now: Timestamp) -> bool {
        let is_named = row.and_then(|row| row.bundle.as_ref()) == Some(&self.name);
        !is_named && self.is_old(now)
    }

    /// Whether the request that made it has ended by `now`.
    pub fn is_old(&self, now: Timestamp) -> bool {
        self.made.plus(ORPHANED_AFTER) < now
    }
}
