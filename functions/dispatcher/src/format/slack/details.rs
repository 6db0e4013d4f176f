//! An event's details, read one level at a time: numbers keep their digits,
//! and what is nested deep is passed over without recursion.

use std::borrow::Cow;
use std::fmt;

use domain::catalogue::find;
use domain::message::AuditEvent;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of a JSON object, one level, as they lie there.
#[derive(Default)]
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
        serde_json::from_str(object.get()).unwrap_or_default()
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

impl<'de> Deserialize<'de> for Details<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Details<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    members.push((string(key), value));
                }
                Ok(Details(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// The text of a JSON string; half of a surrogate pair is no text, and such a
/// string stays as it is written.
pub(super) fn string(raw: &RawValue) -> Cow<'_, str> {
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    let written = raw.get();
    match serde_json::from_str(written) {
        Ok(Text(text)) => text,
        Err(_) => written.trim_matches('"').into(),
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
