//! `GET /openapi.json` and `GET /health`

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

/// The OpenAPI document, written once.
#[derive(Clone)]
pub(crate) struct Document(std::sync::Arc<str>);

impl Document {
    pub(crate) fn of(document: &utoipa::openapi::OpenApi) -> Self {
        // Writing texts into memory cannot fail.
        Self(document.to_json().unwrap_or_default().into())
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
    let mut response = document.0.to_string().into_response();
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
