//! Reading a write: the body of a creation or of a merge patch (RFC 7396)
//! becomes a [`Draft`], or every fault of it at once.
//!
//! A creation is a patch of nothing. A field that is left out keeps what is
//! stored, or takes the default of creation; null is that default. No field
//! is an object, so the patch never merges deeper than this.
//!
//! The stored secrets are not needed to read a write, and often not to carry
//! it out: [`BundleEdit`] says what becomes of them.

pub(crate) mod body;
mod headers;
mod plain;
mod plan;
mod signing;
mod slack;

use self::body::Given;
use self::plan::Part;
pub use self::plan::{BuildFault, BundleEdit, BundlePlan};
use super::authorization::Authorization;
use super::host::AllowedSuffixes;
use super::url::WebhookUrl;
use super::{Settings, Target};
use crate::fault::{Fault, FaultCode, Faults};
use crate::ids::SigningSecretId;
use crate::json::Node;
use crate::time::Timestamp;

/// What reading a write needs from outside.
pub struct Reading<'a> {
    /// The special-use names that the operator allows.
    pub suffixes: &'a AllowedSuffixes,
    /// When the write came.
    pub now: Timestamp,
    /// Makes the id of a new signing secret.
    pub new_id: &'a mut dyn FnMut() -> SigningSecretId,
}

/// A write that keeps every rule.
#[derive(Debug)]
pub struct Draft {
    /// The settings as they are to be.
    pub settings: Settings,
    /// What becomes of the secrets.
    pub bundle: BundleEdit,
    /// Whether the write switches the webhook on or off.
    pub wanted: Wanted,
    /// The fields of the write whose value changed, in the contract's order.
    /// Empty at creation. `enabled` is never among them: whether it changes
    /// is known where the webhook's state is.
    pub changed: Vec<&'static str>,
}

/// Whether a webhook is to be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// As it is.
    Unchanged,
    /// Yes, whether it is paused or disabled.
    On,
    /// No: it is to be paused.
    Off,
    /// Yes if we have disabled it; an admin's pause stays.
    OnUnlessPaused,
}

impl From<Option<bool>> for Wanted {
    /// What `enabled` says in a body.
    fn from(enabled: Option<bool>) -> Self {
        match enabled {
            None => Self::Unchanged,
            Some(true) => Self::On,
            Some(false) => Self::Off,
        }
    }
}

/// Reads the body of a creation.
///
/// # Errors
/// Every fault of the body.
pub fn read_create(body: &Node, reading: Reading<'_>) -> Result<Draft, Vec<Fault>> {
    let mut faults = Faults::default();
    let Some(fields) = body::open(body, body::CUSTOM, &mut faults) else {
        return faults.or(None);
    };
    let draft = read_custom(&fields, None, reading, &mut faults);
    faults.or(draft.map(|draft| Draft { changed: Vec::new(), ..draft }))
}

/// Reads a merge patch of these settings.
///
/// # Errors
/// Every fault of the patch.
pub fn read_patch(body: &Node, current: &Settings, reading: Reading<'_>) -> Result<Draft, Vec<Fault>> {
    let mut faults = Faults::default();
    let draft = match &current.target {
        Target::Custom { url } => body::open(body, body::CUSTOM, &mut faults)
            .and_then(|fields| read_custom(&fields, Some((current, url)), reading, &mut faults)),
        Target::Slack(_) => body::open(body, body::SLACK, &mut faults)
            .and_then(|fields| slack::read(&fields, current, &mut faults)),
    };
    faults.or(draft)
}

/// The settings that are being patched, with their URL; none at creation.
type Stored<'a> = Option<(&'a Settings, &'a WebhookUrl)>;

