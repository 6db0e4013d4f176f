//! `GET /openapi.json` and `GET /health`

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

/// The OpenAPI document, written when it is asked for: a start has better to do.
#[derive(Clone)]
pub(crate) struct Document(Arc<OpenApi>);

impl Document {
    pub(crate) fn of(document: OpenApi) -> Self {
        Self(Arc::new(document))
    }
}

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "getOpenApi",
    security(()),
    responses((status = OK, description = "OpenAPI 3.1.", body = Object)),
)]
pub(crate) async fn openapi(Extension(document): Extension<Document>) -> Response {
    // Writing texts into memory cannot fail.
    let mut response = document.0.to_json().unwrap_or_default().into_response();
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
