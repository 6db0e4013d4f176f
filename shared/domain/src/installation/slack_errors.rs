//! What Slack says when it does not hand out a webhook: the documented errors
//! of `oauth.v2.access` (<https://docs.slack.dev/reference/methods/oauth.v2.access#errors>)
//! and those that come back from its authorize page, each in a sentence.

/// A documented error of Slack's. What is not documented is one of them too,
/// `slack_unknown_error`: nothing that came over the wire is passed on.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct SlackOauthError {
    code: &'static str,
    sentence: &'static str,
}

impl SlackOauthError {
    /// An answer that says that all is well and lacks the workspace or the channel.
    pub const INCOMPLETE: Self = Self {
        code: "slack_incomplete_answer",
        sentence: "Slack did not say which channel was chosen: begin again.",
    };
    /// Any that is not documented.
    pub const UNKNOWN: Self = Self {
        code: "slack_unknown_error",
        sentence: "Slack refuses the installation without a reason that is known here: try again later.",
    };

    /// The error of this code of Slack's.
    pub fn read(said: &str) -> &'static Self {
        let mut all = Self::DOCUMENTED.iter().chain([&Self::INCOMPLETE]);
        let found = all.find(|error| error.code.strip_prefix("slack_") == Some(said));
        found.unwrap_or(&Self::UNKNOWN)
    }

    /// The code as it stands in the API: `slack_` and Slack's own.
    pub const fn as_str(&self) -> &'static str {
        self.code
    }

    /// A sentence, for people.
    pub const fn sentence(&self) -> &'static str {
        self.sentence
    }

    /// Whether our own registration at Slack is at fault, so that an operator has to mend it.
    pub fn is_ours(&self) -> bool {
        self.sentence.starts_with(OURS)
    }
}

/// How sentences begin which only an operator can do something about.
const OURS: &str = "This service is not set up as Slack wants it";

macro_rules! errors {
    (ours { $($ours:literal),+ $(,)? } said { $($code:literal = $sentence:literal),+ $(,)? }) => {
        impl SlackOauthError {
            /// All documented ones.
            pub const DOCUMENTED: &'static [Self] = &[
                $(Self {
                    code: concat!("slack_", $ours),
                    sentence: concat!(
                        "This service is not set up as Slack wants it (", $ours, "): tell those who operate it."
                    ),
                },)+
                $(Self { code: concat!("slack_", $code), sentence: $sentence },)+
            ];
        }
    };
}

errors! {
    ours {
        "bad_client_secret",
        "bad_redirect_uri",
        "deprecated_endpoint",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_auth",
        "invalid_charset",
        "invalid_client_id",
        "invalid_form_data",
        "invalid_grant_type",
        "invalid_post_type",
        "invalid_refresh_token",
        "invalid_scope",
        "method_deprecated",
        "missing_charset",
        "missing_post_type",
        "missing_scope",
        "no_scopes",
        "not_allowed_token_type",
        "not_authed",
        "oauth_authorization_url_mismatch",
        "superfluous_charset",
        "token_expired",
        "token_revoked",
    }
    said {
        "access_denied" = "Slack denies access to this workspace: ask its administrator.",
        "accesslimited" = "Slack limits access from this network: try again later.",
        "account_inactive" = "Your account in this workspace is not active: sign in to Slack with another one.",
        "cannot_install_an_org_installed_app" =
            "The app is installed for the whole organization and cannot be added to a single workspace: ask the organization's administrator.",
        "code_already_used" = "Slack's code was used before: begin again.",
        "ekm_access_denied" = "Administrators have suspended posting in this workspace: ask them.",
        "enterprise_is_restricted" = "Slack does not allow this for a whole organization: choose a single workspace.",
        "fatal_error" = "Slack has a grave problem at the moment: try again later.",
        "internal_error" = "Slack has a problem at the moment: try again in a few minutes.",
        "invalid_code" = "Slack's code is not valid any more: begin again.",
        "invalid_team_for_non_distributed_app" =
            "The app cannot be added to this workspace, since it is not distributed publicly: tell those who operate this service.",
        "no_permission" = "You may not add apps to this workspace: ask its administrator.",
        "org_login_required" = "The workspace is moving to another organization at the moment: try again when that is done.",
        "preview_feature_not_available" = "Slack does not offer this in the workspace yet.",
        "ratelimited" = "Too many installations at the moment: try again in a minute.",
        "request_timeout" = "Slack did not receive the whole request: try again.",
        "service_unavailable" = "Slack is not available at the moment: try again in a few minutes.",
        "team_access_not_granted" = "The app may not be added to this workspace: ask the organization's administrator.",
        "team_added_to_org" = "The workspace is joining an organization at the moment: try again when that is done.",
        "two_factor_setup_required" = "The workspace asks for two-factor authentication: set it up at Slack, then begin again.",
        "user_email_unverified" = "Your e-mail address is not verified at Slack: verify it, then begin again.",
    }
}
