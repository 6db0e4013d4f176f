//! What goes wrong, and the one place that turns it into a response
//! (RFC 9457, `application/problem+json`).
//!
//! A route returns a [`Problem`]; [`answer`] around the router writes the
//! response, since it alone knows the request's id.

mod words;

use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::fault::{Fault, FaultCode};
use domain::json::NotJson;
use domain::ports::PortError;
use lambda_http::RequestExt;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;

/// Why a request is not answered as it hoped.
#[derive(Clone, Debug)]
pub enum Problem {
    /// No route has this path.
    NoSuchRoute,
    /// The path has a route, but not for this method.
    MethodNotAllowed,
    /// No token, or one that is not accepted.
    Unauthorized(Challenge),
    /// The caller is no admin.
    NotAdmin,
    /// No such webhook, or another tenant's.
    NoSuchWebhook,
    /// The webhook has no such delivery, or has it no longer.
    NoSuchDelivery,
    /// No such installation into Slack, or another tenant's.
    NoSuchInstallation,
    /// The tenant's edition has no webhooks, or the tenant was removed.
    LicenseRequired,
    /// The body is not declared as JSON.
    UnsupportedMediaType,
    /// The body is over [`crate::body::MAX_BYTES`].
    BodyTooLarge,
    /// The body is not JSON.
    NotJson(NotJson),
    /// The body could not be read to its end.
    BodyCutOff,
    /// `If-Match` is missing.
    PreconditionRequired,
    /// `If-Match` names another version.
    PreconditionFailed,
    /// The request breaks these rules.
    Invalid(Vec<Fault>),
    /// The tenant has as many webhooks as it may.
    TooManyWebhooks,
    /// The first request with this `Idempotency-Key` is still running.
    IdempotencyInProgress,
    /// The delivery waits already.
    DeliveryPending,
    /// The webhook is paused or disabled.
    WebhookNotActive,
    /// A test event was asked for a moment ago.
    TooManyTests {
        /// When to ask again.
        wait: Duration,
    },
    /// The webhook's stored secrets cannot be read.
    SecretUnavailable,
    /// The webhook changes faster than the request can follow.
    Contended,
    /// A port failed.
    Port(PortError),
}

/// What a 401 tells (RFC 6750 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// There was no token.
    NoToken,
    /// The token is not accepted. Why is not said: it would help only forgers.
    InvalidToken,
}

/// The body of every error response.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A sentence for people.
    detail: String,
    /// A fixed code for programs.
    #[schema(example = "validation_failed")]
    code: &'static str,
    /// Names this request in the logs.
    request_id: String,
    /// What breaks which rule; not empty if `code` is `validation_failed`.
    errors: Vec<FaultBody>,
}

/// One broken rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct FaultBody {
    /// The field's JSON pointer (RFC 6901); empty for a header, a query parameter or the whole body.
    pointer: String,
    /// The rule's code.
    #[schema(example = "invalid_url")]
    code: &'static str,
    /// A sentence for people.
    detail: String,
}

/// The media type of an error response.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Answers a request; what went wrong is logged here, once, and written as a problem.
pub async fn answer(State(api): State<Api>, request: Request, next: Next) -> Response {
    let request_id = request
        .lambda_context_ref()
        .map(|context| context.request_id.clone())
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| format!("{:032x}", api.ports.dice.roll()));
    let mut response = next.run(request).await;
    let Some(Raised(problem)) = response.extensions_mut().remove::<Raised>() else {
        return response;
    };
    problem.log(&request_id);
    let mut written = problem.write(request_id);
    // The router's own headers stay: a 405 names the allowed methods.
    for (name, value) in response.headers() {
        if !written.headers().contains_key(name) {
            written.headers_mut().append(name, value.clone());
        }
    }
    written
}

/// A problem on its way from a route to [`answer`].
#[derive(Clone)]
struct Raised(Problem);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Raised(self));
        response
    }
}

impl From<PortError> for Problem {
    fn from(fault: PortError) -> Self {
        Self::Port(fault)
    }
}

impl Problem {
    /// A request that breaks one rule, outside its body.
    pub(crate) fn of_header(code: FaultCode, detail: &str) -> Self {
        Self::Invalid(vec![Fault::new("", code, detail)])
    }

    fn write(self, request_id: String) -> Response {
        let (status, code, detail) = (self.status(), self.code(), self.detail());
        let retry_after = self.retry_after();
        let challenge = self.challenge();
        let faults = if let Self::Invalid(faults) = self { faults } else { Vec::new() };
        let body = ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail,
            code,
            request_id,
            errors: faults.into_iter().map(FaultBody::from).collect(),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }

    fn log(&self, request_id: &str) {
        if let Self::Port(PortError::Failed(cause)) = self {
            tracing::error!(request_id, cause, "request failed");
        } else if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            tracing::warn!(request_id, code = self.code(), "request put off");
        }
    }
}

impl From<Fault> for FaultBody {
    fn from(fault: Fault) -> Self {
        Self { pointer: fault.pointer, code: fault.code.as_str(), detail: fault.detail }
    }
}
