//! The code that Slack sent becomes a webhook's URL, one request from function to Slack.

use std::time::Duration;

use domain::installation::{InstallError, SlackOauthError};
use domain::ports::{BundleError, SlackAppAccount};
use domain::secret::SecretText;
use domain::webhook::slack::{SlackName, SlackTarget, SlackUrl};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::Slack;
use crate::outbound::Outbound;

/// From connecting to the last byte. The function has 29 s.
const DEADLINE: Duration = Duration::from_secs(10);
/// An answer has about 1 KiB.
const MAX_BYTES: usize = 64 * 1024;

/// What Slack has granted.
pub(super) struct Granted {
    /// Where to.
    pub(super) target: SlackTarget,
    /// The credential.
    pub(super) url: SlackUrl,
}

/// Why there is nothing.
pub(super) enum NotGranted {
    /// Slack, or what it gave.
    Refused(InstallError),
    /// The app's account cannot be had; Slack was not asked.
    NoAccount(BundleError),
}

impl Slack {
    /// Asks Slack what the code is good for. A code works once, so this is
    /// never tried again.
    pub(super) async fn exchange(&self, code: &str) -> Result<Granted, NotGranted> {
        let account = self.app.account().await.map_err(NotGranted::NoAccount)?;
        let granted = self.ask(&account, code).await;
        if let Err(InstallError::Slack(error)) = &granted
            && error.is_ours()
        {
            // The operator may have mended the account's secret by now.
            self.app.forget();
            tracing::error!(error = error.as_str(), "the app is not set up as Slack wants it");
        }
        granted.map_err(NotGranted::Refused)
    }

    async fn ask(&self, account: &SlackAppAccount, code: &str) -> Result<Granted, InstallError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.redirect_uri())
            .finish();
        let request = self
            .outbound
            .post(&format!("{}/api/oauth.v2.access", self.base_url))
            .basic_auth(&account.client_id, Some(account.client_secret.expose()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(form);
        let answer = Outbound::ask(request, DEADLINE, MAX_BYTES).await.map_err(|cause| {
            tracing::warn!(cause, "Slack does not answer");
            InstallError::SlackUnreachable
        })?;
        match answer.status {
            StatusCode::OK => read(&answer.body),
            StatusCode::TOO_MANY_REQUESTS => Err(InstallError::Slack(SlackOauthError::read("ratelimited"))),
            status => {
                tracing::warn!(status = status.as_u16(), "Slack does not answer as Slack does");
                Err(InstallError::SlackUnreachable)
            }
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    team: Option<Team>,
    #[serde(default)]
    incoming_webhook: Option<IncomingWebhook>,
}

#[derive(Deserialize)]
struct Team {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct IncomingWebhook {
    channel: String,
    channel_id: String,
    #[serde(default)]
    configuration_url: String,
    url: String,
}

/// `ok` alone says whether it went well: an error has status 200 too.
fn read(body: &[u8]) -> Result<Granted, InstallError> {
    // The cause could repeat a secret.
    let answer: Answer = serde_json::from_slice(body).map_err(|_| InstallError::SlackUnreachable)?;
    if !answer.ok {
        let error = answer.error.unwrap_or_default();
        return Err(InstallError::Slack(SlackOauthError::read(&error)));
    }
    let incomplete = || InstallError::Slack(&SlackOauthError::INCOMPLETE);
    let hook = answer.incoming_webhook.ok_or(InstallError::UnexpectedUrl)?;
    let url = SlackUrl::parse(SecretText::new(hook.url)).map_err(|_| InstallError::UnexpectedUrl)?;
    let team = answer.team.and_then(|team| SlackName::read(&team.id, &team.name));
    let channel = SlackName::read(&hook.channel_id, &hook.channel);
    let (team, channel) = team.zip(channel).ok_or_else(incomplete)?;
    let configuration_url = link(hook.configuration_url);
    Ok(Granted { target: SlackTarget { team, channel, configuration_url }, url })
}

/// The page shows it as a link: an https address, or Slack's list of apps.
fn link(given: String) -> String {
    const MAX_CHARS: usize = 2_048;
    let is_link =
        |url: &Url| url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    match Url::parse(&given) {
        Ok(url) if is_link(&url) && url.as_str().len() <= MAX_CHARS => url.into(),
        Ok(_) | Err(_) => "https://slack.com/apps/manage".to_owned(),
    }
}
