//! The bare API handler: the same Lambda adapter and the same router as the
//! API function's, and one route that answers with bytes it has at hand.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;

use crate::Fault;

/// Answers `GET /v1/webhooks` with the file's bytes until Lambda ends the process.
///
/// # Errors
/// When the file or the Lambda Runtime API cannot be read.
pub(crate) fn run(body_file: &str) -> Result<(), Fault> {
    let body = Bytes::from(std::fs::read(body_file)?);
    let answer = move || {
        let body = body.clone();
        async move { ([(CONTENT_TYPE, "application/json")], body) }
    };
    let router = Router::new().route("/v1/webhooks", get(answer));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_http::run(router))
}
