//! `GET /v1/tenant`

use axum::Json;
use axum::extract::State;
use domain::tenant::Edition;
use domain::webhook::signing_secret::SigningSecret;
use domain::webhook::{Settings, StoredHeader};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::openapi::{EditionWord, ReadProblems};
use crate::scope::Scope;

/// The caller's tenant.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tenant {
    /// The Atlassian cloud id.
    id: String,
    /// The Jira site; null until the app has named it.
    #[schema(required, example = "https://acme.atlassian.net")]
    site_url: Option<String>,
    #[schema(value_type = EditionWord, inline)]
    edition: Edition,
    /// Whether webhooks may be written and are sent to.
    webhooks_enabled: bool,
    limits: Limits,
}

/// How much a tenant may have.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Limits {
    webhooks: usize,
    /// Of one webhook.
    signing_secrets: usize,
    /// Of one webhook.
    headers: usize,
}

/// The caller's tenant
#[utoipa::path(
    get,
    path = "/v1/tenant",
    operation_id = "getTenant",
    responses((status = OK, description = "The tenant of the token.", body = Tenant), ReadProblems),
)]
pub(crate) async fn show(State(api): State<Api>, scope: Scope) -> Json<Tenant> {
    let tenant = &scope.roster.tenant;
    let default = api.rules.default_edition;
    Json(Tenant {
        id: scope.admin.tenant().to_string(),
        site_url: tenant.site_url().map(str::to_owned),
        edition: tenant.edition(default),
        webhooks_enabled: tenant.is_licensed(default),
        limits: Limits {
            webhooks: Settings::MAX_PER_TENANT,
            signing_secrets: SigningSecret::MAX_COUNT,
            headers: StoredHeader::MAX_COUNT,
        },
    })
}
