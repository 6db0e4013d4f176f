//! Slack as a webhook's target: what is shown of it, and the URL that is not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::display_name::DisplayName;
use crate::secret::SecretText;

/// What is shown of a Slack installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlackTarget {
    /// The workspace.
    pub team: SlackName,
    /// The channel.
    pub channel: SlackName,
    /// Where the installation is configured at Slack.
    pub configuration_url: String,
}

/// A team or channel of Slack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlackName {
    /// Its id at Slack.
    pub id: String,
    /// Its name at the time of the installation.
    pub name: String,
}

impl SlackTarget {
    /// About one message a second may be posted to one webhook
    /// (<https://docs.slack.dev/apis/web-api/rate-limits>).
    pub const PACE: Duration = Duration::from_secs(1);

    /// Whether both are the same channel of the same workspace.
    pub fn is_same_channel(&self, other: &Self) -> bool {
        self.channel_key() == other.channel_key()
    }

    /// Names the channel within a tenant: of a tenant's webhooks, one posts to it.
    pub fn channel_key(&self) -> String {
        format!("{}/{}", self.team.id, self.channel.id)
    }

    /// The name that a new webhook has: `#channel (workspace)`, as far as it fits.
    pub fn display_name(&self) -> Option<DisplayName> {
        let whole = format!("{} ({})", self.channel.name, self.team.name);
        let clipped: String = whole.chars().take(DisplayName::MAX_CHARS).collect();
        DisplayName::parse(&clipped).ok()
    }
}

impl SlackName {
    /// The longest id and the longest name, in characters.
    const MAX_CHARS: usize = 255;

    /// A name as Slack gave it, if the id is one and the name can be shown:
    /// control characters are dropped, and what is too long is cut.
    pub fn read(id: &str, name: &str) -> Option<Self> {
        let is_id =
            (1..=Self::MAX_CHARS).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        let name: String = name.chars().filter(|char| !char.is_control()).take(Self::MAX_CHARS).collect();
        let name = name.trim();
        (is_id && !name.is_empty()).then(|| Self { id: id.to_owned(), name: name.to_owned() })
    }
}

/// The URL of an incoming webhook. Who has it can post, so it is a secret.
#[derive(Debug)]
pub struct SlackUrl(SecretText);

/// The text is no URL of a Slack webhook. It says no more: it could repeat a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the URL of a Slack webhook")]
pub struct NotASlackUrl;

impl SlackUrl {
    /// What every such URL begins with.
    const START: &str = "https://hooks.slack.com/services/";
    /// They have some 80 characters.
    const MAX_CHARS: usize = 255;

    /// Takes a URL: [`Self::START`], then letters, digits, `-` and `_` in parts
    /// between single slashes. Nothing that a URL parser could read as another
    /// host, path, query or fragment passes.
    ///
    /// # Errors
    /// [`NotASlackUrl`] for anything else.
    pub fn parse(text: SecretText) -> Result<Self, NotASlackUrl> {
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        };
        let rest = text.expose().strip_prefix(Self::START).ok_or(NotASlackUrl)?;
        let is_one = text.expose().len() <= Self::MAX_CHARS && rest.split('/').all(is_part);
        if is_one { Ok(Self(text)) } else { Err(NotASlackUrl) }
    }

    /// A second copy, made on purpose: a write that lost a race is made anew.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.duplicate())
    }

    /// Its text, for the request to Slack and for the bundle.
    pub const fn secret(&self) -> &SecretText {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<SlackUrl, NotASlackUrl> {
        SlackUrl::parse(SecretText::new(text.to_owned()))
    }

    #[test]
    fn a_slack_url_is_of_slack_s_hooks_and_does_not_print_itself() {
        let text = "https://hooks.slack.com/services/T0ACME/B0HOOK/x9Yz-_";
        let parsed = url(text).unwrap();
        assert_eq!(parsed.secret().expose(), text);
        assert!(!format!("{parsed:?}").contains("x9Yz"));
        for wrong in [
            "",
            "http://hooks.slack.com/services/T/B/x",
            "HTTPS://hooks.slack.com/services/T/B/x",
            "https://hooks.slack.com.evil.example/services/T/B/x",
            "https://hooks.slack.com@evil.example/services/T/B/x",
            "https://evil.example/https://hooks.slack.com/services/T/B/x",
            "https://hooks.slack.com:8443/services/T/B/x",
            "https://hooks.slack.com/services/",
            "https://hooks.slack.com/services//x",
            "https://hooks.slack.com/services/T/B/",
            "https://hooks.slack.com/services/../admin",
            "https://hooks.slack.com/services/T/%2e%2e/x",
            "https://hooks.slack.com/services/T/B/x?y",
            "https://hooks.slack.com/services/T/B/x#y",
            "https://hooks.slack.com/services/T\\B",
            "https://hooks.slack.com/services/T/B/x\r\nX-Y: z",
            " https://hooks.slack.com/services/T/B/x",
            "https://hooks.slack.com/workflows/T/B/x",
            &format!("https://hooks.slack.com/services/{}", "x".repeat(255)),
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_new_webhook_is_called_by_its_channel_and_workspace() {
        let target = |channel: &str, team: &str| SlackTarget {
            team: SlackName::read("T1", team).unwrap(),
            channel: SlackName::read("C1", channel).unwrap(),
            configuration_url: String::new(),
        };
        assert_eq!(target("#audit", "Acme").display_name().unwrap().as_str(), "#audit (Acme)");
        assert_eq!(target("#au\u{0}dit\n", " A\tcme ").display_name().unwrap().as_str(), "#audit (Acme)");
        let long = target(&"ü".repeat(300), "Acme").display_name().unwrap();
        assert_eq!(long.as_str(), "ü".repeat(100));
        for (id, name) in [("", "x"), ("C 1", "x"), ("C/1", "x"), ("C1", ""), ("C1", "\u{7f}"), ("ü", "x")] {
            assert_eq!(SlackName::read(id, name), None, "{id} {name}");
        }
    }
}
