//! `DELETE /v1/webhooks/{id}`

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::ports::Deleted;

use crate::Api;
use crate::audit::{self, Deed};
use crate::bundle;
use crate::etag::IfMatch;
use crate::openapi::DeleteProblems;
use crate::problem::Problem;
use crate::scope::Chosen;

/// Delete a webhook and its secrets for good
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}",
    operation_id = "deleteWebhook",
    params(("id" = String, Path), ("If-Match" = String, Header, description = "The ETag of what was read, or `*`.")),
    responses((status = NO_CONTENT, description = "It is gone."), DeleteProblems),
)]
pub(crate) async fn delete(
    State(api): State<Api>,
    chosen: Chosen,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let if_match = IfMatch::read(&headers)?;
    let read = chosen.row;
    if_match.require(read.version)?;
    let version = match if_match {
        IfMatch::Any => None,
        IfMatch::OneOf(_) => Some(read.version),
    };
    let gone = match api.ports.webhooks.delete(&read.key, version).await? {
        Deleted::Done(row) => row,
        Deleted::Stale(_) => return Err(Problem::PreconditionFailed),
        // It was there a moment ago: another admin has deleted it, whose deed it is. A try of
        // this one's that got through would have been told as such.
        Deleted::Absent => return Ok(StatusCode::NO_CONTENT),
    };
    if let Some(bundle) = &gone.bundle {
        bundle::discard(&api, bundle).await;
    }
    let stamp = chosen.scope.stamp(api.ports.clock.now());
    audit::record(&api, &gone, &Deed::Deleted, &stamp).await;
    Ok(StatusCode::NO_CONTENT)
}
