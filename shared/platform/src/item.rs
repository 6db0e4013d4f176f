//! DynamoDB items: making attributes, reading them back, and what an item weighs.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ports::{PortError, PortResult};
use domain::time::Timestamp;

use crate::error::unreadable;
use crate::tables::{Key, PK, SK, TTL};

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

    /// The key of an item.
    pub(crate) fn of(item: &Item) -> Option<Self> {
        let part = |name| item.get(name)?.as_s().ok().cloned();
        Some(Self { pk: part(PK)?, sk: part(SK)? })
    }
}

/// Whether an item has not expired; one without `ttl` never does. TTL deletes
/// late, up to some days
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html>),
/// so every read asks.
pub(crate) fn is_live(item: &Item, now: Timestamp) -> bool {
    match item.get(TTL) {
        Some(AttributeValue::N(ttl)) => ttl.parse().is_ok_and(|ttl: i64| ttl > now.as_seconds()),
        Some(_) => false,
        None => true,
    }
}

/// Attributes of an item, each read as what it has to be.
pub(crate) struct Fields<'a>(pub(crate) &'a Item);

impl<'a> Fields<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&'a AttributeValue> {
        self.0.get(name)
    }

    pub(crate) fn maybe_text(&self, name: &str) -> PortResult<Option<&'a str>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(unreadable(name)),
        }
    }

    pub(crate) fn text(&self, name: &str) -> PortResult<&'a str> {
        self.maybe_text(name)?.ok_or_else(|| unreadable(name))
    }

    /// A text that `parse` understands.
    pub(crate) fn parsed<T, E>(&self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> PortResult<T> {
        parse(self.text(name)?).map_err(|_| unreadable(name))
    }

    pub(crate) fn maybe_parsed<T, E>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> PortResult<Option<T>> {
        self.maybe_text(name)?.map(parse).transpose().map_err(|_| unreadable(name))
    }

    pub(crate) fn maybe_number<T: FromStr>(&self, name: &str) -> PortResult<Option<T>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::N(number)) => number.parse().map(Some).map_err(|_| unreadable(name)),
            Some(_) => Err(unreadable(name)),
        }
    }

    pub(crate) fn number<T: FromStr>(&self, name: &str) -> PortResult<T> {
        self.maybe_number(name)?.ok_or_else(|| unreadable(name))
    }

    pub(crate) fn maybe_time(&self, name: &str) -> PortResult<Option<Timestamp>> {
        Ok(self.maybe_number(name)?.map(Timestamp::from_millis))
    }

    pub(crate) fn time(&self, name: &str) -> PortResult<Timestamp> {
        self.number(name).map(Timestamp::from_millis)
    }

    /// False when it is not there.
    pub(crate) fn flag(&self, name: &str) -> PortResult<bool> {
        match self.0.get(name) {
            None => Ok(false),
            Some(AttributeValue::Bool(flag)) => Ok(*flag),
            Some(_) => Err(unreadable(name)),
        }
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
