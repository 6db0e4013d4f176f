//! The router as a Lambda function behind API Gateway (payload format 2.0).
//!
//! `lambda_http` builds a request from the event and panics if the client's
//! path, query or host make no URI; in a release build a panic ends the
//! process. So these are made harmless first: nobody without a token is to
//! cost us a cold start.

use std::convert::Infallible;

use axum::Router;
use axum::http::header::HOST;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Error, LambdaEvent, Service, lambda_runtime};
use serde::Serialize;
use tower::ServiceExt;

/// Answers events until Lambda ends the process.
///
/// # Errors
/// When the Lambda Runtime API cannot be reached.
pub async fn run(router: Router) -> Result<(), Error> {
    lambda_runtime::run(service(router)).await
}

/// Answers events of API Gateway.
pub fn service(
    router: Router,
) -> impl Service<LambdaEvent<LambdaRequest>, Response: Serialize, Error = Infallible> {
    Adapter::from(router).map_request(|mut event: LambdaEvent<LambdaRequest>| {
        tame(&mut event.payload);
        event
    })
}

fn tame(request: &mut LambdaRequest) {
    let LambdaRequest::ApiGatewayV2(event) = request else { return };
    // Routes know no hosts: without one, the URI is path and query alone.
    event.headers.remove(HOST);
    event.request_context.domain_name = None;
    let path = event.raw_path.take().unwrap_or_default();
    event.raw_path = Some(if path.starts_with('/') { path } else { format!("/{path}") });
    event.raw_query_string = event.raw_query_string.take().map(|query| encoded(&query));
}

/// What RFC 3986 §3.4 does not allow in a query, percent-encoded.
fn encoded(query: &str) -> String {
    let mut text = String::with_capacity(query.len());
    for byte in query.bytes() {
        if byte.is_ascii_graphic() && !br##""#<>\^`{|}"##.contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
