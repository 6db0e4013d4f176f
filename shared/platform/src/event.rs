//! An event's message as an attribute: as it is, or compressed when that
//! saves a write unit.

use std::cell::RefCell;
use std::io::Read;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::delivery::EventText;
use domain::ports::PortResult;
use flate2::read::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};

use crate::error::unreadable;
use crate::item::{Fields, Item, bytes, size_of, text, write_units};

const EVENT: &str = "event";

/// The longest message that a queue takes, 1 MiB; nothing longer was compressed
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
const LONGEST: u64 = 1_048_576;

thread_local! {
    /// It takes 0.3 MB, which to set up takes longer than to compress an event.
    static DEFLATE: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
}

/// The item with this event. All its other attributes have to be there.
pub(crate) fn with_event(mut item: Item, event: &EventText) -> Item {
    let rest = size_of(&item) + EVENT.len();
    let plain = write_units(rest + event.len());
    let shorter = if plain > 1 { event.short(deflated) } else { None };
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
        Some(AttributeValue::S(text)) => Ok(text.as_str().into()),
        Some(AttributeValue::B(bytes)) => {
            let mut text = String::new();
            let mut inflated = DeflateDecoder::new(bytes.as_ref()).take(LONGEST);
            inflated.read_to_string(&mut text).map_err(|_| unreadable(EVENT))?;
            Ok(text.into())
        }
        Some(_) | None => Err(unreadable(EVENT)),
    }
}

/// None when it is not shorter.
fn deflated(event: &str) -> Option<Vec<u8>> {
    let mut short = Vec::with_capacity(event.len());
    let status = DEFLATE.with_borrow_mut(|deflate| {
        deflate.reset();
        deflate.compress_vec(event.as_bytes(), &mut short, FlushCompress::Finish)
    });
    matches!(status, Ok(Status::StreamEnd)).then_some(short)
}

#[cfg(test)]
mod tests {
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
