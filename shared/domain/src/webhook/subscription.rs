//! Which events a webhook is sent.

use serde::{Deserialize, Serialize, Serializer};

use crate::catalogue;
use crate::ids::{BadId, EventTypeId};

/// All event types, those added later too, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub enum Subscription {
    /// Every event; written `["*"]`.
    All,
    /// Events of these types.
    Types(Vec<EventTypeId>),
}

/// What is wrong with a list of event types, and at which place of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionFault {
    /// The entry's index; the whole list when there is none.
    pub place: Option<usize>,
    /// The broken rule.
    pub cause: SubscriptionCause,
}

/// Why a list of event types is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionCause {
    /// The list is empty.
    #[error("Choose at least one event type, or \"*\" for all.")]
    Empty,
    /// The entry is not in the catalogue.
    #[error("The event type must be one of the catalogue.")]
    Unknown,
    /// The entry stands in the list twice.
    #[error("The event type must stand in the list only once.")]
    Duplicate,
    /// `"*"` stands beside others.
    #[error("\"*\" means all event types and must stand alone.")]
    StarNotAlone,
}

const STAR: &str = "*";

impl Subscription {
    /// Reads a list that an admin gave.
    ///
    /// # Errors
    /// Every [`SubscriptionFault`] of it, in the order of the entries.
    pub fn parse(entries: &[&str]) -> Result<Self, Vec<SubscriptionFault>> {
        if entries == [STAR] {
            return Ok(Self::All);
        }
        let mut faults = Vec::new();
        if entries.is_empty() {
            faults.push(SubscriptionFault { place: None, cause: SubscriptionCause::Empty });
        }
        let mut seen = std::collections::HashSet::new();
        let mut types = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            match read_entry(entry, seen.insert(*entry)) {
                Ok(event_type) => types.push(event_type),
                Err(cause) => faults.push(SubscriptionFault { place: Some(place), cause }),
            }
        }
        if faults.is_empty() { Ok(Self::Types(types)) } else { Err(faults) }
    }

    /// Whether an event of this type is sent.
    pub fn wants(&self, event_type: &EventTypeId) -> bool {
        match self {
            Self::All => true,
            Self::Types(types) => types.contains(event_type),
        }
    }
}

fn read_entry(entry: &str, is_new: bool) -> Result<EventTypeId, SubscriptionCause> {
    if !is_new {
        return Err(SubscriptionCause::Duplicate);
    }
    if entry == STAR {
        return Err(SubscriptionCause::StarNotAlone);
    }
    match (catalogue::find(entry), EventTypeId::parse(entry)) {
        (Some(_), Ok(event_type)) => Ok(event_type),
        (None, _) | (_, Err(_)) => Err(SubscriptionCause::Unknown),
    }
}

/// Reads a stored list. A type that has left the catalogue since is kept: it
/// must not make the webhook unreadable.
impl TryFrom<Vec<String>> for Subscription {
    type Error = BadId;
    fn try_from(entries: Vec<String>) -> Result<Self, BadId> {
        if entries == [STAR] {
            return Ok(Self::All);
        }
        entries.into_iter().map(EventTypeId::try_from).collect::<Result<_, _>>().map(Self::Types)
    }
}

impl Serialize for Subscription {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => [STAR].serialize(serializer),
            Self::Types(types) => types.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(entries: &[&str]) -> Vec<(Option<usize>, SubscriptionCause)> {
        let faults = Subscription::parse(entries).unwrap_err();
        faults.into_iter().map(|fault| (fault.place, fault.cause)).collect()
    }

    #[test]
    fn a_webhook_wants_what_it_chose() {
        let (scan, other) = ("project_scan.finished", EventTypeId::parse("made.up").unwrap());
        let some = Subscription::parse(&[scan]).unwrap();
        assert!(some.wants(&EventTypeId::parse(scan).unwrap()) && !some.wants(&other));
        assert!(Subscription::parse(&["*"]).unwrap().wants(&other));
    }

    #[test]
    fn every_bad_entry_is_named() {
        use SubscriptionCause::{Duplicate, Empty, StarNotAlone, Unknown};
        assert_eq!(causes(&[]), [(None, Empty)]);
        assert_eq!(
            causes(&["findings.exported", "*", "findings.exported", "webhook.test", "", "A"]),
            [
                (Some(1), StarNotAlone),
                (Some(2), Duplicate),
                (Some(3), Unknown),
                (Some(4), Unknown),
                (Some(5), Unknown)
            ]
        );
        assert_eq!(causes(&["*", "*"]), [(Some(0), StarNotAlone), (Some(1), Duplicate)]);
    }

    #[test]
    fn a_stored_list_reads_back_even_when_a_type_left_the_catalogue() {
        for json in [r#"["*"]"#, r#"["findings.exported","left.it"]"#] {
            let read: Subscription = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }
    }
}
