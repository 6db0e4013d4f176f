//! The page in which the popup ends: what happened, in one sentence. It closes
//! itself, and nothing in it comes from outside but names, as text.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ids::WebhookId;
use domain::installation::InstallError;
use domain::ports::{BundleError, PortError};
use domain::webhook::slack::SlackTarget;

use crate::Api;

/// An installation that went well.
pub(crate) struct Connected {
    /// The webhook, new or renewed.
    pub(crate) webhook: WebhookId,
    /// The tenant's Jira, if it is known.
    pub(crate) site: Option<String>,
    /// Where its events go.
    pub(crate) target: SlackTarget,
}

/// What the popup shows in the end.
pub(crate) struct EndPage {
    status: StatusCode,
    heading: String,
    sentence: String,
}

const NOT_CONNECTED: &str = "Slack was not connected";
/// How long the page stays: good news needs a glance, bad news is read.
const GLANCE_MS: u32 = 3_000;
const READ_MS: u32 = 30_000;

impl EndPage {
    /// It names both ends, so that a person notices when one of them is not theirs.
    pub(crate) fn connected(connected: &Connected) -> Self {
        let SlackTarget { team, channel, .. } = &connected.target;
        let site = connected.site.as_deref().map_or("your Jira site", host_of);
        let sentence = format!("Audit events of {site} go to {} ({}).", channel.name, team.name);
        Self { status: StatusCode::OK, heading: "Slack is connected".to_owned(), sentence }
    }

    /// It went wrong, for this reason. The site is named once it is its own admin's browser that asks.
    pub(crate) fn failed(error: InstallError, site: Option<&str>) -> Self {
        let heading = match site {
            Some(site) => format!("{NOT_CONNECTED} to {}", host_of(site)),
            None => NOT_CONNECTED.to_owned(),
        };
        Self { status: StatusCode::BAD_REQUEST, heading, sentence: error.sentence().to_owned() }
    }

    /// The ticket is none, was used, or is too old.
    pub(crate) fn spent_ticket() -> Self {
        let sentence = "This link works once and for 10 minutes: begin again on the page that opened it.";
        Self { status: StatusCode::GONE, heading: NOT_CONNECTED.to_owned(), sentence: sentence.to_owned() }
    }

    /// Something failed on our side, which is logged here.
    pub(crate) fn broken(fault: &BundleError) -> Self {
        let (status, sentence) = match fault {
            BundleError::Unavailable(PortError::Throttled { .. }) => {
                tracing::warn!(%fault, "installation put off");
                (StatusCode::SERVICE_UNAVAILABLE, "Too much is being asked at the moment: begin again.")
            }
            BundleError::Unavailable(PortError::Failed(_)) | BundleError::Missing => {
                tracing::error!(%fault, "installation failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "Something failed on our side: begin again.")
            }
        };
        Self { status, heading: NOT_CONNECTED.to_owned(), sentence: sentence.to_owned() }
    }

    /// The response.
    pub(crate) fn respond(&self, api: &Api) -> Response {
        let nonce = STANDARD.encode(api.ports.dice.roll().to_be_bytes());
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'"
        );
        let mut response = (self.status, self.html(&nonce)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        // Base64 always makes a header value.
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }

    fn html(&self, nonce: &str) -> String {
        let stays = if self.status == StatusCode::OK { GLANCE_MS } else { READ_MS };
        TEMPLATE
            .replace("{nonce}", nonce)
            .replace("{stays}", &stays.to_string())
            .replace("{heading}", &escaped(&self.heading))
            // Last, so that no name is taken for a place of the template.
            .replace("{sentence}", &escaped(&self.sentence))
    }
}

const TEMPLATE: &str = include_str!("end.html");

/// A site is an https origin.
fn host_of(site: &str) -> &str {
    site.strip_prefix("https://").unwrap_or(site)
}

/// As text of an element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
