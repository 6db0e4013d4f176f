//! A tenant: one Jira site, its licence, and what became of it.

use serde::{Deserialize, Serialize};

use crate::ids::InstallationId;
use crate::row::WebhookRow;
use crate::time::Timestamp;

/// Which edition of the app a tenant has. Webhooks come with the advanced one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Edition {
    /// Without webhooks.
    Standard,
    /// With webhooks.
    Advanced,
}

/// What the messages of the Jira app have said about a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenant {
    /// No message has named it yet: it has the default edition.
    Unnamed,
    /// Installed.
    Installed {
        /// Its licence.
        edition: Edition,
        /// Where its Jira is, an https origin.
        site_url: String,
        /// When the app last said so: an older word is ignored.
        updated_at: Timestamp,
    },
    /// Uninstalled: reads are empty, writes refused, older messages ignored.
    Removed {
        /// When the app said so.
        updated_at: Timestamp,
    },
}

/// A tenant's last removal, known also when it has been installed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// When the app said so: which removal it is.
    pub updated_at: Timestamp,
    /// When it was recorded, by our own clock.
    pub recorded_at: Timestamp,
}

impl Removal {
    /// Whether it took this webhook: the row may still be there, and is as good as gone.
    pub fn took(&self, row: &WebhookRow) -> bool {
        row.created.at <= self.recorded_at
    }

    /// Whether it took this installation into Slack, which was begun by then.
    pub fn took_installation(&self, id: &InstallationId) -> bool {
        *id <= InstallationId::new(self.recorded_at, u128::MAX)
    }

    /// Whether this is the removal that a message speaks of.
    pub fn is(&self, said: &Tenant) -> bool {
        matches!(said, Tenant::Removed { updated_at } if *updated_at == self.updated_at)
    }
}

impl Tenant {
    /// The edition in force; a removed tenant has none of the advanced features.
    pub fn edition(&self, default: Edition) -> Edition {
        match self {
            Self::Unnamed => default,
            Self::Installed { edition, .. } => *edition,
            Self::Removed { .. } => Edition::Standard,
        }
    }

    /// Whether webhooks may be written and events are sent.
    pub fn is_licensed(&self, default: Edition) -> bool {
        self.edition(default) == Edition::Advanced
    }

    /// Where its Jira is, when a message has said so.
    pub fn site_url(&self) -> Option<&str> {
        match self {
            Self::Installed { site_url, .. } => Some(site_url),
            Self::Unnamed | Self::Removed { .. } => None,
        }
    }

    /// When the app last spoke of this tenant.
    pub fn updated_at(&self) -> Option<Timestamp> {
        match self {
            Self::Unnamed => None,
            Self::Installed { updated_at, .. } | Self::Removed { updated_at } => Some(*updated_at),
        }
    }
}
