//! The shape of the body that a receiver gets.

use serde::{Deserialize, Serialize};

/// A body format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// The event as one JSON object.
    Json,
    /// A Slack message; of Slack webhooks alone.
    Slack,
}

impl Format {
    /// What an admin can choose for a custom webhook. A new format is added here.
    pub const CUSTOM: &[Self] = &[Self::Json];

    /// The format that a custom webhook may choose by this name.
    pub fn of_custom(name: &str) -> Option<Self> {
        Self::CUSTOM.iter().copied().find(|format| format.as_str() == name)
    }

    /// The format's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Slack => "slack",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_has_one_name_everywhere() {
        for format in [Format::Json, Format::Slack] {
            assert_eq!(serde_json::to_value(format).unwrap(), format.as_str());
        }
    }

    #[test]
    fn a_custom_webhook_cannot_choose_slack() {
        assert_eq!(Format::of_custom("json"), Some(Format::Json));
        assert_eq!(["slack", "JSON", "", "cef"].map(Format::of_custom), [None; 4]);
    }
}
