//! Slack webhooks: made and renewed by an installation, edited in a few fields.

use super::{BundleEdit, BundlePlan, Draft, Wanted, body, changed_fields, plain};
use crate::fault::Faults;
use crate::webhook::display_name::DisplayName;
use crate::webhook::format::Format;
use crate::webhook::slack::{SlackTarget, SlackUrl};
use crate::webhook::subscription::Subscription;
use crate::webhook::{Settings, Target};

impl Draft {
    /// A new webhook for this channel: all events.
    pub fn installed(name: DisplayName, target: SlackTarget, url: SlackUrl) -> Self {
        let settings = Settings {
            display_name: name,
            target: Target::Slack(target),
            event_types: Subscription::All,
            format: Format::Slack,
            signing_secrets: Vec::new(),
            authorization_scheme: None,
            headers: Vec::new(),
        };
        let bundle = BundleEdit::Rebuild(BundlePlan::of_slack(url));
        Self { settings, bundle, wanted: Wanted::Unchanged, changed: Vec::new() }
    }

    /// The same channel installed again: what the admin has set stays, and a
    /// webhook that we have disabled becomes active.
    pub fn reinstalled(current: &Settings, target: SlackTarget, url: SlackUrl) -> Self {
        let settings = Settings { target: Target::Slack(target), ..current.clone() };
        let bundle = BundleEdit::Rebuild(BundlePlan::of_slack(url));
        Self { settings, bundle, wanted: Wanted::OnUnlessPaused, changed: vec!["slack"] }
    }
}

pub(super) fn read(fields: &body::Fields<'_>, current: &Settings, faults: &mut Faults) -> Option<Draft> {
    let display_name = plain::display_name(fields.get("displayName"), Some(current), faults);
    let event_types = plain::event_types(fields.get("eventTypes"), Some(current), faults);
    let enabled = plain::enabled(fields.get("enabled"), faults);
    let settings = Settings { display_name: display_name?, event_types: event_types?, ..current.clone() };
    let changed = changed_fields(Some(current), &settings, None);
    Some(Draft { settings, bundle: BundleEdit::Keep, wanted: enabled?.into(), changed })
}
