//! `GET /` and what the page loads. Both are public: the page brings its own token.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::Api;
use crate::problem::Problem;

/// The settings page (public)
#[utoipa::path(
    get,
    path = "/",
    operation_id = "getPage",
    security(()),
    responses(
        (status = OK, description = "Where an admin sets webhooks up.", body = String, content_type = "text/html", headers(("ETag" = String))),
        (status = NOT_MODIFIED, description = "As it is known by `If-None-Match`."),
    ),
)]
pub(crate) async fn show(State(api): State<Api>, headers: HeaderMap) -> Response {
    api.page.document(&headers)
}

/// A file of the page.
pub(crate) async fn asset(
    State(api): State<Api>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asset = path.ok().and_then(|Path(path)| api.page.asset(&path, &headers));
    asset.ok_or(Problem::NoSuchRoute)
}
