//! Reading the attributes of an item, each as what it has to be.

use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ports::PortResult;
use domain::time::Timestamp;

use crate::error::unreadable;
use crate::item::Item;
use crate::tables::{Key, PK, SK, TTL};

/// What holds attributes: an item of the SDK's, or one that [`crate::answer`] read.
pub(crate) trait Attributes: Sync {
    /// The attribute of this name.
    fn attribute(&self, name: &str) -> Option<Value<'_>>;
}

/// An attribute's value, of the types that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    /// As DynamoDB wrote it.
    Number(&'a str),
    Bytes(&'a [u8]),
    Flag(bool),
    Other,
}

impl Attributes for Item {
    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        Some(match self.get(name)? {
            AttributeValue::S(text) => Value::Text(text),
            AttributeValue::N(number) => Value::Number(number),
            AttributeValue::B(bytes) => Value::Bytes(bytes.as_ref()),
            AttributeValue::Bool(flag) => Value::Flag(*flag),
            _ => Value::Other,
        })
    }
}

/// Attributes of an item, each read as what it has to be.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a dyn Attributes);

impl<'a> Fields<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.0.attribute(name)
    }

    pub(crate) fn maybe_text(&self, name: &str) -> PortResult<Option<&'a str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
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
        match self.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => number.parse().map(Some).map_err(|_| unreadable(name)),
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
        match self.get(name) {
            None => Ok(false),
            Some(Value::Flag(flag)) => Ok(flag),
            Some(_) => Err(unreadable(name)),
        }
    }

    /// The item's key.
    pub(crate) fn key(&self) -> PortResult<Key> {
        Ok(Key { pk: self.text(PK)?.to_owned(), sk: self.text(SK)?.to_owned() })
    }

    /// Whether the item has not expired; one without `ttl` never does. TTL deletes
    /// late, up to some days
    /// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html>),
    /// so every read asks.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        match self.get(TTL) {
            Some(Value::Number(ttl)) => ttl.parse().is_ok_and(|ttl: i64| ttl > now.as_seconds()),
            Some(_) => false,
            None => true,
        }
    }
}
