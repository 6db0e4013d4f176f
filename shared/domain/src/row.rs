//! A webhook as it is stored: its settings, its health and its wake-up, and
//! the small language of guarded changes in which the protocol is written.
//!
//! A handler names the conditions ([`Guard`]) and the changes ([`Change`]) of
//! one write; a store carries them out at once or not at all. So the handlers
//! read like the protocol's table, and no store decides anything.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::delivery::BacklogItem;
use crate::health::{DisabledReason, Health};
use crate::ids::{AccountId, DeliveryId, TenantId, WakeToken, WebhookId};
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// When a test event was last asked for.
    pub tested_at: Option<Timestamp>,
    /// Who made it.
    pub created: Stamp,
    /// Who edited it last.
    pub updated: Stamp,
}

/// Where an item of a webhook's backlog lies; sorts by the age of its event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BacklogKey(DeliveryId);

impl BacklogKey {
    /// The item of this delivery.
    pub const fn of(delivery: DeliveryId) -> Self {
        Self(delivery)
    }

    /// The delivery it waits for.
    pub const fn delivery(&self) -> &DeliveryId {
        &self.0
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
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

/// A condition of a write to a webhook's row. All of a write's guards hold, or
/// nothing is written; that the row exists is always one of them.
#[derive(Clone, Debug)]
pub enum Guard<'a> {
    /// The webhook is on.
    On,
    /// The webhook is paused or disabled.
    Off,
    /// No wake-up is set.
    NoWake,
    /// The wake-up is this one.
    Token(&'a WakeToken),
    /// The wake-up may act at this time: it is due, or its holder's lease has run out.
    Due(Timestamp),
    /// The wake-up's time is still the one that its holder wrote: the lease is its own.
    Lease(Timestamp),
    /// No invocation holds the wake-up at this time.
    Idle(Timestamp),
    /// An invocation holds the wake-up at this time.
    Busy(Timestamp),
    /// The settings are still those of this version.
    Version(u64),
    /// No test event was asked for after this time.
    NotTestedSince(Timestamp),
}

/// A change of a webhook's row.
#[derive(Clone, Debug)]
pub enum Change {
    /// Sets the wake-up.
    Wake(Wake),
    /// Removes the wake-up.
    ClearWake,
    /// The receiver is in trouble, since this time unless it already was.
    Failing(Timestamp),
    /// One more probe has failed, the one of this item.
    Probed {
        /// Failed probes so far.
        probes: u32,
        /// The next probe takes the item behind this one.
        after: BacklogKey,
    },
    /// The receiver of a failing webhook took something at this time: it is
    /// healthy again.
    Healthy(Timestamp),
    /// The receiver took something at this time.
    LastOk(Timestamp),
    /// Probing begins again with the oldest item.
    ClearAfter,
    /// We disable the webhook; what is pending is held from now on.
    Disable(DisabledReason, Timestamp),
    /// An admin pauses it; what is pending is held.
    Pause(Timestamp),
    /// An admin makes it active again; what was held stays held.
    Enable(Timestamp),
    /// What is pending is held (the licence ended).
    HoldPending(Timestamp),
    /// An admin's edit: the next version.
    Settings {
        /// The new settings.
        settings: Box<Settings>,
        /// Where the secrets are now.
        bundle: Option<BundleName>,
        /// Who and when.
        updated: Stamp,
    },
    /// A test event was asked for.
    Tested(Timestamp),
}

impl Guard<'_> {
    /// Whether it holds for this row.
    pub fn holds(&self, row: &WebhookRow) -> bool {
        let wake = row.wake.as_ref();
        match self {
            Self::On => row.status == Status::On,
            Self::Off => row.status != Status::On,
            Self::NoWake => wake.is_none(),
            Self::Token(token) => wake.is_some_and(|wake| wake.token == **token),
            Self::Due(now) => wake.is_some_and(|wake| wake.at <= *now),
            Self::Lease(end) => wake.is_some_and(|wake| wake.at == *end),
            Self::Idle(now) => !wake.is_some_and(|wake| wake.busy && wake.at > *now),
            Self::Busy(now) => wake.is_some_and(|wake| wake.busy && wake.at > *now),
            Self::Version(version) => row.version == *version,
            Self::NotTestedSince(time) => row.tested_at.is_none_or(|tested| tested <= *time),
        }
    }
}

impl Change {
    /// Carries it out on this row.
    pub fn apply(&self, row: &mut WebhookRow) {
        match self {
            Self::Wake(wake) => row.wake = Some(wake.clone()),
            Self::ClearWake => row.wake = None,
            Self::Failing(since) => {
                if row.health == Health::Healthy {
                    row.health = Health::Failing { since: *since, probes: 0 };
                }
            }
            Self::Probed { probes, after } => {
                if let Health::Failing { probes: count, .. } = &mut row.health {
                    *count = *probes;
                }
                row.after = Some(after.clone());
            }
            Self::Healthy(at) => {
                row.health = Health::Healthy;
                (row.last_ok, row.since) = (Some(*at), *at);
            }
            Self::LastOk(at) => row.last_ok = Some(*at),
            Self::ClearAfter => row.after = None,
            Self::Disable(reason, at) => (row.status, row.since) = (Status::Disabled(*reason), *at),
            Self::Pause(at) => (row.status, row.since) = (Status::Paused, *at),
            Self::Enable(at) => {
                (row.status, row.since) = (Status::On, *at);
                row.health = Health::Healthy;
                row.after = None;
                row.held_before = Some(*at);
            }
            Self::HoldPending(at) => row.held_before = Some(*at),
            Self::Settings { settings, bundle, updated } => {
                row.settings = (**settings).clone();
                row.bundle = bundle.clone();
                row.updated = updated.clone();
                row.version += 1;
            }
            Self::Tested(at) => row.tested_at = Some(*at),
        }
    }
}
