//! The route table, and what holds for every response.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use utoipa::OpenApi;

use crate::Api;
use crate::problem::{self, Problem};
use crate::routes::{
    catalogue, create, delete, deliveries, edit, page, redeliver, service, signing_secrets, slack, summary,
    tenant, test_event, webhooks,
};

/// Makes the routes, and their part of the OpenAPI document, which is only put together when
/// somebody asks for it. What a handler says of itself must agree: a test holds that.
macro_rules! routes {
    ($($path:literal => $($method:ident: $module:ident::$handler:ident),+;)*) => {
        fn routes() -> Router<Api> {
            Router::new()$(.route($path, MethodRouter::new()$(.$method($module::$handler))+))*
        }

        /// What the document says of the routes.
        #[derive(OpenApi)]
        #[openapi(paths($($($module::$handler),+),*))]
        pub(crate) struct Operations;
    };
}

routes! {
    "/v1/tenant" => get: tenant::show;
    "/v1/event-types" => get: catalogue::list;
    "/v1/webhooks" => get: webhooks::list, post: create::create;
    "/v1/webhooks/{id}" => get: webhooks::show, patch: edit::edit, delete: delete::delete;
    "/v1/webhooks/{id}/test" => post: test_event::send;
    "/v1/webhooks/{id}/deliveries" => get: deliveries::index;
    "/v1/webhooks/{id}/deliveries/summary" => get: summary::show;
    "/v1/webhooks/{id}/deliveries/redeliver" => post: redeliver::all;
    "/v1/webhooks/{id}/deliveries/{deliveryId}" => get: deliveries::show;
    "/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver" => post: redeliver::one;
    "/v1/signing-secrets/random" => post: signing_secrets::random;
    "/v1/slack/installations" => post: slack::begin;
    "/v1/slack/installations/{id}" => get: slack::show;
    "/v1/slack/start" => get: slack::start_popup;
    "/v1/slack/callback" => get: slack::finish_popup;
    "/openapi.json" => get: service::openapi;
    "/health" => get: service::health;
    "/" => get: page::show;
}

/// The whole API. On Lambda it is what `lambda_http` runs.
pub fn router(api: Api) -> Router {
    routes()
        // No part of the API, so not in its document.
        .route("/page/{*path}", get(page::asset))
        .fallback(async || Problem::NoSuchRoute)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
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
