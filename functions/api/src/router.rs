//! The route table, and what holds for every response.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::openapi::ApiDocument;
use crate::problem::{self, Problem};
use crate::routes::{
    catalogue, create, delete, deliveries, edit, page, redeliver, service, signing_secrets, slack, summary,
    tenant, test_event, webhooks,
};

/// The whole API. On Lambda it is what `lambda_http` runs.
pub fn router(api: Api) -> Router {
    let (router, document) = OpenApiRouter::with_openapi(ApiDocument::openapi())
        .routes(routes!(tenant::show))
        .routes(routes!(catalogue::list))
        .routes(routes!(webhooks::list, create::create))
        .routes(routes!(webhooks::show, edit::edit, delete::delete))
        .routes(routes!(test_event::send))
        .routes(routes!(summary::show))
        .routes(routes!(deliveries::index))
        .routes(routes!(redeliver::all))
        .routes(routes!(deliveries::show))
        .routes(routes!(redeliver::one))
        .routes(routes!(signing_secrets::random))
        .routes(routes!(slack::begin))
        .routes(routes!(slack::show))
        .routes(routes!(slack::start_popup))
        .routes(routes!(slack::finish_popup))
        .routes(routes!(service::openapi))
        .routes(routes!(service::health))
        .routes(routes!(page::show))
        .split_for_parts();
    router
        // No part of the API, so not in its document.
        .route("/page/{*path}", get(page::asset))
        .fallback(async || Problem::NoSuchRoute)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(Extension(service::Document::of(document)))
        .layer(middleware::from_fn_with_state(api.clone(), problem::answer))
        .layer(middleware::from_fn(secure))
        .with_state(api)
}

/// Headers of every response that does not set them itself. What the API
/// answers is shown in no frame, run as no script, guessed to be no other type
/// and kept in no cache.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}
