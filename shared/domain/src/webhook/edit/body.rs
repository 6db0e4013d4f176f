//! The body as fields: which are known, which are given, which are given twice.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use crate::fault::{FaultCode, Faults, pointer_to};
use crate::json::Node;

/// Which fields a kind of webhook takes.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    taken: &'static [&'static str],
    /// Fields of the other kind: they exist, but not here.
    of_others: &'static [&'static str],
}

pub(super) const CUSTOM: Known = Known {
    taken: &[
        "displayName",
        "url",
        "eventTypes",
        "format",
        "signingSecrets",
        "authorization",
        "headers",
        "enabled",
    ],
    of_others: &[],
};

pub(super) const SLACK: Known = Known {
    taken: &["displayName", "eventTypes", "enabled"],
    of_others: &["url", "format", "signingSecrets", "authorization", "headers"],
};

pub(crate) const REDELIVERY: Known = Known { taken: &["status", "since", "dryRun"], of_others: &[] };

/// What a body says about one field.
#[derive(Clone, Copy)]
pub(crate) enum Given<'n> {
    Absent,
    Null,
    Value(&'n Node),
}

impl<'n> Given<'n> {
    /// Within a list a patch does not merge: null is a value there like any other.
    pub(crate) fn within_list(self) -> Option<&'n Node> {
        static NULL: Node = Node::Null;
        match self {
            Self::Absent => None,
            Self::Null => Some(&NULL),
            Self::Value(node) => Some(node),
        }
    }
}

/// An object's known fields.
pub(crate) struct Fields<'n>(HashMap<&'n str, &'n Node>);

impl<'n> Fields<'n> {
    pub(crate) fn get(&self, name: &str) -> Given<'n> {
        match self.0.get(name).copied() {
            None => Given::Absent,
            Some(Node::Null) => Given::Null,
            Some(node) => Given::Value(node),
        }
    }
}

/// The fields of a whole body; repeated keys at any depth are faults.
pub(crate) fn open<'n>(body: &'n Node, known: Known, faults: &mut Faults) -> Option<Fields<'n>> {
    let fields = entry(body, "", known, faults)?;
    find_duplicates(body, None, faults);
    Some(fields)
}

/// The fields of an object within a list.
pub(super) fn open_entry<'n>(
    node: &'n Node,
    pointer: &str,
    taken: &'static [&'static str],
    faults: &mut Faults,
) -> Option<Fields<'n>> {
    entry(node, pointer, Known { taken, of_others: &[] }, faults)
}

pub(crate) fn text<'n>(node: &'n Node, pointer: &str, faults: &mut Faults) -> Option<&'n str> {
    let text = node.as_text();
    if text.is_none() {
        faults.add(pointer, FaultCode::InvalidType, "The value must be a string.");
    }
    text
}

pub(super) fn list<'n>(node: &'n Node, pointer: &str, faults: &mut Faults) -> Option<&'n [Node]> {
    let list = node.as_list();
    if list.is_none() {
        faults.add(pointer, FaultCode::InvalidType, "The value must be a list.");
    }
    list
}

pub(crate) fn truth(node: &Node, pointer: &str, faults: &mut Faults) -> Option<bool> {
    let value = node.as_bool();
    if value.is_none() {
        faults.add(pointer, FaultCode::InvalidType, "The value must be true or false.");
    }
    value
}

fn entry<'n>(node: &'n Node, pointer: &str, known: Known, faults: &mut Faults) -> Option<Fields<'n>> {
    let Some(members) = node.as_object() else {
        faults.add(pointer, FaultCode::InvalidType, "The value must be an object.");
        return None;
    };
    let mut fields = HashMap::new();
    for (name, value) in members {
        let name = name.as_str();
        // Of a repeated key the first is judged; the repetition is a fault of its own.
        let Entry::Vacant(place) = fields.entry(name) else { continue };
        place.insert(value);
        if known.of_others.contains(&name) {
            let detail = "A Slack webhook takes displayName, eventTypes and enabled alone.";
            faults.add(pointer_to(pointer, name), FaultCode::NotForSlack, detail);
        } else if !known.taken.contains(&name) {
            let detail = "The field is unknown or read-only.";
            faults.add(pointer_to(pointer, name), FaultCode::UnknownField, detail);
        }
    }
    Some(Fields(fields))
}

/// The way to a node. It becomes a pointer for a fault alone: keys may be long, and nodes many.
struct Path<'a> {
    above: Option<&'a Path<'a>>,
    step: &'a dyn Display,
}

impl Path<'_> {
    fn pointer(&self) -> String {
        pointer_to(&self.above.map(Path::pointer).unwrap_or_default(), self.step)
    }
}

fn find_duplicates(node: &Node, above: Option<&Path<'_>>, faults: &mut Faults) {
    let (mut once, mut twice) = (HashSet::new(), HashSet::new());
    for (name, value) in node.as_object().unwrap_or_default() {
        let path = Path { above, step: name };
        find_duplicates(value, Some(&path), faults);
        if !once.insert(name) && twice.insert(name) && !faults.are_full() {
            faults.add(path.pointer(), FaultCode::DuplicateField, "The field is given more than once.");
        }
    }
    for (place, value) in node.as_list().unwrap_or_default().iter().enumerate() {
        find_duplicates(value, Some(&Path { above, step: &place }), faults);
    }
}
