//! A webhook as it is stored: its settings, its health and its wake-up, and
//! the small language of guarded changes in which the protocol is written.
//!
//! A handler names the conditions ([`Guard`]) and the changes ([`Change`]) of
//! one write; a store carries them out at once or not at all. So the handlers
//! read like the protocol's table, and no store decides anything.

mod write;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::write::{Change, Guard};
use crate::delivery::BacklogItem;
use crate::health::{DisabledReason, Health};
use crate::ids::{AccountId, BadId, DeliveryId, RedeliveryId, TenantId, WakeToken, WebhookId};
use crate::time::Timestamp;
use crate::webhook::Settings;

/// Where a webhook's row lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebhookKey {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which one.
    pub webhook: WebhookId,
}

/// The name of a webhook's secret object. The object under a name never
/// changes: an edit makes another, under another name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BundleName(pub String);

impl fmt::Display for BundleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a webhook is to be sent anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is.
    On,
    /// An admin paused it.
    Paused,
    /// We disabled it.
    Disabled(DisabledReason),
}

/// The one wake-up of a webhook in trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// The message that may act.
    pub token: WakeToken,
    /// Not before this; while `busy`, the end of the holder's lease.
    pub at: Timestamp,
    /// Whether an invocation holds it.
    pub busy: bool,
}

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub at: Timestamp,
    /// The admin.
    pub by: AccountId,
}

/// A webhook's row.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookRow {
    /// Where it lies.
    pub key: WebhookKey,
    /// What the admin chose.
    pub settings: Settings,
    /// Where its secrets are, if it has any.
    pub bundle: Option<BundleName>,
    /// Counts the edits; health and log never change it.
    pub version: u64,
    /// Whether it is to be sent anything.
    pub status: Status,
    /// Since when it is what it is, unless it is failing.
    pub since: Timestamp,
    /// Whether its receiver takes what it is sent.
    pub health: Health,
    /// When a probe or a drained delivery last got through.
    pub last_ok: Option<Timestamp>,
    /// The last probed backlog item: the next probe takes the one behind it.
    pub after: Option<BacklogKey>,
    /// Backlog items that came before it are held.
    pub held_before: Option<Timestamp>,
    /// Its wake-up, while there is one.
    pub wake: Option<Wake>,
    /// No message is sent before it: messages are kept apart (`Target::pace`).
    pub paced_until: Option<Timestamp>,
    /// When a test event was last asked for.
    pub tested_at: Option<Timestamp>,
    /// Who made it.
    pub created: Stamp,
    /// Who edited it last.
    pub updated: Stamp,
}

/// Where an item of a webhook's backlog lies; sorts by the age of its event.
/// A redelivery by hand has a place of its own beside its delivery's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BacklogKey {
    delivery: DeliveryId,
    /// For a redelivery: the delivery, `#`, and its own id.
    by_hand: Option<Box<str>>,
}

impl BacklogKey {
    /// The item of this delivery.
    pub const fn of(delivery: DeliveryId) -> Self {
        Self { delivery, by_hand: None }
    }

    /// The item of this delivery's redelivery.
    pub fn by_hand(delivery: DeliveryId, redelivery: &RedeliveryId) -> Self {
        let text = format!("{delivery}#{redelivery}");
        Self { delivery, by_hand: Some(text.into()) }
    }

    /// Reads a key's text.
    ///
    /// # Errors
    /// [`BadId`] when it is none.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        match text.split_once('#') {
            None => DeliveryId::parse(text).map(Self::of),
            Some((delivery, redelivery)) => {
                Ok(Self::by_hand(DeliveryId::parse(delivery)?, &RedeliveryId::parse(redelivery)?))
            }
        }
    }

    /// The delivery it waits for.
    pub const fn delivery(&self) -> &DeliveryId {
        &self.delivery
    }

    /// Whether an admin asked for it: then it is sent though the log knows the delivery.
    pub const fn is_by_hand(&self) -> bool {
        self.by_hand.is_some()
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        self.by_hand.as_deref().unwrap_or(self.delivery.as_str())
    }
}

/// What a webhook's `status.state` is in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Events are sent as they come.
    Active,
    /// By an admin.
    Paused,
    /// The receiver is in trouble; events wait.
    Failing,
    /// By us.
    Disabled(DisabledReason),
}

impl WebhookRow {
    /// A webhook that has just been made: healthy, and on unless it is made paused.
    pub fn new(key: WebhookKey, settings: Settings, bundle: Option<BundleName>, made: Stamp) -> Self {
        Self {
            key,
            settings,
            bundle,
            version: 1,
            status: Status::On,
            since: made.at,
            health: Health::Healthy,
            last_ok: None,
            after: None,
            held_before: None,
            wake: None,
            paced_until: None,
            tested_at: None,
            created: made.clone(),
            updated: made,
        }
    }

    /// Its state and since when.
    pub const fn state(&self) -> (State, Timestamp) {
        match (self.status, self.health) {
            (Status::On, Health::Healthy) => (State::Active, self.since),
            (Status::On, Health::Failing { since, .. }) => (State::Failing, since),
            (Status::Paused, _) => (State::Paused, self.since),
            (Status::Disabled(reason), _) => (State::Disabled(reason), self.since),
        }
    }

    /// Whether an event is attempted at once rather than put into the backlog.
    pub const fn sends_at_once(&self) -> bool {
        matches!((self.status, self.health), (Status::On, Health::Healthy))
    }

    /// Whether an item of its backlog is held: kept until an admin asks for it.
    pub fn holds(&self, item: &BacklogItem) -> bool {
        self.status != Status::On || self.held_before.is_some_and(|before| item.created_at < before)
    }
}
