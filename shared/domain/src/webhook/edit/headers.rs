//! `headers` in a write: the whole new list. A secret header without a value
//! keeps the stored one.

use std::collections::HashSet;

use super::body::{self, Fields, Given};
use super::plan::Part;
use crate::fault::{FaultCode, Faults, pointer_to};
use crate::json::Node;
use crate::webhook::header::{HeaderLine, HeaderName, HeaderValue};
use crate::webhook::{Settings, StoredHeader};

/// The row's headers, and where the values of the secret ones come from.
type Lines = (Vec<StoredHeader>, Vec<(HeaderName, Part)>);

const POINTER: &str = "/headers";
const FIELDS: &[&str] = &["name", "value", "secret"];
pub(super) const TOO_LARGE: &str = "The names and values of all headers together must be at most 16 KiB.";

pub(super) fn read(given: Given<'_>, current: Option<&Settings>, faults: &mut Faults) -> Option<Lines> {
    let stored = current.map(|settings| settings.headers.as_slice()).unwrap_or_default();
    let node = match given {
        Given::Absent => {
            let secret = stored.iter().filter(|line| line.secret());
            return Some((stored.to_vec(), secret.map(|line| (line.name.clone(), Part::Keep)).collect()));
        }
        Given::Null => return Some((Vec::new(), Vec::new())),
        Given::Value(node) => node,
    };
    let list = body::list(node, POINTER, faults)?;
    if list.len() > StoredHeader::MAX_COUNT {
        faults.add(POINTER, FaultCode::InvalidHeader, "A webhook has at most 20 additional headers.");
    }
    let mut names = HashSet::new();
    let read: Vec<_> = list
        .iter()
        .enumerate()
        .map(|(place, entry)| line(entry, &pointer_to(POINTER, place), stored, &mut names, faults))
        .collect();
    let lines: Vec<HeaderLine> = read.into_iter().flatten().collect();
    if lines.iter().map(bytes_of).sum::<usize>() > StoredHeader::MAX_TOTAL_BYTES {
        faults.add(POINTER, FaultCode::InvalidHeader, TOO_LARGE);
    }
    Some(split(lines))
}

/// The pointers of the entries that keep a stored secret value.
pub(super) fn kept(node: &Node, current: &Settings) -> Vec<String> {
    let is_kept = |entry: &Node| {
        let member = |name| entry.as_object()?.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let name = member("name").and_then(Node::as_text).and_then(|name| HeaderName::parse(name).ok());
        member("value").is_none()
            && member("secret").and_then(Node::as_bool) == Some(true)
            && name.is_some_and(|name| has_secret(&current.headers, &name))
    };
    let entries = node.as_list().unwrap_or_default().iter().enumerate();
    entries.filter(|(_, entry)| is_kept(entry)).map(|(place, _)| pointer_to(POINTER, place)).collect()
}

fn line(
    node: &Node,
    pointer: &str,
    stored: &[StoredHeader],
    names: &mut HashSet<HeaderName>,
    faults: &mut Faults,
) -> Option<HeaderLine> {
    let fields = body::open_entry(node, pointer, FIELDS, faults)?;
    let name = read_name(&fields, &pointer_to(pointer, "name"), names, faults);
    let secret = read_flag(&fields, &pointer_to(pointer, "secret"), faults);
    let value = match fields.get("value").within_list() {
        None => None,
        Some(node) => Some(read_value(node, &pointer_to(pointer, "value"), faults)?),
    };
    let (name, flag) = (name?, secret?);
    if value.is_none() {
        require_stored(&name, flag, pointer, stored, faults)?;
    }
    let secret = match flag {
        Flag::Secret => true,
        Flag::Plain => false,
        Flag::ByName => name.sounds_secret(),
    };
    Some(HeaderLine { name, value, secret })
}

fn read_name(
    fields: &Fields<'_>,
    pointer: &str,
    names: &mut HashSet<HeaderName>,
    faults: &mut Faults,
) -> Option<HeaderName> {
    let Some(node) = fields.get("name").within_list() else {
        faults.add(pointer, FaultCode::InvalidHeader, "A header needs a name.");
        return None;
    };
    let name = HeaderName::parse(body::text(node, pointer, faults)?)
        .map_err(|fault| faults.add(pointer, fault.code(), fault))
        .ok()?;
    if !names.insert(name.clone()) {
        faults.add(pointer, FaultCode::InvalidHeader, "The header stands in the list twice.");
        return None;
    }
    Some(name)
}

fn read_value(node: &Node, pointer: &str, faults: &mut Faults) -> Option<HeaderValue> {
    HeaderValue::parse(body::text(node, pointer, faults)?)
        .map_err(|fault| faults.add(pointer, FaultCode::InvalidHeader, fault))
        .ok()
}

/// What the write says about a header's secrecy.
#[derive(Clone, Copy)]
enum Flag {
    Secret,
    Plain,
    ByName,
}

fn read_flag(fields: &Fields<'_>, pointer: &str, faults: &mut Faults) -> Option<Flag> {
    match fields.get("secret").within_list() {
        None => Some(Flag::ByName),
        Some(node) => {
            body::truth(node, pointer, faults).map(|secret| if secret { Flag::Secret } else { Flag::Plain })
        }
    }
}

/// A line without a value must be one that keeps a stored secret.
fn require_stored(
    name: &HeaderName,
    flag: Flag,
    pointer: &str,
    stored: &[StoredHeader],
    faults: &mut Faults,
) -> Option<()> {
    match (flag, has_secret(stored, name)) {
        (Flag::Secret, true) => Some(()),
        (Flag::Secret, false) => {
            let detail = "The webhook has no secret header of this name whose value could be kept.";
            faults.add(pointer, FaultCode::InvalidHeader, detail);
            None
        }
        (Flag::Plain, true) => {
            let detail = "A secret header becomes a plain one only with its value given anew.";
            faults.add(pointer, FaultCode::InvalidHeader, detail);
            None
        }
        (Flag::Plain | Flag::ByName, _) => {
            let detail = "A header needs a value, unless \"secret\": true keeps the stored one.";
            faults.add(pointer_to(pointer, "value"), FaultCode::InvalidHeader, detail);
            None
        }
    }
}

fn has_secret(stored: &[StoredHeader], name: &HeaderName) -> bool {
    stored.iter().any(|line| line.secret() && line.name == *name)
}

fn bytes_of(line: &HeaderLine) -> usize {
    line.name.as_str().len() + line.value.as_ref().map_or(0, |value| value.expose().len())
}

fn split(lines: Vec<HeaderLine>) -> Lines {
    let (mut row, mut parts) = (Vec::new(), Vec::new());
    for HeaderLine { name, value, secret } in lines {
        if secret {
            let part = value.map_or(Part::Keep, |value| Part::New(value.into_secret()));
            parts.push((name.clone(), part));
            row.push(StoredHeader { name, value: None });
        } else {
            row.push(StoredHeader { name, value: value.map(|value| value.expose().to_owned()) });
        }
    }
    (row, parts)
}
