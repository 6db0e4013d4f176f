//! `POST /api/oauth.v2.access`: an app changes a code for a webhook
//! (docs.slack.dev/reference/methods/oauth.v2.access).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::form::Form;
use super::refusal::ExchangeFailure;
use super::world::{Installed, World, random};
use super::{SCOPE, Shared, SlackStandIn, pace};

/// Why there is no webhook.
enum Refused {
    InvalidFormData,
    InvalidClientId,
    BadClientSecret,
    InvalidCode,
    BadRedirectUri,
}

impl Refused {
    const fn code(&self) -> &'static str {
        match self {
            Self::InvalidFormData => "invalid_form_data",
            Self::InvalidClientId => "invalid_client_id",
            Self::BadClientSecret => "bad_client_secret",
            Self::InvalidCode => "invalid_code",
            Self::BadRedirectUri => "bad_redirect_uri",
        }
    }
}

pub(super) async fn access(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let failure = shared.world().exchange.clone();
    match failure {
        None => {}
        Some(ExchangeFailure::Code(code)) => return refused(&code),
        Some(ExchangeFailure::Status(status)) => return failed(status),
        Some(ExchangeFailure::Hang) => std::future::pending().await,
    }
    let now = shared.now();
    let installed = shared.world().exchange(&headers, &body, now);
    match installed {
        Ok(installed) => Json(success(&installed)).into_response(),
        Err(why) => refused(why.code()),
    }
}

impl World {
    /// A code that is refused for another reason than itself stays valid.
    fn exchange(&mut self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Installed, Refused> {
        let form = Form::of_body(headers, body).ok_or(Refused::InvalidFormData)?;
        let (client_id, secret) = credentials(headers).ok_or(Refused::InvalidClientId)?;
        if client_id != SlackStandIn::CLIENT_ID {
            return Err(Refused::InvalidClientId);
        }
        if secret != SlackStandIn::CLIENT_SECRET {
            return Err(Refused::BadClientSecret);
        }
        let code = form.get("code").ok_or(Refused::InvalidCode)?;
        let grant = self.granted(code, now).ok_or(Refused::InvalidCode)?;
        if form.get("redirect_uri") != Some(grant.redirect_uri.as_str()) {
            return Err(Refused::BadRedirectUri);
        }
        let place = grant.place;
        self.spend(code);
        Ok(self.install(place))
    }
}

/// User and password of HTTP Basic (RFC 7617).
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    let decoded = BASE64_STANDARD.decode(encoded).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn success(installed: &Installed) -> Value {
    let (workspace, channel) = (installed.place.workspace, installed.place.channel);
    json!({
        "ok": true,
        "app_id": "A0LOCAL",
        "authed_user": {"id": "U0ADA"},
        "scope": SCOPE,
        "token_type": "bot",
        "access_token": format!("xoxb-local-{}", random()),
        "bot_user_id": "U0BOT",
        "team": {"id": workspace.id, "name": workspace.name},
        "enterprise": null,
        "is_enterprise_install": false,
        "incoming_webhook": {
            "channel": channel.name,
            "channel_id": channel.id,
            "configuration_url": installed.configuration_url,
            "url": installed.url,
        },
    })
}

fn refused(code: &str) -> Response {
    Json(json!({"ok": false, "error": code})).into_response()
}

fn failed(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, status.canonical_reason().unwrap_or_default()).into_response();
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(RETRY_AFTER, pace::RETRY_AFTER.into());
    }
    response
}
