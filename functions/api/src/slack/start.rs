//! The popup begins: its ticket is used up, and it goes on to Slack with a
//! state and a cookie.

use axum::http::HeaderValue;
use domain::installation::{Ended, Fingerprint, InstallError, Installation, Pass, PassKey, PassSecret};
use domain::ports::BundleError;
use url::form_urlencoded;

use super::{conclude, cookie, new_secret};
use crate::Api;
use crate::slack::page::EndPage;

/// The one scope: to post into one channel, and to read nothing.
const SCOPE: &str = "incoming-webhook";

/// Where the popup goes, and what its browser keeps.
pub(crate) struct ToSlack {
    /// Slack's authorize page.
    pub(crate) location: HeaderValue,
    /// Ties the installation to this browser.
    pub(crate) cookie: HeaderValue,
}

/// Uses the ticket up and prepares the way to Slack.
pub(crate) async fn start(api: &Api, ticket: Option<PassSecret>) -> Result<ToSlack, EndPage> {
    let ticket = ticket.ok_or_else(EndPage::spent_ticket)?;
    let key = PassKey::of_ticket(&ticket);
    let taken = api.ports.installations.take(&key).await.map_err(|fault| EndPage::broken(&fault.into()))?;
    let pass = taken.ok_or_else(EndPage::spent_ticket)?;
    let prepared = if pass.has_expired(api.ports.clock.now()) {
        Err(EndPage::spent_ticket())
    } else {
        prepare(api, &pass).await.map_err(|fault| EndPage::broken(&fault))
    };
    if prepared.is_err() {
        // The ticket is gone: the page need not wait for what cannot come any more.
        let ended = Ended::Failed(InstallError::Expired);
        conclude(api, &pass.tenant, &pass.installation, ended).await;
    }
    prepared
}

async fn prepare(api: &Api, ticket: &Pass) -> Result<ToSlack, BundleError> {
    let account = api.slack.app.account().await?;
    let (state, browser) = (new_secret(api), new_secret(api));
    let now = api.ports.clock.now();
    let pass = Pass { issued_at: now, browser: Some(Fingerprint::of(&browser)), ..ticket.clone() };
    api.ports.installations.issue(&PassKey::of_state(&state), &pass).await?;
    let moved = Installation { tenant: pass.tenant, id: pass.installation, moved_at: now, ended: None };
    api.ports.installations.put(&moved).await?;
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &account.client_id)
        .append_pair("scope", SCOPE)
        .append_pair("redirect_uri", &api.slack.redirect_uri())
        .append_pair("state", state.expose())
        .finish();
    let location = format!("{}/oauth/v2/authorize?{query}", api.slack.base_url);
    let unwritable = || domain::ports::PortError::Failed("no header can hold Slack's address".to_owned());
    let mut location = HeaderValue::from_str(&location).map_err(|_| unwritable())?;
    location.set_sensitive(true);
    let cookie = cookie::set(&moved.id, &browser).ok_or_else(unwritable)?;
    Ok(ToSlack { location, cookie })
}
