//! `PATCH /v1/webhooks/{id}`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::ids::SigningSecretId;
use domain::json::Node;
use domain::row::WebhookRow;
use domain::time::Timestamp;
use domain::webhook::edit::{Draft, Reading, read_patch};

use crate::Api;
use crate::body::{JsonBody, MERGE_PATCH};
use crate::etag::IfMatch;
use crate::openapi::{EditProblems, WebhookPatch};
use crate::problem::Problem;
use crate::save::save;
use crate::scope::Chosen;
use crate::view::{self, Webhook};

/// Under `If-Match: *`, an edit that another one overtook is read against the new row.
const TRIES: usize = 20;

/// Edit a webhook
#[utoipa::path(
    patch,
    path = "/v1/webhooks/{id}",
    operation_id = "editWebhook",
    params(("id" = String, Path), ("If-Match" = String, Header, description = "The ETag of what was read, or `*`.")),
    request_body(content(
        (WebhookPatch = "application/json"),
        (WebhookPatch = "application/merge-patch+json"),
    )),
    responses(
        (status = OK, description = "The webhook as it is now.", body = Webhook, headers(("ETag" = String))),
        EditProblems,
    ),
)]
pub(crate) async fn edit(
    State(api): State<Api>,
    chosen: Chosen,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    chosen.scope.require_license(&api)?;
    let body = JsonBody::read(&headers, body, MERGE_PATCH).await?;
    let if_match = IfMatch::read(&headers)?;
    let mut row = chosen.row;
    for _ in 0..TRIES {
        if_match.require(row.version)?;
        let now = api.ports.clock.now();
        let draft = draft(&api, &body.node, &row, now)?;
        match save(&api, &row, draft, chosen.scope.stamp(now)).await {
            Ok(saved) => return Ok(view::answer(StatusCode::OK, &saved)),
            Err(Problem::PreconditionFailed) if if_match == IfMatch::Any => {
                let standing = api.ports.webhooks.get(&row.key).await?;
                row = Arc::new(standing.ok_or(Problem::NoSuchWebhook)?);
            }
            Err(problem) => return Err(problem),
        }
    }
    Err(Problem::Contended)
}

fn draft(api: &Api, patch: &Node, row: &WebhookRow, now: Timestamp) -> Result<Draft, Problem> {
    let mut new_id = || SigningSecretId::new(now, api.ports.dice.roll());
    let reading = Reading { suffixes: &api.rules.allowed_suffixes, now, new_id: &mut new_id };
    read_patch(patch, &row.settings, reading).map_err(Problem::Invalid)
}
