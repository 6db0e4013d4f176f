//! The popup comes back: its state is used up, and the webhook is made.
//!
//! The state goes first, by a conditional delete, so that a code is exchanged
//! once at most, whoever repeats the request; then everything that needs no
//! call to Slack is judged. What fails leaves nothing behind, and the page that
//! polls is told.

use std::sync::Arc;

use axum::http::HeaderMap;
use domain::ids::WebhookId;
use domain::installation::{Ended, Fingerprint, InstallError, Pass, PassKey, SlackOauthError};
use domain::ports::{BundleError, Freshness, PortError, Roster};
use domain::row::{Stamp, WebhookKey, WebhookRow};
use domain::webhook::edit::Draft;

use super::exchange::{Granted, NotGranted};
use super::page::{Connected, EndPage};
use super::query::Query;
use super::{conclude, cookie};
use crate::Api;
use crate::make::make;
use crate::problem::Problem;
use crate::save::save;

/// What the popup shows, and the cookie that goes.
pub(crate) struct Finished {
    /// The page.
    pub(crate) page: EndPage,
    /// The installation that it was about, if it is known.
    pub(crate) pass: Option<Pass>,
}

/// Finishes the installation that a state stands for.
pub(crate) async fn finish(api: &Api, query: &Query, headers: &HeaderMap) -> Finished {
    let unknown = |page| Finished { page, pass: None };
    let Some(state) = query.secret("state") else {
        return unknown(EndPage::failed(InstallError::InvalidState, None));
    };
    let pass = match api.ports.installations.take(&PassKey::of_state(&state)).await {
        Ok(Some(pass)) => pass,
        Ok(None) => return unknown(EndPage::failed(InstallError::InvalidState, None)),
        Err(fault) => return unknown(EndPage::broken(&fault.into())),
    };
    let (ended, page) = match install(api, &pass, query, headers).await {
        Ok(connected) => (Ended::Completed(connected.webhook.clone()), EndPage::connected(&connected)),
        Err(Stopped::Failed(error, site)) => (Ended::Failed(error), EndPage::failed(error, site.as_deref())),
        // No code of the contract's says this; what it says is true, too: the state is gone.
        Err(Stopped::Broken(fault)) => (Ended::Failed(InstallError::Expired), EndPage::broken(&fault)),
    };
    conclude(api, &pass.tenant, &pass.installation, ended).await;
    Finished { page, pass: Some(pass) }
}

/// Why there is no webhook.
enum Stopped {
    /// For this reason; with the tenant's Jira, once it is the admin's own browser that asks.
    Failed(InstallError, Option<String>),
    /// A store failed.
    Broken(BundleError),
}

async fn install(api: &Api, pass: &Pass, query: &Query, headers: &HeaderMap) -> Result<Connected, Stopped> {
    let failed = |error| Stopped::Failed(error, None);
    let browser = cookie::read(headers, &pass.installation).map(|secret| Fingerprint::of(&secret));
    if browser.is_none() || browser != pass.browser {
        return Err(failed(InstallError::OtherBrowser));
    }
    if pass.has_expired(api.ports.clock.now()) {
        return Err(failed(InstallError::Expired));
    }
    let roster = roster(api, pass).await.map_err(Stopped::Broken)?;
    let site = roster.tenant.site_url().map(str::to_owned);
    let failed = |error| Stopped::Failed(error, site.clone());
    match query.error() {
        Some("access_denied") => return Err(failed(InstallError::AccessDenied)),
        Some(error) => return Err(failed(InstallError::Slack(SlackOauthError::read(error)))),
        None => {}
    }
    let code = query.code().ok_or_else(|| failed(InstallError::InvalidState))?;
    if !roster.tenant.is_licensed(api.rules.default_edition) {
        return Err(failed(InstallError::LicenseRequired));
    }
    if roster.removal.is_some_and(|removal| removal.took_installation(&pass.installation)) {
        return Err(failed(InstallError::InvalidState));
    }
    let granted = api.slack.exchange(code).await.map_err(|why| match why {
        NotGranted::Refused(error) => failed(error),
        NotGranted::NoAccount(fault) => Stopped::Broken(fault),
    })?;
    let row = keep(api, pass, &granted).await.map_err(|problem| match problem {
        Problem::LicenseRequired => failed(InstallError::LicenseRequired),
        Problem::TooManyWebhooks => failed(InstallError::TooManyWebhooks),
        Problem::Port(fault) => Stopped::Broken(fault.into()),
        other => Stopped::Broken(PortError::Failed(format!("webhook not kept: {other:?}")).into()),
    })?;
    match row.settings.target.slack() {
        Some(target) => Ok(Connected { webhook: row.key.webhook, site, target: target.clone() }),
        None => {
            Err(Stopped::Broken(PortError::Failed("a Slack webhook was kept as another".to_owned()).into()))
        }
    }
}

async fn roster(api: &Api, pass: &Pass) -> Result<Roster, BundleError> {
    Ok(api.ports.webhooks.roster(&pass.tenant, Freshness::Consistent).await?)
}

/// Each time, somebody else has made, edited or deleted the channel's webhook in between.
const TRIES: usize = 5;

async fn keep(api: &Api, pass: &Pass, granted: &Granted) -> Result<WebhookRow, Problem> {
    for _ in 0..TRIES {
        match keep_once(api, pass, granted).await {
            Err(Problem::Contended | Problem::PreconditionFailed | Problem::NoSuchWebhook) => {}
            outcome => return outcome,
        }
    }
    Err(Problem::Contended)
}

/// The channel's webhook is renewed if there is one, and made if there is none.
async fn keep_once(api: &Api, pass: &Pass, granted: &Granted) -> Result<WebhookRow, Problem> {
    let roster = api.ports.webhooks.roster(&pass.tenant, Freshness::Consistent).await?;
    let now = api.ports.clock.now();
    let stamp = Stamp { at: now, by: pass.by.clone() };
    let (target, url) = (granted.target.clone(), granted.url.duplicate());
    let is_same = |row: &&Arc<WebhookRow>| {
        row.settings.target.slack().is_some_and(|slack| slack.is_same_channel(&target))
    };
    if let Some(row) = roster.webhooks.iter().find(is_same) {
        let draft = Draft::reinstalled(&row.settings, target, url);
        return save(api, row, draft, stamp).await;
    }
    let unnamed = || PortError::Failed("a channel makes no display name".to_owned());
    let name = target.display_name().ok_or_else(unnamed)?;
    let key = WebhookKey { tenant: pass.tenant.clone(), webhook: WebhookId::new(now, api.ports.dice.roll()) };
    let made = make(api, &roster, key, Draft::installed(name, target, url), stamp).await;
    made.map_err(|failed| failed.problem)
}
