//! Identifiers, each a type that can only be made by parsing or deriving. Clones
//! share the text.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::time::Timestamp;

/// The text is no identifier of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct BadId(&'static str);

/// Declares an identifier: a private text and one fallible constructor.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads the identifier.
            ///
            /// # Errors
            /// [`BadId`] when the text is none of this kind.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.into())) } else { Err(BadId($what)) }
            }

            /// The identifier's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::parse(&text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

id! {
    /// One Jira site: its Atlassian cloud id, 1 to 128 of `A-Za-z0-9._:-`.
    TenantId, "tenant id", is_outside_id
}
id! {
    /// One audit log entry's id, given by the Jira app: 1 to 128 of `A-Za-z0-9._:-`.
    EventId, "event id", is_outside_id
}
id! {
    /// A kind of event: 1 to 100 of `a-z0-9_.`, in the catalogue or not.
    EventTypeId, "event type", |text| (1..=100).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.'))
}
id! {
    /// A person: an Atlassian account id, 1 to 256 printable ASCII characters.
    AccountId, "account id", |text| (1..=256).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic())
}
id! {
    /// A webhook: `wh_` and a ULID, so that webhooks sort by their creation.
    WebhookId, "webhook id", |text| has_ulid(text, "wh_")
}
id! {
    /// A signing secret: `ss_` and a ULID.
    SigningSecretId, "signing secret id", |text| has_ulid(text, "ss_")
}
id! {
    /// A delivery: `dlv_` and a ULID (see [`DeliveryId::of`]).
    DeliveryId, "delivery id", |text| has_ulid(text, "dlv_")
}
id! {
    /// An installation into Slack: `si_` and a ULID.
    InstallationId, "installation id", |text| has_ulid(text, "si_")
}
id! {
    /// What an admin asked to be sent again: `rd_` and a ULID of that time.
    RedeliveryId, "redelivery id", |text| has_ulid(text, "rd_")
}
id! {
    /// Names one wake-up of one webhook; a new one is made each time.
    WakeToken, "wake-up token", |text| has_ulid(text, "wt_")
}

impl WebhookId {
    /// A new webhook's id; `random` comes from the dice.
    pub fn new(now: Timestamp, random: u128) -> Self {
        Self(prefixed_ulid("wh_", now, random))
    }
}

impl SigningSecretId {
    /// A new signing secret's id; `random` comes from the dice.
    pub fn new(now: Timestamp, random: u128) -> Self {
        Self(prefixed_ulid("ss_", now, random))
    }
}

impl InstallationId {
    /// A new installation's id; `random` comes from the dice.
    pub fn new(now: Timestamp, random: u128) -> Self {
        Self(prefixed_ulid("si_", now, random))
    }
}

impl RedeliveryId {
    /// A new redelivery's id; `random` comes from the dice.
    pub fn new(now: Timestamp, random: u128) -> Self {
        Self(prefixed_ulid("rd_", now, random))
    }
}

impl WakeToken {
    /// A new wake-up's token; `random` comes from the dice.
    pub fn new(now: Timestamp, random: u128) -> Self {
        Self(prefixed_ulid("wt_", now, random))
    }
}

impl EventId {
    /// The id of an event of our own (`webhook.created`, a test); `random` comes from the dice.
    pub fn new(now: Timestamp, random: u128) -> Self {
        Self(prefixed_ulid("", now, random))
    }
}

impl DeliveryId {
    /// The delivery of this event to this webhook. Its time is the event's and
    /// its rest follows from both ids, so it is the same over every attempt and
    /// every repeat, and sorts by the age of its event.
    pub fn of(event: &EventId, occurred_at: Timestamp, webhook: &WebhookId) -> Self {
        let mut hash = Sha256::new();
        hash.update(event.as_str());
        hash.update([0]);
        hash.update(webhook.as_str());
        let random = hash.finalize().iter().take(10).fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
        Self(prefixed_ulid("dlv_", occurred_at, random))
    }
}

impl DeliveryId {
    /// Sorts behind all deliveries of events that are older than `time`, and
    /// before all others.
    pub fn before_all_of(time: Timestamp) -> Self {
        // No id has an older time than this one: then it is the first of all.
        let random = if time <= Timestamp::from_millis(0) { 0 } else { u128::MAX };
        Self(prefixed_ulid("dlv_", time.minus(Duration::from_millis(1)), random))
    }
}

