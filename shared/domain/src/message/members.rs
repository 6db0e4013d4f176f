//! An event's details, read one level at a time: what is nested deep is passed
//! over without recursion, and nothing in it makes the rest unreadable.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, one level, as they lie there; none when it is no object.
pub fn members(object: &RawValue) -> Vec<(Cow<'_, str>, &RawValue)> {
    serde_json::from_str(object.get()).map_or_else(|_| Vec::new(), |Members(all)| all)
}

/// The text of a JSON string; half of a surrogate pair is no text, and such a
/// string stays as it is written.
pub fn text(raw: &RawValue) -> Cow<'_, str> {
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    let written = raw.get();
    match serde_json::from_str(written) {
        Ok(Text(text)) => text,
        Err(_) => written.trim_matches('"').into(),
    }
}

struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    all.push((text(key), value));
                }
                Ok(Members(all))
            }
        }
        deserializer.deserialize_map(Each)
    }
}
