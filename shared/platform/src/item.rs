//! DynamoDB items: making attributes, and what an item weighs.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ports::PortError;
use domain::time::Timestamp;

use crate::tables::{Key, PK, SK};

/// An item.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn time(time: Timestamp) -> AttributeValue {
    number(time.as_millis())
}

pub(crate) fn bytes(bytes: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

impl Key {
    pub(crate) fn into_item(self) -> Item {
        // What most deliveries have in the log; for one more the map would be twice as large.
        let mut item = Item::with_capacity(7);
        item.insert(PK.to_owned(), text(self.pk));
        item.insert(SK.to_owned(), text(self.sk));
        item
    }
}

/// How many write units an item of so many bytes costs: one for each KB begun
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-unit-calculations.html>).
pub(crate) const fn write_units(size: usize) -> usize {
    size.div_ceil(1_024)
}

/// How many bytes the item has.
pub(crate) fn size_of(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

/// Of the types that we store
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>).
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        // One byte for two digits, and one.
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        _ => 1,
    }
}

/// A result that an impossible failure of serialization would make.
pub(crate) fn unwritable(what: &str) -> PortError {
    PortError::Failed(format!("{what} cannot be written"))
}
