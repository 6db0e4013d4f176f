//! A webhook as the API shows it. Made from the row alone, which holds no
//! secret value, so that there is none to leak.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use domain::ids::{AccountId, SigningSecretId, WebhookId};
use domain::row::{State, Status, WebhookRow};
use domain::time::Timestamp;
use domain::webhook::slack::SlackName;
use domain::webhook::subscription::Subscription;
use domain::webhook::{StoredHeader, Target, signing_secret};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::{Kind, StateWord};
use crate::{deliveries, etag};

/// A configured receiver.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Webhook<'a> {
    #[schema(value_type = String, example = "wh_01ARYZ6S41TSV4RRFFQ69G5FAV")]
    id: &'a WebhookId,
    #[schema(value_type = Kind, inline)]
    kind: &'static str,
    #[schema(example = "Splunk prod")]
    display_name: &'a str,
    /// On custom webhooks only: a Slack webhook's URL is a credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://hec.example.com:8088/services/collector/raw")]
    url: Option<&'a str>,
    /// On Slack webhooks only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    slack: Option<Slack<'a>>,
    /// The event types that are sent; `["*"]` is all, those added later too.
    #[schema(value_type = Vec<String>)]
    event_types: &'a Subscription,
    #[schema(example = "json")]
    format: &'static str,
    signing_secrets: Vec<SigningSecret<'a>>,
    /// Null when none is stored.
    #[schema(required)]
    authorization: Option<Authorization<'a>>,
    headers: Vec<Header<'a>>,
    /// False while an admin has paused it; true while we have disabled it.
    enabled: bool,
    status: StatusView,
    /// Only when asked for; null when there is no delivery yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LastDelivery>)]
    last_delivery: Option<Option<LastDelivery>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The admin's account id.
    #[schema(value_type = String)]
    created_by: &'a AccountId,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// The admin's account id.
    #[schema(value_type = String)]
    updated_by: &'a AccountId,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Slack<'a> {
    team: Named<'a>,
    channel: Named<'a>,
    configuration_url: &'a str,
}

/// A team or channel of Slack.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Named<'a> {
    id: &'a str,
    name: &'a str,
}

/// What is shown of a signing secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SigningSecret<'a> {
    #[schema(value_type = String)]
    id: &'a SigningSecretId,
    /// Its first characters.
    hint: &'a str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// What is shown of a stored authorization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Authorization<'a> {
    #[schema(example = "Bearer")]
    scheme: &'a str,
}

/// An additional header.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Header<'a> {
    name: &'a str,
    /// Absent when the header is secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    value: Option<&'a str>,
    secret: bool,
}

/// How a webhook is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookStatus)]
pub(crate) struct StatusView {
    #[schema(value_type = StateWord, inline)]
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
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
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    #[schema(value_type = deliveries::Status, inline)]
    pub(crate) status: &'static str,
    /// Why its last attempt did not deliver: a code.
    #[schema(required)]
    pub(crate) error: Option<&'static str>,
}

impl<'a> Webhook<'a> {
    /// A row as it is shown.
    pub(crate) fn of(row: &'a WebhookRow) -> Self {
        let settings = &row.settings;
        Self {
            id: &row.key.webhook,
            kind: settings.target.kind(),
            display_name: settings.display_name.as_str(),
            url: settings.target.url().map(|url| url.as_str()),
            slack: slack_of(&settings.target),
            event_types: &settings.event_types,
            format: settings.format.as_str(),
            signing_secrets: settings.signing_secrets.iter().map(SigningSecret::of).collect(),
            authorization: settings.authorization_scheme.as_deref().map(|scheme| Authorization { scheme }),
            headers: settings.headers.iter().map(Header::of).collect(),
            enabled: is_enabled(row.status),
            status: StatusView::of(row),
            last_delivery: None,
            created_at: row.created.at,
            created_by: &row.created.by,
            updated_at: row.updated.at,
            updated_by: &row.updated.by,
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
            since,
            reason: reason.map(|reason| reason.as_str()),
            reason_text: reason.map(|reason| reason.sentence(&row.settings.target)),
        }
    }
}

impl<'a> SigningSecret<'a> {
    fn of(stored: &'a signing_secret::SigningSecret) -> Self {
        Self { id: &stored.id, hint: &stored.hint, created_at: stored.created_at }
    }
}

impl<'a> Header<'a> {
    fn of(stored: &'a StoredHeader) -> Self {
        Self { name: stored.name.as_str(), value: stored.value.as_deref(), secret: stored.secret() }
    }
}

fn slack_of(target: &Target) -> Option<Slack<'_>> {
    match target {
        Target::Custom { .. } => None,
        Target::Slack(slack) => Some(Slack {
            team: Named::of(&slack.team),
            channel: Named::of(&slack.channel),
            configuration_url: &slack.configuration_url,
        }),
    }
}

impl<'a> Named<'a> {
    fn of(named: &'a SlackName) -> Self {
        Self { id: &named.id, name: &named.name }
    }
}
