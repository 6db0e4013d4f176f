//! A JSON text as it was written: keys in order, a repeated key kept, so that
//! it can be refused instead of one of its values being picked in silence.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use zeroize::Zeroizing;

/// A JSON value. Its texts may be secrets: they are wiped on drop, and
/// `Debug` shows the shape alone.
pub enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(Zeroizing<String>),
    /// An array.
    List(Vec<Node>),
    /// An object's members in their order, repeated keys too.
    Object(Vec<(String, Node)>),
}

/// The bytes are not JSON; where the reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not JSON: line {line}, column {column}")]
pub struct NotJson {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 0.
    pub column: usize,
}

impl Node {
    /// Reads a whole JSON text.
    ///
    /// # Errors
    /// [`NotJson`] for anything else, for values nested deeper than
    /// serde_json's limit of 128, and for numbers that no 64 bits hold.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotJson> {
        serde_json::from_slice(bytes).map_err(|fault| NotJson { line: fault.line(), column: fault.column() })
    }

    /// The text, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// The members, if this is an object.
    pub fn as_object(&self) -> Option<&[(String, Node)]> {
        match self {
            Self::Object(members) => Some(members),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The entries, if this is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        match self {
            Self::List(entries) => Some(entries),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Object(_) => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Null | Self::Number(_) | Self::Text(_) | Self::List(_) | Self::Object(_) => None,
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(_) => f.write_str("bool"),
            Self::Number(_) => f.write_str("number"),
            Self::Text(_) => f.write_str("text"),
            Self::List(entries) => f.debug_list().entries(entries).finish(),
            Self::Object(members) => write!(f, "object of {}", members.len()),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(Zeroizing::new(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(Node::List(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = object.next_entry()? {
            members.push(member);
        }
        Ok(Node::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_and_the_order_of_keys_are_kept() {
        let node = Node::parse(br#" {"b":1,"a":[null,true,-2.5,"x"],"b":"y"} "#).unwrap();
        let members = node.as_object().unwrap();
        let keys: Vec<_> = members.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["b", "a", "b"]);
        assert_eq!(members[2].1.as_text(), Some("y"));
        let list = members[1].1.as_list().unwrap();
        assert!(matches!(list[0], Node::Null));
        assert_eq!(list[1].as_bool(), Some(true));
        assert!(matches!(&list[2], Node::Number(number) if number.as_f64() == Some(-2.5)));
    }

    #[test]
    fn what_is_not_one_json_text_is_refused() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        let wrong: [&[u8]; 8] =
            [b"", b"{", b"{} {}", b"{'a':1}", b"\xff", b"\"\\ud800\"", b"\xef\xbb\xbf{}", deep.as_bytes()];
        for bytes in wrong {
            assert!(Node::parse(bytes).is_err(), "{bytes:?}");
        }
        assert_eq!(Node::parse(b"{]").unwrap_err().to_string(), "not JSON: line 1, column 2");
    }

    #[test]
    fn debug_shows_the_shape_alone() {
        let node = Node::parse(br#"["hunter2",{"hunter2":"hunter2"},7,null,false]"#).unwrap();
        assert_eq!(format!("{node:?}"), "[text, object of 1, number, null, bool]");
    }
}
