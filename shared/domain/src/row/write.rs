//! The language of guarded changes to a webhook's row.

use super::{BacklogKey, BundleName, Stamp, Status, Wake, WebhookRow};
use crate::health::{DisabledReason, Health};
use crate::ids::WakeToken;
use crate::time::Timestamp;
use crate::webhook::Settings;

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
    /// A message may be sent at this time: the last one was long enough ago.
    Unpaced(Timestamp),
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
    /// A message is being sent: the next one not before this time.
    Paced(Timestamp),
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
            Self::Unpaced(now) => row.paced_until.is_none_or(|until| until <= *now),
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
            Self::Paced(until) => row.paced_until = Some(*until),
            Self::Tested(at) => row.tested_at = Some(*at),
        }
    }
}
