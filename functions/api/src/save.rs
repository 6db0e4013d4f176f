//! Saving an edit of a webhook: secrets first, then the row in one guarded
//! write, then whatever follows from it.
//!
//! An edit of a webhook that is on, or that it makes so, also sets a wake-up,
//! so that what waits is tried at once; unless an invocation is at it, which
//! sees the new version and wakes it again itself. The protocol's row "save,
//! resume, enable".

use std::time::Duration;

use domain::ids::WakeToken;
use domain::message::DeliveriesMessage;
use domain::ports::Updated;
use domain::row::{Change, Guard, Stamp, Status, Wake, WebhookRow};
use domain::time::Timestamp;
use domain::webhook::edit::{Draft, Wanted};

use crate::Api;
use crate::audit::{self, Deed};
use crate::bundle::{self, Staged};
use crate::problem::Problem;

/// Saves what a draft makes of a row.
///
/// A draft that changes nothing is not saved: the version stays.
/// [`Problem::PreconditionFailed`] when the row has another version by now.
pub(crate) async fn save(
    api: &Api,
    row: &WebhookRow,
    draft: Draft,
    stamp: Stamp,
) -> Result<WebhookRow, Problem> {
    if draft.changed.is_empty() && switch(row.status, draft.wanted).is_none() {
        return Ok(row.clone());
    }
    let staged = bundle::stage(api, &row.key, draft.bundle, row.bundle.as_ref()).await?;
    let edit = Change::Settings {
        settings: Box::new(draft.settings),
        bundle: staged.name().cloned(),
        updated: stamp.clone(),
    };
    // When a write fails, it may have got through all the same; so what was
    // made for it is left where it is, lest the row name nothing.
    let saved = match write(api, row, &edit, draft.wanted).await? {
        Written::Saved(saved) => saved,
        Written::Refused(problem) => {
            staged.abandon(api).await;
            return Err(problem);
        }
    };
    follow_up(api, row, &saved, &staged).await;
    let fields: Vec<_> = draft.changed.into_iter().chain(saved.is_switched.then_some("enabled")).collect();
    audit::record(api, &saved.row, &Deed::Updated(&fields), &stamp).await;
    Ok(saved.row)
}

/// What became of the write, for certain.
enum Written {
    Saved(Box<Saved>),
    Refused(Problem),
}

struct Saved {
    row: WebhookRow,
    wake: Option<WakeToken>,
    /// Whether it was another before, on, paused or disabled.
    is_switched: bool,
}

/// Each time, the row has changed in between in a way that matters to the write.
const TRIES: usize = 5;

/// One guarded write, tried again with the row that stood against it as long
/// as its settings are those that were read.
async fn write(api: &Api, read: &WebhookRow, edit: &Change, wanted: Wanted) -> Result<Written, Problem> {
    let mut row = read.clone();
    for _ in 0..TRIES {
        let now = api.ports.clock.now();
        let (switch, wake) = (switch(row.status, wanted), wake(api, &row, wanted, now));
        let guards = guards(&row, read.version, wanted, now);
        let changes: Vec<Change> = [edit.clone()]
            .into_iter()
            .chain(switch.map(|switch| switch.change(now)))
            .chain(wake.clone().map(Change::Wake))
            .collect();
        let (wake, is_switched) = (wake.map(|wake| wake.token), switch.is_some());
        match api.ports.webhooks.update(&read.key, &guards, &changes).await? {
            Updated::Done(row) => {
                return Ok(Written::Saved(Box::new(Saved { row: *row, wake, is_switched })));
            }
            Updated::Refused(standing) if is_ours(&standing, read, edit) => {
                changes.iter().for_each(|change| change.apply(&mut row));
                return Ok(Written::Saved(Box::new(Saved { row, wake, is_switched })));
            }
            Updated::Refused(standing) if standing.version != read.version => {
                return Ok(Written::Refused(Problem::PreconditionFailed));
            }
            Updated::Refused(standing) => row = *standing,
            Updated::Absent => return Ok(Written::Refused(Problem::NoSuchWebhook)),
        }
    }
    Ok(Written::Refused(Problem::Contended))
}

/// Whether an earlier try of the SDK's got through although its answer was lost:
/// the row is what this write makes of it, or names the secrets that were made
/// for this write and for no other. Then other edits may have come on top, and
/// the secrets are theirs, too.
fn is_ours(standing: &WebhookRow, read: &WebhookRow, edit: &Change) -> bool {
    let mut intended = read.clone();
    edit.apply(&mut intended);
    let has_new_secrets = intended.bundle.is_some() && intended.bundle != read.bundle;
    if has_new_secrets {
        return standing.bundle == intended.bundle;
    }
    standing.version == intended.version
        && standing.updated == intended.updated
        && standing.bundle == intended.bundle
        && standing.settings == intended.settings
}

