//! A webhook as an admin sets it up: where to, which events, signed and
//! authorized with what.
//!
//! Each rule of a field is a type that can only be made by parsing, so that
//! settings which exist are settings that keep the rules. [`edit`] reads a
//! write into them and names everything that is wrong with it at once. Secret
//! values are not among the [`Settings`]: they are in the [`bundle::Bundle`].

pub mod authorization;
pub mod bundle;
pub mod display_name;
pub mod edit;
pub mod format;
pub mod header;
pub mod host;
pub mod signing_secret;
pub mod slack;
pub mod subscription;
pub mod url;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::display_name::DisplayName;
use self::format::Format;
use self::header::HeaderName;
use self::signing_secret::SigningSecret;
use self::slack::SlackTarget;
use self::subscription::Subscription;
use self::url::WebhookUrl;

/// What an admin has set, without secret values: what a row holds and an ETag versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The name for people.
    pub display_name: DisplayName,
    /// Where to.
    pub target: Target,
    /// Which events.
    pub event_types: Subscription,
    /// The body's shape.
    pub format: Format,
    /// What is shown of the signing secrets, in the order they sign.
    pub signing_secrets: Vec<SigningSecret>,
    /// The scheme of the authorization, if one is stored.
    pub authorization_scheme: Option<String>,
    /// The additional headers, in order.
    pub headers: Vec<StoredHeader>,
}

impl Settings {
    /// The most webhooks of one tenant.
    pub const MAX_PER_TENANT: usize = 50;
}

/// Where a webhook is sent to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// A URL that an admin gave.
    Custom {
        /// The URL.
        url: WebhookUrl,
    },
    /// A Slack channel; its URL is a credential and lies in the bundle.
    Slack(SlackTarget),
}

impl Target {
    /// The webhook's kind: `custom` or `slack`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Custom { .. } => "custom",
            Self::Slack(_) => "slack",
        }
    }

    /// How far apart its messages are kept; none when they need not be.
    pub const fn pace(&self) -> Option<Duration> {
        match self {
            Self::Custom { .. } => None,
            Self::Slack(_) => Some(SlackTarget::PACE),
        }
    }

    /// The channel of a Slack webhook.
    pub const fn slack(&self) -> Option<&SlackTarget> {
        match self {
            Self::Custom { .. } => None,
            Self::Slack(slack) => Some(slack),
        }
    }

    /// The URL of a custom webhook.
    pub const fn url(&self) -> Option<&WebhookUrl> {
        match self {
            Self::Custom { url } => Some(url),
            Self::Slack(_) => None,
        }
    }
}

/// An additional header as the row holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredHeader {
    /// Its name.
    pub name: HeaderName,
    /// Its value; none when it is secret and lies in the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl StoredHeader {
    /// The most of one webhook.
    pub const MAX_COUNT: usize = 20;
    /// The most that the names and values of one webhook take together, in bytes.
    pub const MAX_TOTAL_BYTES: usize = 16 * 1024;

    /// Whether the value is write-only and lies in the bundle.
    pub const fn secret(&self) -> bool {
        self.value.is_none()
    }
}
