//! What a caller may see: the tenant of the token, as it is stored, and the
//! webhook that the path names, if it is that tenant's.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use domain::ports::{Freshness, Roster};
use domain::row::{Stamp, WebhookRow};
use domain::time::Timestamp;

use crate::Api;
use crate::auth::Admin;
use crate::problem::Problem;

/// A verified admin and the tenant.
pub(crate) struct Scope {
    /// The caller.
    pub(crate) admin: Admin,
    /// The caller's tenant and its webhooks.
    pub(crate) roster: Roster,
}

/// A verified admin and a webhook of the tenant.
pub(crate) struct Chosen {
    /// The caller and the tenant.
    pub(crate) scope: Scope,
    /// The webhook that the path names.
    pub(crate) row: Arc<WebhookRow>,
}

impl Scope {
    /// Goes on only if the tenant may write webhooks.
    pub(crate) fn require_license(&self, api: &Api) -> Result<(), Problem> {
        if self.roster.tenant.is_licensed(api.rules.default_edition) {
            Ok(())
        } else {
            Err(Problem::LicenseRequired)
        }
    }

    /// The caller's signature under a write.
    pub(crate) fn stamp(&self, now: Timestamp) -> Stamp {
        Stamp { at: now, by: self.admin.account().clone() }
    }
}

impl FromRequestParts<Api> for Scope {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let admin = Admin::from_request_parts(parts, api).await?;
        let roster = api.ports.webhooks.roster(admin.tenant(), Freshness::Consistent).await?;
        Ok(Self { admin, roster })
    }
}

impl FromRequestParts<Api> for Chosen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let scope = Scope::from_request_parts(parts, api).await?;
        let row = named(parts, "id")
            .await
            .and_then(|id| scope.roster.webhooks.iter().find(|row| row.key.webhook.as_str() == id).cloned());
        match row {
            Some(row) => Ok(Self { scope, row }),
            None => Err(Problem::NoSuchWebhook),
        }
    }
}

/// What the path has in this place. One that is not UTF-8 names nothing.
pub(crate) async fn named(parts: &mut Parts, place: &str) -> Option<String> {
    let path = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    path.iter().find(|(name, _)| *name == place).map(|(_, value)| value.to_owned())
}
