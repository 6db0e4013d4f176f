//! `POST /v1/webhooks`

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::fault::Fault;
use domain::ids::{SigningSecretId, WebhookId};
use domain::row::WebhookKey;
use domain::time::Timestamp;
use domain::webhook::edit::{Draft, Reading, read_create};

use crate::Api;
use crate::body::{JSON, JsonBody};
use crate::idempotency::{self, CreatedAnswer, Start};
use crate::make::make;
use crate::openapi::{CreateProblems, WebhookCreation};
use crate::problem::{PROBLEM_JSON, Problem, ProblemBody};
use crate::scope::Scope;
use crate::view::Webhook;

/// Create a custom webhook
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    operation_id = "createWebhook",
    params((
        "Idempotency-Key" = Option<String>, Header,
        description = "Visible ASCII characters: for 24 hours, a repeat is answered as the first time.",
        min_length = 1, max_length = 255, pattern = "^[!-~]+$",
    )),
    request_body = WebhookCreation,
    responses(
        (
            status = CREATED, description = "The new webhook.", body = Webhook,
            headers(("ETag" = String), ("Location" = String)),
        ),
        (
            status = CONFLICT, description = "There are 50 already, or the first request with the key is still running.",
            body = ProblemBody, content_type = PROBLEM_JSON,
            headers(("Retry-After" = u64, description = "If it is running: in how many seconds to ask again.")),
        ),
        CreateProblems,
    ),
)]
pub(crate) async fn create(
    State(api): State<Api>,
    scope: Scope,
    headers: HeaderMap,
    body: Body,
) -> Result<CreatedAnswer, Problem> {
    scope.require_license(&api)?;
    let body = JsonBody::read(&headers, body, JSON).await?;
    let now = api.ports.clock.now();
    let (draft, key) = read(&api, &headers, &body, now)?;
    let tenant = scope.admin.tenant();
    let row_key = |webhook| WebhookKey { tenant: tenant.clone(), webhook };
    let stamp = scope.stamp(now);
    let Some(key) = key else {
        let webhook = WebhookId::new(now, api.ports.dice.roll());
        let made = make(&api, &scope.roster, row_key(webhook), draft, stamp).await;
        return made.map_err(|failed| failed.problem).and_then(|row| CreatedAnswer::of(&row));
    };
    let (key_use, is_first) = match idempotency::begin(&api, &scope, key, &body.bytes).await? {
        Start::GoOn { key_use, is_first } => (key_use, is_first),
        Start::Answer(answer) => return Ok(answer),
    };
    match make(&api, &scope.roster, row_key(key_use.webhook.clone()), draft, stamp).await {
        Ok(row) => {
            let answer = CreatedAnswer::of(&row)?;
            idempotency::finish(&api, &key_use, &answer).await;
            Ok(answer)
        }
        Err(failed) => {
            idempotency::end(&api, &key_use, is_first && failed.for_certain).await;
            Err(failed.problem)
        }
    }
}

/// Reads body and key, and finds the faults of both.
fn read<'a>(
    api: &Api,
    headers: &'a HeaderMap,
    body: &JsonBody,
    now: Timestamp,
) -> Result<(Draft, Option<&'a str>), Problem> {
    let mut new_id = || SigningSecretId::new(now, api.ports.dice.roll());
    let reading = Reading { suffixes: &api.rules.allowed_suffixes, now, new_id: &mut new_id };
    let faults =
        |draft: Vec<Fault>, key: Option<Fault>| Err(Problem::Invalid(draft.into_iter().chain(key).collect()));
    match (read_create(&body.node, reading), idempotency::read(headers)) {
        (Ok(draft), Ok(key)) => Ok((draft, key)),
        (Ok(_), Err(key)) => faults(Vec::new(), Some(key)),
        (Err(draft), key) => faults(draft, key.err()),
    }
}
