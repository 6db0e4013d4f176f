//! A webhook's name for people.

use serde::{Deserialize, Serialize};

/// 1 to 100 characters without control characters, without spaces around them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

/// The text is no display name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The display name must be 1 to 100 characters after trimming, without control characters.")]
pub struct BadDisplayName;

impl DisplayName {
    /// The longest name in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 100;

    /// Reads a name; spaces around it are dropped.
    ///
    /// # Errors
    /// [`BadDisplayName`] when the rest breaks the rule.
    pub fn parse(text: &str) -> Result<Self, BadDisplayName> {
        let name = text.trim();
        let fits = (1..=Self::MAX_CHARS).contains(&name.chars().count());
        if fits && !name.chars().any(char::is_control) {
            Ok(Self(name.to_owned()))
        } else {
            Err(BadDisplayName)
        }
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DisplayName {
    type Error = BadDisplayName;
    fn try_from(text: String) -> Result<Self, BadDisplayName> {
        Self::parse(&text)
    }
}

impl From<DisplayName> for String {
    fn from(name: DisplayName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_counted_in_characters() {
        assert_eq!(DisplayName::parse("  Splunk prod\n").unwrap().as_str(), "Splunk prod");
        assert!(DisplayName::parse(&"ü".repeat(100)).is_ok());
        for wrong in ["", "  ", "a\tb", "a\u{0}", "a\u{85}b", "a\u{7f}b", &"x".repeat(101)] {
            assert_eq!(DisplayName::parse(wrong), Err(BadDisplayName), "{wrong:?}");
        }
    }
}
