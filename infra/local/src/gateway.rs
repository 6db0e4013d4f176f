//! What API Gateway's HTTP API does: turns an HTTP request into an event of payload
//! format 2.0, and the function's answer into an HTTP response.
//! (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html)

mod answer;
mod event;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

use crate::pool::Pool;
use crate::serve::Server;

/// The largest body that API Gateway takes.
const LARGEST_BODY: usize = 10 * 1024 * 1024;
/// What API Gateway waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Serves on this listener and passes everything on to the function.
pub(crate) fn start(listener: TcpListener, api: Arc<Pool>) -> std::io::Result<Server> {
    Server::on(listener, Router::new().fallback(pass_on).with_state(api))
}

async fn pass_on(State(api): State<Arc<Pool>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let event = event::of(&parts, &body, jiff::Timestamp::now());
    let invocation = api.invoke(Bytes::from(event.to_string()));
    match tokio::time::timeout(TIMEOUT, invocation).await {
        Ok(Ok(answer)) => answer::response(&answer)
            .unwrap_or_else(|| refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")),
        Ok(Err(_)) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
    }
}

/// An answer of API Gateway's own.
fn refusal(status: StatusCode, message: &str) -> Response {
    let body = Body::from(serde_json::json!({ "message": message }).to_string());
    (status, [("content-type", "application/json")], body).into_response()
}
