//! `signingSecrets` in a write: the whole new list, of which each entry keeps
//! a stored secret by its id or adds one by its value.

use std::collections::HashSet;

use super::Reading;
use super::body::{self, Given};
use super::plan::Part;
use crate::fault::{FaultCode, Faults, pointer_to};
use crate::ids::SigningSecretId;
use crate::json::Node;
use crate::webhook::Settings;
use crate::webhook::signing_secret::{SigningSecret, SigningSecretValue};

/// What is shown of a secret, and where its value comes from.
type Line = (SigningSecret, (SigningSecretId, Part));

const POINTER: &str = "/signingSecrets";

pub(super) fn read(
    given: Given<'_>,
    current: Option<&Settings>,
    reading: Reading<'_>,
    faults: &mut Faults,
) -> Option<Vec<Line>> {
    let stored = current.map(|settings| settings.signing_secrets.as_slice()).unwrap_or_default();
    let node = match given {
        Given::Absent => return Some(stored.iter().cloned().map(keep).collect()),
        Given::Null => return Some(Vec::new()),
        Given::Value(node) => node,
    };
    let list = body::list(node, POINTER, faults)?;
    if list.len() > SigningSecret::MAX_COUNT {
        faults.add(POINTER, FaultCode::TooManySecrets, "A webhook has at most 10 signing secrets.");
    }
    let mut reader = Reader { stored, reading, seen: HashSet::new() };
    let lines: Vec<_> = list
        .iter()
        .enumerate()
        .map(|(place, entry)| reader.entry(entry, &pointer_to(POINTER, place), faults))
        .collect();
    lines.into_iter().collect()
}

struct Reader<'a, 'r, 'n> {
    stored: &'a [SigningSecret],
    reading: Reading<'r>,
    /// Ids and new values; which is which never matters, since an id is no
    /// value that anybody would choose, and refusing that one is no loss.
    seen: HashSet<&'n str>,
}

impl<'n> Reader<'_, '_, 'n> {
    fn entry(&mut self, node: &'n Node, pointer: &str, faults: &mut Faults) -> Option<Line> {
        let fields = body::open_entry(node, pointer, &["id", "value"], faults)?;
        match (fields.get("id").within_list(), fields.get("value").within_list()) {
            (Some(id), None) => self.kept(id, &pointer_to(pointer, "id"), faults),
            (None, Some(value)) => self.added(value, &pointer_to(pointer, "value"), faults),
            (None, None) | (Some(_), Some(_)) => {
                let detail =
                    "A signing secret is given either by its id, to keep it, or by its value, to add it.";
                faults.add(pointer, FaultCode::InvalidSecret, detail);
                None
            }
        }
    }

    fn kept(&mut self, node: &'n Node, pointer: &str, faults: &mut Faults) -> Option<Line> {
        let id = body::text(node, pointer, faults)?;
        let Some(known) = self.stored.iter().find(|secret| secret.id.as_str() == id) else {
            faults.add(pointer, FaultCode::InvalidSecret, "The webhook has no signing secret of this id.");
            return None;
        };
        self.once(id, pointer, faults).then(|| keep(known.clone()))
    }

    fn added(&mut self, node: &'n Node, pointer: &str, faults: &mut Faults) -> Option<Line> {
        let text = body::text(node, pointer, faults)?;
        let value = SigningSecretValue::parse(text)
            .map_err(|fault| faults.add(pointer, FaultCode::InvalidSecret, fault))
            .ok()?;
        if !self.once(text, pointer, faults) {
            return None;
        }
        let shown = SigningSecret::of((self.reading.new_id)(), &value, self.reading.now);
        let part = (shown.id.clone(), Part::New(value.into_secret()));
        Some((shown, part))
    }

    fn once(&mut self, text: &'n str, pointer: &str, faults: &mut Faults) -> bool {
        let is_new = self.seen.insert(text);
        if !is_new {
            faults.add(pointer, FaultCode::InvalidSecret, "The signing secret stands in the list twice.");
        }
        is_new
    }
}

fn keep(shown: SigningSecret) -> Line {
    let part = (shown.id.clone(), Part::Keep);
    (shown, part)
}
