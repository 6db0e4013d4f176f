//! A webhook as the API shows it. Made from the row alone, which holds no
//! secret value, so that there is none to leak.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use domain::row::{State, Status, WebhookRow};
use domain::webhook::slack::SlackName;
use domain::webhook::{StoredHeader, Target};
use serde::Serialize;
use utoipa::ToSchema;

use crate::etag;

/// A configured receiver.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Webhook {
    #[schema(example = "wh_01ARYZ6S41TSV4RRFFQ69G5FAV")]
    id: String,
    /// `custom` or `slack`.
    #[schema(example = "custom")]
    kind: &'static str,
    #[schema(example = "Splunk prod")]
    display_name: String,
    /// On custom webhooks only: a Slack webhook's URL is a credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://hec.example.com:8088/services/collector/raw")]
    url: Option<String>,
    /// On Slack webhooks only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    slack: Option<Slack>,
    /// The event types that are sent; `["*"]` is all, those added later too.
    event_types: Vec<String>,
    #[schema(example = "json")]
    format: &'static str,
    signing_secrets: Vec<SigningSecret>,
    /// Null when none is stored.
    #[schema(required)]
    authorization: Option<Authorization>,
    headers: Vec<Header>,
    /// False while an admin has paused it; true while we have disabled it.
    enabled: bool,
    status: StatusView,
    /// Only when asked for; null when there is no delivery yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LastDelivery>)]
    last_delivery: Option<Option<LastDelivery>>,
    #[schema(format = DateTime)]
    created_at: String,
    /// The admin's account id.
    created_by: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// The admin's account id.
    updated_by: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Slack {
    team: Named,
    channel: Named,
    configuration_url: String,
}

/// A team or channel of Slack.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Named {
    id: String,
    name: String,
}

/// What is shown of a signing secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SigningSecret {
    id: String,
    /// Its first characters.
    hint: String,
    #[schema(format = DateTime)]
    created_at: String,
}

/// What is shown of a stored authorization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Authorization {
    #[schema(example = "Bearer")]
    scheme: String,
}

/// An additional header.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Header {
    name: String,
    /// Absent when the header is secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    value: Option<String>,
    secret: bool,
}

/// How a webhook is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookStatus)]
pub(crate) struct StatusView {
    /// `active`, `paused` (by an admin), `failing` or `disabled` (by us).
    #[schema(example = "active")]
    state: &'static str,
    #[schema(format = DateTime)]
    since: String,
    /// Why it is disabled: a code.
    #[schema(required)]
    reason: Option<&'static str>,
    /// Why it is disabled: a sentence.
    #[schema(required)]
    reason_text: Option<String>,
}

/// The delivery with the newest event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LastDelivery {
    /// When it was last attempted, or else when it was first had.
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// `pending`, `succeeded`, `failed` or `held`.
    #[schema(example = "succeeded")]
    pub(crate) status: &'static str,
    /// Why its last attempt did not deliver: a code.
    #[schema(required)]
    pub(crate) error: Option<&'static str>,
}

impl Webhook {
    /// A row as it is shown.
    pub(crate) fn of(row: &WebhookRow) -> Self {
        let settings = &row.settings;
        Self {
            id: row.key.webhook.to_string(),
            kind: settings.target.kind(),
            display_name: settings.display_name.as_str().to_owned(),
            url: settings.target.url().map(|url| url.as_str().to_owned()),
            slack: slack_of(&settings.target),
            event_types: settings.event_types.clone().into(),
            format: settings.format.as_str(),
            signing_secrets: settings.signing_secrets.iter().map(SigningSecret::of).collect(),
            authorization: settings.authorization_scheme.clone().map(|scheme| Authorization { scheme }),
            headers: settings.headers.iter().map(Header::of).collect(),
            enabled: is_enabled(row.status),
            status: StatusView::of(row),
            last_delivery: None,
            created_at: row.created.at.to_string(),
            created_by: row.created.by.to_string(),
            updated_at: row.updated.at.to_string(),
            updated_by: row.updated.by.to_string(),
        }
    }

    /// The same with its last delivery.
    #[must_use]
    pub(crate) fn with_last_delivery(self, last: Option<LastDelivery>) -> Self {
        Self { last_delivery: Some(last), ..self }
    }
}

/// A webhook as the answer to a request about it alone.
pub(crate) fn answer(status: StatusCode, row: &WebhookRow) -> Response {
    (status, [(ETAG, etag::of(row.version))], Json(Webhook::of(row))).into_response()
}

/// What `enabled` says: only an admin's pause makes it false.
pub(crate) const fn is_enabled(status: Status) -> bool {
    match status {
        Status::On | Status::Disabled(_) => true,
        Status::Paused => false,
    }
}

impl StatusView {
    fn of(row: &WebhookRow) -> Self {
        let (state, since) = row.state();
        let (state, reason) = match state {
            State::Active => ("active", None),
            State::Paused => ("paused", None),
            State::Failing => ("failing", None),
            State::Disabled(reason) => ("disabled", Some(reason)),
        };
        Self {
            state,
            since: since.to_string(),
            reason: reason.map(|reason| reason.as_str()),
            reason_text: reason.map(|reason| reason.sentence(&row.settings.target)),
        }
    }
}

impl SigningSecret {
    fn of(stored: &domain::webhook::signing_secret::SigningSecret) -> Self {
        Self {
            id: stored.id.to_string(),
            hint: stored.hint.clone(),
            created_at: stored.created_at.to_string(),
        }
    }
}

impl Header {
    fn of(stored: &StoredHeader) -> Self {
        Self { name: stored.name.to_string(), value: stored.value.clone(), secret: stored.secret() }
    }
}

fn slack_of(target: &Target) -> Option<Slack> {
    let named = |name: &SlackName| Named { id: name.id.clone(), name: name.name.clone() };
    match target {
        Target::Custom { .. } => None,
        Target::Slack(slack) => Some(Slack {
            team: named(&slack.team),
            channel: named(&slack.channel),
            configuration_url: slack.configuration_url.clone(),
        }),
    }
}
