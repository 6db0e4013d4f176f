//! `GET /openapi.json` and `GET /health`

use std::sync::LazyLock;

use axum::Json;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::openapi;

/// Anybody may ask, so it is made once, and by the first who does: a start has better to do.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    // Writing texts into memory cannot fail.
    openapi::document().to_json().unwrap_or_default()
});

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "getOpenApi",
    security(()),
    responses((status = OK, description = "OpenAPI 3.1.", body = Object)),
)]
pub(crate) async fn openapi() -> Response {
    let mut response = DOCUMENT.as_str().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Whether the function runs
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "getHealth",
    security(()),
    responses((status = OK, description = "It does.", body = Object)),
)]
pub(crate) async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}
