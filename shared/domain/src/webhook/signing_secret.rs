//! The secrets that a webhook's requests are signed with.

use serde::{Deserialize, Serialize};

use crate::ids::SigningSecretId;
use crate::secret::SecretText;
use crate::time::Timestamp;

/// What is shown of a signing secret. Its value is in the bundle alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SigningSecret {
    /// Its id.
    pub id: SigningSecretId,
    /// Its first three characters, by which an admin tells it from others.
    pub hint: String,
    /// When it was added, in whole seconds.
    pub created_at: Timestamp,
}

/// A signing secret's value: 16 to 256 printable ASCII characters. The text
/// itself is the HMAC key, so it is neither trimmed nor decoded.
#[derive(Debug)]
pub struct SigningSecretValue(SecretText);

/// The text is no signing secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A signing secret must be 16 to 256 printable ASCII characters.")]
pub struct BadSigningSecret;

impl SigningSecret {
    /// The most of one webhook.
    pub const MAX_COUNT: usize = 10;

    /// What is shown of this value.
    pub fn of(id: SigningSecretId, value: &SigningSecretValue, now: Timestamp) -> Self {
        let hint = value.expose().chars().take(HINT_CHARS).collect();
        Self { id, hint, created_at: Timestamp::from_millis(now.as_seconds().saturating_mul(1_000)) }
    }
}

impl SigningSecretValue {
    /// Reads a value.
    ///
    /// # Errors
    /// [`BadSigningSecret`] when the text breaks the rule.
    pub fn parse(text: &str) -> Result<Self, BadSigningSecret> {
        let fits = (16..=256).contains(&text.len()) && text.bytes().all(|b| matches!(b, 0x20..=0x7e));
        if fits { Ok(Self(SecretText::new(text.to_owned()))) } else { Err(BadSigningSecret) }
    }

    /// The value's text.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The value, for the bundle.
    pub fn into_secret(self) -> SecretText {
        self.0
    }
}

const HINT_CHARS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_16_to_256_printable_ascii_characters() {
        for good in ["0123456789abcdef", "  spaces count  ", &"~".repeat(256)] {
            assert_eq!(SigningSecretValue::parse(good).unwrap().expose(), good);
        }
        for bad in ["", "0123456789abcde", "0123456789abcde\n", "0123456789abcdé", &"x".repeat(257)] {
            assert!(SigningSecretValue::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn three_characters_are_shown_and_whole_seconds() {
        let value = SigningSecretValue::parse("lb+hunter2hunter2").unwrap();
        let now = Timestamp::from_millis(1_763_912_400_999);
        let shown = SigningSecret::of(SigningSecretId::new(now, 1), &value, now);
        assert_eq!((shown.hint.as_str(), shown.created_at.as_millis()), ("lb+", 1_763_912_400_000));
        let json = serde_json::to_string(&shown).unwrap();
        assert_eq!(serde_json::from_str::<SigningSecret>(&json).unwrap(), shown);
        assert!(!format!("{value:?}{shown:?}{json}").contains("hunter2"));
    }
}
