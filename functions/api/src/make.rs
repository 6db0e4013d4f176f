//! Making a webhook: secrets first, then the row, then what follows from it.

use std::sync::Arc;

use domain::ports::{Created, Freshness, PortError, Roster};
use domain::row::{Stamp, Status, WebhookKey, WebhookRow};
use domain::webhook::Settings;
use domain::webhook::edit::{Draft, Wanted};

use crate::Api;
use crate::audit::{self, Deed};
use crate::bundle::{self, Staged};
use crate::problem::Problem;

/// A creation that failed.
pub(crate) struct Failed {
    /// What is answered.
    pub(crate) problem: Problem,
    /// Whether this try made no webhook for certain, and none is to come of it. Otherwise an
    /// `Idempotency-Key` keeps its webhook's id, so that the next try finds what there is.
    pub(crate) for_certain: bool,
}

/// Secrets first, the row second, the event third. [`Problem::Contended`]: a
/// webhook of the same Slack channel was made a moment ago. An id that has a row
/// already is an earlier try's, which got through: that row is the answer.
pub(crate) async fn make(
    api: &Api,
    roster: &Roster,
    key: WebhookKey,
    draft: Draft,
    stamp: Stamp,
) -> Result<WebhookRow, Failed> {
    let certain = |problem| Failed { problem, for_certain: true };
    if let Some(standing) = roster.webhooks.iter().find(|row| row.key == key) {
        audit::record(api, standing, &Deed::Created, &standing.created).await;
        return Ok(standing.as_ref().clone());
    }
    // Then no secrets are made for nothing: all tenants share the rate at which they can be.
    if roster.webhooks.len() >= Settings::MAX_PER_TENANT {
        // An earlier try's row may be younger than the roster.
        return Err(Failed { problem: Problem::TooManyWebhooks, for_certain: false });
    }
    let staged = bundle::stage(api, &key, draft.bundle, None).await.map_err(certain)?;
    let status = if draft.wanted == Wanted::Off { Status::Paused } else { Status::On };
    let new = WebhookRow::new(key, draft.settings, staged.name().cloned(), stamp);
    let row = WebhookRow { status, ..new };
    let limit = u32::try_from(Settings::MAX_PER_TENANT).unwrap_or(u32::MAX);
    let made = match api.ports.webhooks.create(&row, limit).await {
        Ok(Created::Done) => row,
        Ok(Created::Exists) => {
            // Where it was and is not, nothing can come of its id any more.
            let vanished = PortError::Failed("the webhook was there and is not".to_owned());
            standing(api, &row, &staged, (vanished, true)).await?
        }
        Ok(Created::TooMany) => {
            staged.abandon(api).await;
            return Err(certain(Problem::TooManyWebhooks));
        }
        Ok(Created::TenantRemoved) => {
            staged.abandon(api).await;
            return Err(certain(Problem::LicenseRequired));
        }
        Ok(Created::SameChannel) => {
            staged.abandon(api).await;
            return Err(certain(Problem::Contended));
        }
        Err(fault) => standing(api, &row, &staged, (fault, false)).await?,
    };
    audit::record(api, &made, &Deed::Created, &made.created).await;
    Ok(made)
}

/// The row that stands under the id of the one to be made. Where there is
/// none, the secrets are left where they are: a write that failed may still come
/// through, and its row must not name nothing. A row that a removal took is none.
/// `for_certain`: whether there is none then for good.
async fn standing(
    api: &Api,
    row: &WebhookRow,
    staged: &Staged,
    (fault, for_certain): (PortError, bool),
) -> Result<WebhookRow, Failed> {
    let roster = api.ports.webhooks.roster(&row.key.tenant, Freshness::Consistent).await;
    match roster.map(|roster| roster.webhooks.into_iter().find(|standing| standing.key == row.key)) {
        Ok(Some(standing)) => {
            if standing.bundle != row.bundle {
                staged.abandon(api).await;
            }
            Ok(Arc::unwrap_or_clone(standing))
        }
        Ok(None) => Err(Failed { problem: fault.into(), for_certain }),
        Err(_) => Err(Failed { problem: fault.into(), for_certain: false }),
    }
}