fn is_outside_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-'))
}

/// Crockford's Base32, the alphabet of a ULID (<https://github.com/ulid/spec>).
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 48 bits of time and 80 of randomness, 5 to a character.
const ULID_CHARS: usize = 26;

fn has_ulid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|ulid| {
        ulid.len() == ULID_CHARS
            && ulid.bytes().all(is_crockford)
            // 26 characters hold 130 bits: the first one is at most 7.
            && ulid.as_bytes().first().is_some_and(|b| *b <= b'7')
    })
}

/// Whether it is of [`CROCKFORD`]: digits and capitals, without I, L, O and U.
const fn is_crockford(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'L' | b'O' | b'U')
}

/// A time before 1970 or beyond 48 bits of milliseconds is moved to the nearest that fits.
fn prefixed_ulid(prefix: &str, time: Timestamp, random: u128) -> Arc<str> {
    const TIME_MAX: i64 = (1 << 48) - 1;
    let millis = u128::from(time.as_millis().clamp(0, TIME_MAX).unsigned_abs());
    let bits = millis << 80 | random & ((1 << 80) - 1);
    let mut text = String::with_capacity(prefix.len() + ULID_CHARS);
    text.push_str(prefix);
    for place in (0..ULID_CHARS).rev() {
        let digit = (bits >> (place * 5)) & 31;
        let char =
            usize::try_from(digit).ok().and_then(|digit| CROCKFORD.get(digit)).copied().unwrap_or(b'0');
        text.push(char::from(char));
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook() -> WebhookId {
        WebhookId::new(Timestamp::from_millis(1), 7)
    }

    #[test]
    fn a_ulid_has_the_spec_s_layout() {
        // The example of the ULID specification: this time part is 1469918176385 ms.
        let id = WebhookId::new(Timestamp::from_millis(1_469_918_176_385), 0);
        assert_eq!(id.as_str(), "wh_01ARYZ6S410000000000000000");
        let all = WebhookId::new(Timestamp::from_millis(i64::MAX), u128::MAX);
        assert_eq!(all.as_str(), "wh_7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    }

    #[test]
    fn a_delivery_keeps_its_id_and_sorts_by_the_age_of_its_event() {
        let event = EventId::parse("01J").unwrap();
        let (early, late) = (Timestamp::from_millis(5), Timestamp::from_millis(6));
        let id = DeliveryId::of(&event, early, &webhook());
        assert_eq!(id, DeliveryId::of(&event, early, &webhook()));
        assert!(id < DeliveryId::of(&event, late, &webhook()));
        assert_ne!(id, DeliveryId::of(&event, early, &WebhookId::new(early, 8)));
        assert_eq!(DeliveryId::parse(id.as_str()), Ok(id));
    }

    #[test]
    fn a_time_parts_the_deliveries_of_older_events_from_all_others() {
        let event = EventId::parse("01J").unwrap();
        let of = |millis| DeliveryId::of(&event, Timestamp::from_millis(millis), &webhook());
        let before = |millis| DeliveryId::before_all_of(Timestamp::from_millis(millis));
        assert!(of(4) < before(5) && before(5) < of(5));
        // Before 1970 no id knows its time.
        assert!(before(0) < of(0) && before(-1_000) < of(-1_000) && of(0) < before(1));
    }

    #[test]
    fn ids_from_outside_keep_to_their_alphabet() {
        for good in ["a", "01J", "A-Za-z0-9._:-", &"x".repeat(128)] {
            assert!(TenantId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "ä", "a\n", "a#b", &"x".repeat(129)] {
            assert_eq!(TenantId::parse(bad), Err(BadId("tenant id")), "{bad}");
            assert_eq!(EventId::parse(bad), Err(BadId("event id")), "{bad}");
        }
        assert!(EventTypeId::parse("project_scan.finished").is_ok());
        for bad in ["", "Project", "a-b", &"x".repeat(101)] {
            assert!(EventTypeId::parse(bad).is_err(), "{bad}");
        }
        for bad in [
            "wh_",
            "wh_8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "wh_01aryz6s410000000000000000",
            "ss_01ARYZ6S410000000000000000",
        ] {
            assert!(WebhookId::parse(bad).is_err(), "{bad}");
        }
    }
}
