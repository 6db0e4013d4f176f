//! Installing into Slack: `POST /v1/slack/installations`,
//! `GET /v1/slack/installations/{id}`, and the popup's two public routes.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{ALLOW, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::ids::InstallationId;
use domain::installation::{Ended, Installation, Pass, PassKey, Progress};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::openapi::{FindProblems, InstallationState, ReadProblems};
use crate::problem::Problem;
use crate::scope::Scope;
use crate::slack::finish::{Finished, finish};
use crate::slack::query::Query;
use crate::slack::start::start;
use crate::slack::{cookie, new_secret};

/// An installation that has begun.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Begun {
    /// To be opened in a popup; works once, for 10 minutes.
    start_url: String,
    /// To ask how it stands.
    #[schema(example = "si_01ARYZ6S41TSV4RRFFQ69G5FAV")]
    installation_id: String,
}

/// How an installation stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Standing {
    #[schema(value_type = InstallationState, inline)]
    state: &'static str,
    /// Of a completed one: the webhook, new or renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    webhook_id: Option<String>,
    /// Of a failed one: a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "access_denied")]
    error: Option<&'static str>,
}

/// Begin an installation into Slack
#[utoipa::path(
    post,
    path = "/v1/slack/installations",
    operation_id = "beginSlackInstallation",
    responses(
        (
            status = CREATED, description = "Open `startUrl` in a popup, and ask for the installation until it has ended.",
            body = Begun, headers(("Location" = String)),
        ),
        ReadProblems,
    ),
)]
pub(crate) async fn begin(State(api): State<Api>, scope: Scope) -> Result<Response, Problem> {
    scope.require_license(&api)?;
    let now = api.ports.clock.now();
    let (id, ticket) = (InstallationId::new(now, api.ports.dice.roll()), new_secret(&api));
    let (tenant, by) = (scope.admin.tenant().clone(), scope.admin.account().clone());
    let installation = Installation { tenant: tenant.clone(), id: id.clone(), moved_at: now, ended: None };
    api.ports.installations.put(&installation).await?;
    let pass = Pass { tenant, installation: id.clone(), by, issued_at: now, browser: None };
    api.ports.installations.issue(&PassKey::of_ticket(&ticket), &pass).await?;
    let location = format!("/v1/slack/installations/{id}");
    let begun = Begun { start_url: api.slack.start_url(&ticket), installation_id: id.to_string() };
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(begun)).into_response())
}

/// How an installation into Slack stands
#[utoipa::path(
    get,
    path = "/v1/slack/installations/{id}",
    operation_id = "getSlackInstallation",
    params(("id" = String, Path)),
    responses((status = OK, description = "Kept for a day.", body = Standing), FindProblems),
)]
pub(crate) async fn show(
    State(api): State<Api>,
    scope: Scope,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Standing>, Problem> {
    let named = path.ok().and_then(|Path(id)| InstallationId::parse(&id).ok());
    let id = named.ok_or(Problem::NoSuchInstallation)?;
    if scope.roster.removal.is_some_and(|removal| removal.took_installation(&id)) {
        return Err(Problem::NoSuchInstallation);
    }
    let found = api.ports.installations.get(scope.admin.tenant(), &id).await?;
    let installation = found.ok_or(Problem::NoSuchInstallation)?;
    Ok(Json(Standing::of(installation.progress(api.ports.clock.now()))))
}

/// The popup begins (public)
#[utoipa::path(
    get,
    path = "/v1/slack/start",
    operation_id = "startSlackInstallation",
    security(()),
    params(("ticket" = String, Query, description = "Of `startUrl`; works once.")),
    responses(
        (status = FOUND, description = "To Slack, with a cookie.", headers(("Location" = String), ("Set-Cookie" = String))),
        (status = GONE, description = "The ticket is unknown, used or too old.", body = String, content_type = "text/html"),
        (status = INTERNAL_SERVER_ERROR, description = "Begin again.", body = String, content_type = "text/html"),
        (
            status = SERVICE_UNAVAILABLE, description = "Begin again.", body = String, content_type = "text/html",
            headers(("Retry-After" = u64)),
        ),
    ),
)]
pub(crate) async fn start_popup(
    State(api): State<Api>,
    method: Method,
    RawQuery(query): RawQuery,
) -> Response {
    if method != Method::GET {
        return only_get();
    }
    match start(&api, Query::read(query.as_deref()).secret("ticket")).await {
        Ok(to_slack) => {
            let headers = [(LOCATION, to_slack.location), (SET_COOKIE, to_slack.cookie)];
            (StatusCode::FOUND, headers).into_response()
        }
        Err(page) => page.respond(&api),
    }
}

/// The popup comes back from Slack (public)
#[utoipa::path(
    get,
    path = "/v1/slack/callback",
    operation_id = "finishSlackInstallation",
    security(()),
    params(
        ("code" = Option<String>, Query, description = "Slack's; works once."),
        ("state" = Option<String>, Query, description = "What the popup took to Slack; works once."),
        ("error" = Option<String>, Query, description = "Why there is no code."),
    ),
    responses(
        (status = OK, description = "The webhook is made; the page closes itself.", body = String, content_type = "text/html", headers(("Set-Cookie" = String))),
        (status = BAD_REQUEST, description = "No webhook was made; the page says why.", body = String, content_type = "text/html", headers(("Set-Cookie" = String))),
        (status = INTERNAL_SERVER_ERROR, description = "Begin again.", body = String, content_type = "text/html", headers(("Set-Cookie" = String))),
        (
            status = SERVICE_UNAVAILABLE, description = "Begin again.", body = String, content_type = "text/html",
            headers(("Set-Cookie" = String), ("Retry-After" = u64)),
        ),
    ),
)]
pub(crate) async fn finish_popup(
    State(api): State<Api>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    if method != Method::GET {
        return only_get();
    }
    let Finished { page, pass } = finish(&api, &Query::read(query.as_deref()), &headers).await;
    let mut response = page.respond(&api);
    if let Some(cookie) = pass.and_then(|pass| cookie::clear(&pass.installation)) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// The router lets HEAD in where GET is: it would use a ticket or a state up.
fn only_get() -> Response {
    let mut response = Problem::MethodNotAllowed.into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
    response
}

impl Standing {
    fn of(progress: Progress) -> Self {
        match progress {
            Progress::Pending => Self { state: "pending", webhook_id: None, error: None },
            Progress::Ended(Ended::Completed(webhook)) => {
                Self { state: "completed", webhook_id: Some(webhook.to_string()), error: None }
            }
            Progress::Ended(Ended::Failed(error)) => {
                Self { state: "failed", webhook_id: None, error: Some(error.as_str()) }
            }
        }
    }
}
