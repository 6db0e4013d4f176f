//! An installation into Slack: from the click in the page to the webhook, or to
//! the reason why there is none.
//!
//! Two one-use secrets lead through it. A *ticket* lets a popup, which has no
//! token, begin; a *state* comes back from Slack and must find the browser that
//! took it there. Of both only hashes are kept ([`PassKey`]), and each is gone
//! when it is used ([`Pass`]). Tenant and admin come from what is kept, never
//! from the browser.

mod pass;
mod slack_errors;

use std::time::Duration;

pub use self::pass::{Fingerprint, PASS_KEPT, PASS_LIFE, Pass, PassKey, PassSecret};
pub use self::slack_errors::SlackOauthError;
use crate::ids::{InstallationId, TenantId, WebhookId};
use crate::time::Timestamp;

/// How long after its last pass has run out an installation may still end:
/// longer than the request that ends it can run.
const GRACE: Duration = Duration::from_secs(60);
/// What became of an installation can be asked for as long.
pub const INSTALLATION_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// An installation, as its admin may ask for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Installation {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub id: InstallationId,
    /// When its ticket or its state was issued, whichever came last.
    pub moved_at: Timestamp,
    /// How it ended, when it has.
    pub ended: Option<Ended>,
}

/// How an installation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstallError {
    /// The person pressed Cancel at Slack.
    AccessDenied,
    /// It took longer than [`PASS_LIFE`].
    Expired,
    /// Slack's answer came to another browser than the one that had asked.
    OtherBrowser,
    /// Slack's answer lacks what it must have.
    InvalidState,
    /// Slack did not answer in time, or not as Slack does.
    SlackUnreachable,
    /// What Slack gave is not the URL of a Slack webhook.
    UnexpectedUrl,
    /// The tenant may not have webhooks.
    LicenseRequired,
    /// The tenant has as many webhooks as it may.
    TooManyWebhooks,
    /// Slack says why.
    Slack(&'static SlackOauthError),
}

/// How an installation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this webhook, new or updated.
    Completed(WebhookId),
    /// With none.
    Failed(InstallError),
}

/// How an installation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The person is at it.
    Pending,
    /// It has ended.
    Ended(Ended),
}

impl Installation {
    /// How it stands: without an end it has expired when nobody can end it any more.
    pub fn progress(&self, now: Timestamp) -> Progress {
        match &self.ended {
            Some(ended) => Progress::Ended(ended.clone()),
            None if self.moved_at.plus(PASS_LIFE + GRACE) <= now => {
                Progress::Ended(Ended::Failed(InstallError::Expired))
            }
            None => Progress::Pending,
        }
    }
}

impl InstallError {
    const WITHOUT_SLACK: [Self; 8] = [
        Self::AccessDenied,
        Self::Expired,
        Self::OtherBrowser,
        Self::InvalidState,
        Self::SlackUnreachable,
        Self::UnexpectedUrl,
        Self::LicenseRequired,
        Self::TooManyWebhooks,
    ];

    /// The code as it stands in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::Expired => "expired",
            Self::OtherBrowser => "other_browser",
            Self::InvalidState => "invalid_state",
            Self::SlackUnreachable => "slack_unreachable",
            Self::UnexpectedUrl => "unexpected_url",
            Self::LicenseRequired => "license_required",
            Self::TooManyWebhooks => "too_many_webhooks",
            Self::Slack(error) => error.as_str(),
        }
    }

    /// Reads a code; one of Slack's that is not known any more stands for any other.
    pub fn parse(code: &str) -> Self {
        let known = Self::WITHOUT_SLACK.into_iter().find(|error| error.as_str() == code);
        let of_slack = code.strip_prefix("slack_").unwrap_or_default();
        known.unwrap_or_else(|| Self::Slack(SlackOauthError::read(of_slack)))
    }

    /// A sentence, for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::AccessDenied => "The installation was canceled at Slack.",
            Self::Expired => "More than 10 minutes have passed since it was begun: begin again.",
            Self::OtherBrowser => {
                "It was begun in another browser, or this browser refuses cookies: begin again in this one."
            }
            Self::InvalidState => {
                "Slack's answer belongs to no installation that was begun here: begin again."
            }
            Self::SlackUnreachable => "Slack does not answer at the moment: try again in a few minutes.",
            Self::UnexpectedUrl => {
                "What Slack gave is not the address of a Slack channel, so it was not used."
            }
            Self::LicenseRequired => {
                "Webhook integration is an advanced feature: ask your administrator about a license upgrade."
            }
            Self::TooManyWebhooks => "There are 50 webhooks already: delete one, then begin again.",
            Self::Slack(error) => error.sentence(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_that_nobody_can_end_any_more_has_expired() {
        let moved_at = Timestamp::from_millis(0);
        let mut installation = Installation {
            tenant: TenantId::parse("acme").unwrap(),
            id: InstallationId::new(moved_at, 1),
            moved_at,
            ended: None,
        };
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        assert_eq!(installation.progress(at(659)), Progress::Pending);
        let expired = Progress::Ended(Ended::Failed(InstallError::Expired));
        assert_eq!(installation.progress(at(660)), expired);
        let completed = Ended::Completed(WebhookId::new(moved_at, 1));
        installation.ended = Some(completed.clone());
        assert_eq!(installation.progress(at(9_999)), Progress::Ended(completed));
    }

    #[test]
    fn every_error_reads_back_by_its_code_and_has_a_sentence_of_its_own() {
        let slack = SlackOauthError::DOCUMENTED.iter().map(InstallError::Slack);
        let all: Vec<_> = InstallError::WITHOUT_SLACK.into_iter().chain(slack).collect();
        for error in &all {
            assert_eq!(InstallError::parse(error.as_str()), *error);
            assert!(error.sentence().ends_with('.'), "{}", error.sentence());
        }
        let sentences: std::collections::HashSet<_> = all.iter().map(|error| error.sentence()).collect();
        assert_eq!(sentences.len(), all.len());
        for unknown in ["slack_<script>", "made_up", ""] {
            assert_eq!(InstallError::parse(unknown).as_str(), "slack_unknown_error");
        }
    }
}
