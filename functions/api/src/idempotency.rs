//! `Idempotency-Key`: a creation that is repeated is answered as it was the
//! first time. What is stored are hashes of the key and of the body, the body's
//! keyed with the key, since a body holds secrets.

use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::fault::{Fault, FaultCode};
use domain::ids::WebhookId;
use domain::ports::{Begun, KeyUse, PortError};
use domain::row::WebhookRow;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Api;
use crate::problem::Problem;
use crate::scope::Scope;
use crate::view::Webhook;

/// The header's name.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
const MAX_CHARS: usize = 255;

/// The header's value, if it was sent.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let fits = (1..=MAX_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if fits && values.next().is_none() {
        Ok(Some(text))
    } else {
        let detail = "The Idempotency-Key must be one of 1 to 255 visible ASCII characters.";
        Err(Fault::new("", FaultCode::InvalidIdempotencyKey, detail))
    }
}

/// What to do with a request that has a key.
pub(crate) enum Start {
    /// Carry it out, for this use of the key. Unless it is the first, what an earlier request
    /// under the key began may still come through.
    GoOn {
        /// Whose webhook's id is the first one's.
        key_use: KeyUse,
        /// Whether nobody has used the key before.
        is_first: bool,
    },
    /// Answer it like this.
    Answer(CreatedAnswer),
}

/// Takes the key, for this body. What it was used for before the tenant was removed
/// went with the tenant.
pub(crate) async fn begin(api: &Api, scope: &Scope, key: &str, body: &[u8]) -> Result<Start, Problem> {
    let now = api.ports.clock.now();
    let mut used = Sha256::new_with_prefix(key);
    if let Some(removal) = &scope.roster.removal {
        used.update(removal.recorded_at.as_millis().to_be_bytes());
    }
    let mut key_use = KeyUse {
        tenant: scope.admin.tenant().clone(),
        key: hex(&used.finalize()),
        body: hex(&keyed_hash(key, body)),
        webhook: WebhookId::new(now, api.ports.dice.roll()),
        now,
    };
    match api.ports.idempotency.begin(&key_use).await? {
        Begun::GoOn(webhook) => {
            let is_first = webhook == key_use.webhook;
            key_use.webhook = webhook;
            Ok(Start::GoOn { key_use, is_first })
        }
        Begun::Answered(text) => CreatedAnswer::stored(&text).map(Start::Answer),
        Begun::Reused => Err(Problem::of_header(
            FaultCode::IdempotencyKeyReused,
            "This Idempotency-Key was used with another body.",
        )),
        Begun::Running => Err(Problem::IdempotencyInProgress),
    }
}

/// Keeps the answer. If that fails, a repeat within a minute is told to wait,
/// and a later one finds the webhook made.
pub(crate) async fn finish(api: &Api, key_use: &KeyUse, answer: &CreatedAnswer) {
    let kept = match serde_json::to_string(answer) {
        Ok(text) => api.ports.idempotency.finish(key_use, &text).await,
        Err(fault) => Err(PortError::Failed(fault.to_string())),
    };
    if let Err(fault) = kept {
        tracing::warn!(webhook = %key_use.webhook, %fault, "answer not kept for its idempotency key");
    }
}

/// Gives the key back after a request that failed: to be used anew when it came to nothing for
/// certain, or else for the same webhook. If that fails, a repeat within a minute is told to wait.
pub(crate) async fn end(api: &Api, key_use: &KeyUse, for_certain: bool) {
    let keys = &api.ports.idempotency;
    let ended = if for_certain { keys.forget(key_use).await } else { keys.release(key_use).await };
    if let Err(fault) = ended {
        tracing::warn!(%fault, "idempotency key not given back");
    }
}

/// The answer to a creation, the first time and every time after.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CreatedAnswer {
    location: String,
    etag: String,
    body: String,
}

impl CreatedAnswer {
    /// The answer that shows this row.
    pub(crate) fn of(row: &WebhookRow) -> Result<Self, Problem> {
        let body = serde_json::to_string(&Webhook::of(row));
        Ok(Self {
            location: format!("/v1/webhooks/{}", row.key.webhook),
            etag: crate::etag::text_of(row.version),
            body: body.map_err(|fault| PortError::Failed(fault.to_string()))?,
        })
    }

    fn stored(text: &str) -> Result<Self, Problem> {
        let read = serde_json::from_str(text);
        read.map_err(|fault| PortError::Failed(format!("kept answer: {fault}")).into())
    }
}

impl IntoResponse for CreatedAnswer {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // Ids, digits and quotes always make header values.
        for (name, text) in [(LOCATION, self.location), (ETAG, self.etag)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
        response
    }
}

fn keyed_hash(key: &str, body: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