/// The settings are those that were read, and the rest of the write fits the
/// status and the wake-up.
fn guards(row: &WebhookRow, version: u64, wanted: Wanted, now: Timestamp) -> Vec<Guard<'static>> {
    let status = if row.status == Status::On { Guard::On } else { Guard::Off };
    let mut guards = vec![Guard::Version(version), status];
    if will_be_on(row.status, wanted) {
        guards.push(if is_busy(row, now) { Guard::Busy(now) } else { Guard::Idle(now) });
    }
    guards
}

fn wake(api: &Api, row: &WebhookRow, wanted: Wanted, now: Timestamp) -> Option<Wake> {
    let is_wanted = will_be_on(row.status, wanted) && !is_busy(row, now);
    is_wanted.then(|| Wake { token: WakeToken::new(now, api.ports.dice.roll()), at: now, busy: false })
}

fn is_busy(row: &WebhookRow, now: Timestamp) -> bool {
    Guard::Busy(now).holds(row)
}

/// What an edit does to the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Switch {
    On,
    Off,
}

impl Switch {
    const fn change(self, now: Timestamp) -> Change {
        match self {
            Self::On => Change::Enable(now),
            Self::Off => Change::Pause(now),
        }
    }
}

/// `enabled: true` resumes a paused webhook and makes one that we disabled
/// active again; `enabled: false` pauses either (contract, section 8).
const fn switch(status: Status, wanted: Wanted) -> Option<Switch> {
    match (wanted, status) {
        (Wanted::On, Status::Paused | Status::Disabled(_))
        | (Wanted::OnUnlessPaused, Status::Disabled(_)) => Some(Switch::On),
        (Wanted::Off, Status::On | Status::Disabled(_)) => Some(Switch::Off),
        (Wanted::On, Status::On)
        | (Wanted::OnUnlessPaused, Status::On | Status::Paused)
        | (Wanted::Off, Status::Paused)
        | (Wanted::Unchanged, _) => None,
    }
}

fn will_be_on(status: Status, wanted: Wanted) -> bool {
    match switch(status, wanted) {
        Some(switch) => switch == Switch::On,
        None => status == Status::On,
    }
}

/// What follows from a write that stands. None of it can undo the write, so
/// none of it fails the request: a wake-up that is not sent is missed by the
/// dispatcher at the webhook's next event, and a secret object that is left
/// over is named by nothing. Both are logged, and errors raise an alarm.
async fn follow_up(api: &Api, before: &WebhookRow, saved: &Saved, staged: &Staged) {
    if let Some(token) = &saved.wake {
        let key = &saved.row.key;
        let message = DeliveriesMessage::wake_up(&key.tenant, &key.webhook, token);
        if let Err(fault) = api.ports.queue.send_delivery(&key.tenant, &message, Duration::ZERO).await {
            tracing::error!(webhook = %key.webhook, %fault, "wake-up not sent");
        }
    }
    staged.settle(api, before.bundle.as_ref()).await;
}

#[cfg(test)]
mod tests {
    use domain::health::DisabledReason;

    use super::*;

    #[test]
    fn a_write_switches_only_what_is_not_as_it_wants() {
        let disabled = Status::Disabled(DisabledReason::Gone);
        for (status, wanted, switches, on) in [
            (Status::On, Wanted::Unchanged, None, true),
            (Status::On, Wanted::On, None, true),
            (Status::On, Wanted::Off, Some(Switch::Off), false),
            (Status::On, Wanted::OnUnlessPaused, None, true),
            (Status::Paused, Wanted::Unchanged, None, false),
            (Status::Paused, Wanted::On, Some(Switch::On), true),
            (Status::Paused, Wanted::Off, None, false),
            (Status::Paused, Wanted::OnUnlessPaused, None, false),
            (disabled, Wanted::Unchanged, None, false),
            (disabled, Wanted::On, Some(Switch::On), true),
            (disabled, Wanted::Off, Some(Switch::Off), false),
            (disabled, Wanted::OnUnlessPaused, Some(Switch::On), true),
        ] {
            assert_eq!(switch(status, wanted), switches, "{status:?} {wanted:?}");
            assert_eq!(will_be_on(status, wanted), on, "{status:?} {wanted:?}");
        }
    }
}
