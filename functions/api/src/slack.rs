//! Installing into Slack with OAuth, in a popup.
//!
//! ```text
//!  page ──POST installations──▶ ticket ─▶ popup: start ──cookie, state──▶ Slack
//!  page ──GET installations/{id}, again and again          │ the person chooses a channel
//!  popup: the end page ◀── webhook made ◀── code exchanged ◀── callback ◀──┘
//! ```
//!
//! The popup has no token. A one-use ticket lets it begin, and a one-use state
//! brings it back, in the same browser. Both stand for what is stored
//! ([`domain::installation`]): tenant and admin are never taken from the popup.
//! `callback` (contract, section 2) is the route's name at Slack; here it is
//! what [`finish`] does.

pub(crate) mod cookie;
mod exchange;
pub(crate) mod finish;
pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod start;

use std::sync::Arc;

use domain::ids::{InstallationId, TenantId};
use domain::installation::{Ended, InstallError, Installation, PassSecret};
use domain::ports::SlackApp;
use url::Url;

use crate::Api;
use crate::outbound::Outbound;

/// The app at Slack, and where both find each other.
pub struct Slack {
    outbound: Outbound,
    app: Arc<dyn SlackApp>,
    base_url: String,
    public_url: String,
}

impl Slack {
    /// `base_url` is Slack's, `public_url` the one under which browsers find this API.
    pub fn new(outbound: Outbound, app: Arc<dyn SlackApp>, base_url: &Url, public_url: &Url) -> Self {
        let trimmed = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
        Self { outbound, app, base_url: trimmed(base_url), public_url: trimmed(public_url) }
    }

    /// Where the popup begins.
    pub(crate) fn start_url(&self, ticket: &PassSecret) -> String {
        format!("{}/v1/slack/start?ticket={}", self.public_url, ticket.expose())
    }

    /// Where Slack sends the popup back to; the same at both ends of the exchange.
    fn redirect_uri(&self) -> String {
        format!("{}/v1/slack/callback", self.public_url)
    }
}

/// A new one-use secret.
pub(crate) fn new_secret(api: &Api) -> PassSecret {
    PassSecret::new([api.ports.dice.roll(), api.ports.dice.roll()])
}

/// How often the end of an installation is written down before that is given up.
const TRIES: usize = 3;

/// Writes down how an installation ended, for the page that polls. What has
/// been done stands, so a failure here fails nothing: the page then sees the
/// installation expire.
pub(crate) async fn conclude(api: &Api, tenant: &TenantId, id: &InstallationId, ended: Ended) {
    let moved_at = api.ports.clock.now();
    if let Ended::Failed(InstallError::Slack(error)) = &ended {
        tracing::warn!(installation = %id, error = error.as_str(), "Slack refuses an installation");
    }
    let installation = Installation { tenant: tenant.clone(), id: id.clone(), moved_at, ended: Some(ended) };
    for _ in 1..TRIES {
        if api.ports.installations.put(&installation).await.is_ok() {
            return;
        }
    }
    if let Err(fault) = api.ports.installations.put(&installation).await {
        tracing::error!(installation = %id, %fault, "end of an installation not kept");
    }
}