fn read_custom(
    fields: &body::Fields<'_>,
    stored: Stored<'_>,
    reading: Reading<'_>,
    faults: &mut Faults,
) -> Option<Draft> {
    let current = stored.map(|(settings, _)| settings);
    let display_name = plain::display_name(fields.get("displayName"), current, faults);
    let url = plain::url(fields.get("url"), stored, reading.suffixes, faults);
    let event_types = plain::event_types(fields.get("eventTypes"), current, faults);
    let format = plain::format(fields.get("format"), current, faults);
    let signing = signing::read(fields.get("signingSecrets"), current, reading, faults);
    let authorization = read_authorization(fields.get("authorization"), current, faults);
    let headers = headers::read(fields.get("headers"), current, faults);
    let enabled = plain::enabled(fields.get("enabled"), faults);
    require_credentials(fields, stored, url.as_ref(), faults);

    let (signing_secrets, signing_parts) = signing?.into_iter().unzip();
    let (authorization_scheme, authorization_part) = authorization?;
    let (headers, header_parts) = headers?;
    let settings = Settings {
        display_name: display_name?,
        target: Target::Custom { url: url? },
        event_types: event_types?,
        format: format?,
        signing_secrets,
        authorization_scheme,
        headers,
    };
    let plan = BundlePlan::new(signing_parts, authorization_part, header_parts, &settings.headers);
    let changed = changed_fields(current, &settings, Some(&plan));
    let bundle = plan.against(current);
    Some(Draft { settings, bundle, wanted: enabled?.into(), changed })
}

/// The scheme to show, and the value: none, the stored one or a new one.
fn read_authorization(
    given: Given<'_>,
    current: Option<&Settings>,
    faults: &mut Faults,
) -> Option<(Option<String>, Option<Part>)> {
    const POINTER: &str = "/authorization";
    match given {
        Given::Absent => {
            let scheme = current.and_then(|settings| settings.authorization_scheme.clone());
            let part = scheme.is_some().then_some(Part::Keep);
            Some((scheme, part))
        }
        Given::Null => Some((None, None)),
        Given::Value(node) => {
            let text = body::text(node, POINTER, faults)?;
            let read = Authorization::parse(text)
                .map_err(|fault| faults.add(POINTER, FaultCode::InvalidAuthorization, fault))
                .ok()?;
            Some((Some(read.scheme().to_owned()), Some(Part::New(read.into_secret()))))
        }
    }
}

/// Credentials that were given for one origin are not sent to another: who
/// may edit a webhook could otherwise read them by moving it to a receiver of
/// their own.
fn require_credentials(
    fields: &body::Fields<'_>,
    stored: Stored<'_>,
    url: Option<&WebhookUrl>,
    faults: &mut Faults,
) {
    const DETAIL: &str =
        "The URL moves to another origin: give the authorization and the header values anew.";
    let (Some((current, old)), Some(new)) = (stored, url) else { return };
    if new.same_origin(old) {
        return;
    }
    if current.authorization_scheme.is_some() && matches!(fields.get("authorization"), Given::Absent) {
        faults.add("/authorization", FaultCode::CredentialsRequired, DETAIL);
    }
    if current.headers.is_empty() {
        return;
    }
    match fields.get("headers") {
        Given::Absent => faults.add("/headers", FaultCode::CredentialsRequired, DETAIL),
        Given::Null => {}
        Given::Value(node) => {
            for pointer in headers::kept(node, current) {
                faults.add(pointer, FaultCode::CredentialsRequired, DETAIL);
            }
        }
    }
}

/// Compared by what is stored, so that a patch which says what is there already changes nothing.
fn changed_fields(
    current: Option<&Settings>,
    new: &Settings,
    plan: Option<&BundlePlan>,
) -> Vec<&'static str> {
    let Some(old) = current else { return Vec::new() };
    let spelled = |settings: &Settings| -> Vec<(String, Option<String>)> {
        settings.headers.iter().map(|line| (line.name.to_string(), line.value.clone())).collect()
    };
    [
        ("displayName", old.display_name != new.display_name),
        ("url", old.target != new.target),
        ("eventTypes", old.event_types != new.event_types),
        ("format", old.format != new.format),
        ("signingSecrets", old.signing_secrets != new.signing_secrets),
        (
            "authorization",
            old.authorization_scheme != new.authorization_scheme
                || plan.is_some_and(BundlePlan::authorizes_anew),
        ),
        ("headers", spelled(old) != spelled(new) || plan.is_some_and(BundlePlan::has_new_header)),
    ]
    .into_iter()
    .filter_map(|(name, changed)| changed.then_some(name))
    .collect()
}
