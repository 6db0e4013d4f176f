//! The fields that hold no secret.

use super::Stored;
use super::body::{self, Given};
use crate::fault::{FaultCode, Faults, pointer_to};
use crate::webhook::Settings;
use crate::webhook::display_name::DisplayName;
use crate::webhook::format::Format;
use crate::webhook::host::AllowedSuffixes;
use crate::webhook::subscription::Subscription;
use crate::webhook::url::WebhookUrl;

pub(super) fn display_name(
    given: Given<'_>,
    current: Option<&Settings>,
    faults: &mut Faults,
) -> Option<DisplayName> {
    const POINTER: &str = "/displayName";
    match (given, current) {
        (Given::Absent, Some(current)) => Some(current.display_name.clone()),
        (Given::Absent | Given::Null, _) => {
            faults.add(
                POINTER,
                FaultCode::InvalidDisplayName,
                "A display name of 1 to 100 characters is required.",
            );
            None
        }
        (Given::Value(node), _) => DisplayName::parse(body::text(node, POINTER, faults)?)
            .map_err(|fault| faults.add(POINTER, FaultCode::InvalidDisplayName, fault))
            .ok(),
    }
}

pub(super) fn url(
    given: Given<'_>,
    stored: Stored<'_>,
    suffixes: &AllowedSuffixes,
    faults: &mut Faults,
) -> Option<WebhookUrl> {
    const POINTER: &str = "/url";
    match (given, stored) {
        (Given::Absent, Some((_, url))) => Some(url.clone()),
        (Given::Absent | Given::Null, _) => {
            faults.add(POINTER, FaultCode::InvalidUrl, "An https URL is required.");
            None
        }
        (Given::Value(node), _) => WebhookUrl::parse_all(body::text(node, POINTER, faults)?, suffixes)
            .map_err(|broken| broken.into_iter().for_each(|fault| faults.add(POINTER, fault.code(), fault)))
            .ok(),
    }
}

pub(super) fn event_types(
    given: Given<'_>,
    current: Option<&Settings>,
    faults: &mut Faults,
) -> Option<Subscription> {
    const POINTER: &str = "/eventTypes";
    let node = match (given, current) {
        (Given::Absent, Some(current)) => return Some(current.event_types.clone()),
        (Given::Absent | Given::Null, _) => return Some(Subscription::All),
        (Given::Value(node), _) => node,
    };
    let list = body::list(node, POINTER, faults)?;
    let (mut places, mut texts) = (Vec::new(), Vec::new());
    for (place, entry) in list.iter().enumerate() {
        if let Some(text) = body::text(entry, &pointer_to(POINTER, place), faults) {
            places.push(place);
            texts.push(text);
        }
    }
    if texts.is_empty() && !list.is_empty() {
        return None;
    }
    let report = |fault: crate::webhook::subscription::SubscriptionFault| {
        let pointer = match fault.place.and_then(|place| places.get(place)) {
            Some(place) => pointer_to(POINTER, place),
            None => POINTER.to_owned(),
        };
        faults.add(pointer, FaultCode::InvalidEventType, fault.cause);
    };
    Subscription::parse(&texts).map_err(|found| found.into_iter().for_each(report)).ok()
}

pub(super) fn format(given: Given<'_>, current: Option<&Settings>, faults: &mut Faults) -> Option<Format> {
    const POINTER: &str = "/format";
    match (given, current) {
        (Given::Absent, Some(current)) => Some(current.format),
        (Given::Absent | Given::Null, _) => Some(Format::Json),
        (Given::Value(node), _) => {
            let format = Format::of_custom(body::text(node, POINTER, faults)?);
            if format.is_none() {
                let names: Vec<_> = Format::CUSTOM.iter().map(|format| format.as_str()).collect();
                let detail = format!("The format must be one of: {}.", names.join(", "));
                faults.add(POINTER, FaultCode::InvalidFormat, detail);
            }
            format
        }
    }
}

/// None when it is given and no truth value; else what the write says, if anything.
pub(super) fn enabled(given: Given<'_>, faults: &mut Faults) -> Option<Option<bool>> {
    match given {
        Given::Absent => Some(None),
        Given::Null => Some(Some(true)),
        Given::Value(node) => body::truth(node, "/enabled", faults).map(Some),
    }
}
