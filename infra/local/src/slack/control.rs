//! The switches, as JSON for scripts and as the buttons of the pages. JSON is
//! taken of any content type: `curl -d` names another.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Shared;
use super::form::Form;
use super::refusal::{ExchangeFailure, PostError};
use super::workspaces::place;
use super::world::RateLimit;

/// The error is null for none, and never left out by mistake.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelSwitch {
    #[serde(deserialize_with = "Option::deserialize")]
    error: Option<String>,
}

/// One of `{"error":"invalid_code"}`, `{"error":null}`, `{"status":500}`, `{"hang":true}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum ExchangeSwitch {
    Error(Option<String>),
    Status(u16),
    Hang(bool),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateLimitSwitch {
    enabled: bool,
}

pub(super) async fn set_channel(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let Ok(ChannelSwitch { error }) = serde_json::from_slice(&body) else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "send {\"error\":\"channel_is_archived\"} or {\"error\":null}",
        );
    };
    answered(switch_channel(&shared, &id, error.as_deref()))
}

pub(super) async fn set_exchange(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let failure = match serde_json::from_slice(&body) {
        Ok(ExchangeSwitch::Error(code)) => code.map(ExchangeFailure::Code),
        Ok(ExchangeSwitch::Status(status)) if (400..=599).contains(&status) => {
            Some(ExchangeFailure::Status(status))
        }
        Ok(ExchangeSwitch::Status(_)) => {
            return refusal(StatusCode::UNPROCESSABLE_ENTITY, "status is 400 to 599");
        }
        Ok(ExchangeSwitch::Hang(hangs)) => hangs.then_some(ExchangeFailure::Hang),
        Err(_) => {
            let why =
                "send {\"error\":\"invalid_code\"}, {\"error\":null}, {\"status\":500} or {\"hang\":true}";
            return refusal(StatusCode::BAD_REQUEST, why);
        }
    };
    shared.world().exchange = failure;
    StatusCode::NO_CONTENT.into_response()
}

pub(super) async fn set_rate_limit(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let Ok(RateLimitSwitch { enabled }) = serde_json::from_slice(&body) else {
        return refusal(StatusCode::BAD_REQUEST, "send {\"enabled\":false}");
    };
    shared.world().rate_limit = if enabled { RateLimit::On } else { RateLimit::Off };
    StatusCode::NO_CONTENT.into_response()
}

pub(super) async fn forget(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.forget();
    StatusCode::NO_CONTENT
}

pub(super) async fn channel_button(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::of_body(&headers, &body).unwrap_or_default();
    let Some(error) = form.get("error") else {
        return refusal(StatusCode::BAD_REQUEST, "send a form with error=");
    };
    match switch_channel(&shared, &id, Some(error).filter(|error| !error.is_empty())) {
        Ok(()) => Redirect::to("/").into_response(),
        refused @ Err(_) => answered(refused),
    }
}

pub(super) async fn rate_limit_button(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::of_body(&headers, &body).unwrap_or_default();
    shared.world().rate_limit = match form.get("enabled") {
        Some("true") => RateLimit::On,
        Some("false") => RateLimit::Off,
        _ => return refusal(StatusCode::BAD_REQUEST, "send a form with enabled=true or false"),
    };
    Redirect::to("/").into_response()
}

pub(super) async fn mend_button(State(shared): State<Arc<Shared>>) -> Redirect {
    shared.world().exchange = None;
    Redirect::to("/")
}

pub(super) async fn forget_button(State(shared): State<Arc<Shared>>) -> Redirect {
    shared.forget();
    Redirect::to("/")
}

/// What cannot be switched.
enum Unknown {
    Channel,
    Error,
}

fn switch_channel(shared: &Shared, id: &str, code: Option<&str>) -> Result<(), Unknown> {
    let place = place(id).ok_or(Unknown::Channel)?;
    let error = code.map(|code| PostError::parse(code).ok_or(Unknown::Error)).transpose()?;
    shared.switch(place, error);
    Ok(())
}

fn answered(result: Result<(), Unknown>) -> Response {
    match result {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(Unknown::Channel) => refusal(StatusCode::NOT_FOUND, "there is no such channel"),
        Err(Unknown::Error) => refusal(StatusCode::UNPROCESSABLE_ENTITY, "Slack has no such error"),
    }
}

fn refusal(status: StatusCode, why: &str) -> Response {
    (status, format!("{why}\n")).into_response()
}
