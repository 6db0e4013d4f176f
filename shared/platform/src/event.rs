//! An event's message as an attribute: as it is, or compressed when that
//! saves a write unit.
//!
//! Events are short and alike, so LZ4 with a dictionary makes them as short as DEFLATE does, in a
//! seventh of the time, and without the 0.3 MB that DEFLATE looks things up in.

use domain::delivery::EventText;
use domain::ports::PortResult;
use lz4_flex::block::{compress_prepend_size_with_dict, decompress_with_dict, uncompressed_size};

use crate::error::unreadable;
use crate::fields::{Fields, Value};
use crate::item::{Item, bytes, size_of, text, write_units};

const EVENT: &str = "event";

/// The longest message that a queue takes, 1 MiB; nothing longer was compressed
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
const LONGEST: usize = 1_048_576;

/// What events have in common. What is stored was made with it, so it never changes: a
/// better one is used beside it, and the stored forms begin with a byte that tells them apart.
const DICTIONARY: &[u8] = include_bytes!("event/dictionary_1.txt");
const FORM: u8 = 1;

/// The item with this event. All its other attributes have to be there.
pub(crate) fn with_event(mut item: Item, event: &EventText) -> Item {
    let rest = size_of(&item) + EVENT.len();
    let plain = write_units(rest + event.len());
    let shorter = if plain > 1 { event.short(shortened) } else { None };
    let event = match shorter.filter(|short| write_units(rest + short.len()) < plain) {
        Some(short) => bytes(short.to_vec()),
        None => text(&**event),
    };
    item.insert(EVENT.to_owned(), event);
    item
}

/// The event of an item.
pub(crate) fn event(fields: &Fields<'_>) -> PortResult<EventText> {
    match fields.get(EVENT) {
        Some(Value::Text(text)) => Ok(text.into()),
        Some(Value::Bytes(bytes)) => restored(bytes).map(EventText::from).ok_or_else(|| unreadable(EVENT)),
        Some(_) | None => Err(unreadable(EVENT)),
    }
}

/// None when it is not shorter.
fn shortened(event: &str) -> Option<Vec<u8>> {
    let mut short = compress_prepend_size_with_dict(event.as_bytes(), DICTIONARY);
    short.insert(0, FORM);
    (short.len() < event.len()).then_some(short)
}

fn restored(short: &[u8]) -> Option<String> {
    let (&FORM, sized) = short.split_first()? else { return None };
    let (length, block) = uncompressed_size(sized).ok().filter(|(length, _)| *length <= LONGEST)?;
    String::from_utf8(decompress_with_dict(block, length, DICTIONARY).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;
    use crate::item::number;

    fn stored(event: &str) -> Item {
        with_event(Item::from([("ttl".to_owned(), number(1))]), &event.into())
    }

    fn is_compressed(item: &Item) -> bool {
        matches!(item[EVENT], AttributeValue::B(_))
    }

    #[test]
    fn an_event_is_compressed_when_that_saves_a_write_unit() {
        let event = format!("{{\"details\":{{\"text\":\"{}\"}}}}", "finding ".repeat(200));
        let item = stored(&event);
        assert!(is_compressed(&item));
        assert_eq!(write_units(size_of(&item)), 1);
        assert_eq!(&*super::event(&Fields(&item)).unwrap(), event);
    }

    #[test]
    fn a_usual_event_becomes_half_as_long() {
        let event = r#"{"version":1,"kind":"auditEvent","id":"01JDN5Q2X9WZ4","tenantId":"1324a887-45db-1bf4","type":"false_positive.reviewed","occurredAt":"2026-11-26T16:20:00.000Z","actor":{"accountId":"5b10a2844c20165700ede21g","displayName":"Ada"},"details":{"projectId":"10001","scope":"project","ruleName":"AWS access key"}}"#;
        let short = shortened(event).unwrap();
        assert!(short.len() * 2 < event.len(), "{} of {}", short.len(), event.len());
        assert_eq!(restored(&short).unwrap(), event);
    }

    #[test]
    fn events_of_all_lengths_read_back() {
        // Past the 64 KiB that LZ4 looks back, with text that repeats and text that does not.
        let text: String = (0_u32..40_000).map(|n| format!("\"f{}\":{n} ", n * n % 977)).collect();
        for length in [0, 1, 12, 1_000, 65_535, 65_536, 70_000, 262_144] {
            let event = &text[..length];
            let stored = shortened(event).unwrap_or_default();
            assert!(stored.is_empty() || restored(&stored).unwrap() == event, "{length}");
            assert_eq!(stored.is_empty(), length < 1_000, "{length}");
        }
    }

    /// What was stored by an earlier version has to stay readable.
    #[test]
    fn a_stored_form_reads_as_ever() {
        let stored = b"\x01\x39\0\0\0\x0f\x55\x01\x14De-1\"\xf3\0\x60s\":{}}";
        assert_eq!(restored(stored).unwrap(), r#"{"version":1,"kind":"auditEvent","id":"e-1","details":{}}"#);
    }

    #[test]
    fn what_is_no_stored_form_is_refused() {
        let short = shortened(&"finding ".repeat(200)).unwrap();
        let (mut other, mut longer) = (short.clone(), short.clone());
        other[0] = 2;
        longer[4] = 0xff;
        for bad in [&[][..], &[FORM], &short[..short.len() - 3], &other, &longer] {
            assert_eq!(restored(bad), None);
        }
    }

    #[test]
    fn an_event_that_fits_a_write_unit_stays_as_it_is() {
        // 1,024 less the names "event" and "ttl" and a number of one digit.
        let fits = "x".repeat(1_024 - 5 - 3 - 2);
        let item = stored(&fits);
        assert!(!is_compressed(&item));
        assert_eq!(write_units(size_of(&item)), 1);
        let item = stored(&format!("{fits}x"));
        assert!(is_compressed(&item));
    }

    #[test]
    fn an_event_that_does_not_shrink_enough_stays_as_it_is() {
        // A linear congruential generator: letters that no compression shortens by much.
        let mut state = 1_u32;
        let noise: String = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'!' + u8::try_from((state >> 24) % 94).unwrap())
        })
        .take(1_900)
        .collect();
        let item = stored(&noise);
        assert!(!is_compressed(&item));
        assert_eq!(&*super::event(&Fields(&item)).unwrap(), noise);
    }
}
