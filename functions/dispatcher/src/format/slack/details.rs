//! An event's details in the order in which they are shown; numbers keep their digits.

use std::borrow::Cow;

use domain::catalogue::find;
use domain::message::{AuditEvent, members};
use serde_json::value::RawValue;

/// The members of a JSON object, one level, as they lie there.
pub(super) struct Details<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Details<'a> {
    /// The details of an event: those that the catalogue knows, in its order,
    /// then all others by their keys.
    pub(super) fn of(event: &AuditEvent<'a>) -> Self {
        let known = find(event.event_type.as_str()).map_or(&[] as &[&str], |entry| entry.detail_fields);
        let mut details = Self::read(event.details);
        let place = |key: &str| known.iter().position(|field| *field == key).unwrap_or(known.len());
        details.0.sort_by(|(a, _), (b, _)| (place(a), a).cmp(&(place(b), b)));
        details
    }

    /// The members of an object; none when it is not one.
    pub(super) fn read(object: &'a RawValue) -> Self {
        Self(members(object))
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys and values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (&**key, *value))
    }
}

#[cfg(test)]
mod tests {
    use domain::message::EventsMessage;

    use super::*;

    fn keys(event_type: &str, details: &str) -> String {
        let message = format!(
            r#"{{"version":1,"kind":"auditEvent","id":"1","tenantId":"t","type":"{event_type}","occurredAt":"2026-11-23T15:40:00Z","details":{details}}}"#
        );
        let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&message) else {
            panic!("{message}")
        };
        Details::of(&event).iter().map(|(key, _)| key).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_catalogue_s_fields_come_first_and_others_by_key() {
        let details = r#"{"b":1, "errorMessage":"x", "a":2, "projectId":"1", "Z":3}"#;
        assert_eq!(keys("project_scan.failed", details), "projectId errorMessage Z a b");
        assert_eq!(keys("made.up", details), "Z a b errorMessage projectId");
    }

    #[test]
    fn keys_are_read_as_strings_and_none_is_lost() {
        assert_eq!(keys("made.up", r#"{"\u0062":1,"a\nb":2,"\ud83d\udd0d":3,"b":4}"#), "a\nb b b 🔍");
        assert_eq!(keys("made.up", r#"{"\ud800":1}"#), r"\ud800");
    }
}
