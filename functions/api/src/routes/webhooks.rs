//! `GET /v1/webhooks` and `GET /v1/webhooks/{id}`

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::ports::{Order, PortResult, Slice};
use domain::row::WebhookRow;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::deliveries::{self, Found};
use crate::openapi::{FindProblems, ReadProblems};
use crate::problem::Problem;
use crate::scope::{Chosen, Scope};
use crate::view::{self, LastDelivery, Webhook};

/// A tenant's webhooks.
#[derive(Serialize, ToSchema)]
pub(crate) struct Webhooks<'a> {
    /// In order of creation.
    items: Vec<Webhook<'a>>,
}

/// How many webhooks are looked up side by side.
const LOOK_UPS: usize = 10;

/// All webhooks
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    operation_id = "listWebhooks",
    params(("include" = Option<String>, Query, description = "`lastDelivery` adds each webhook's last delivery.")),
    responses((status = OK, description = "In order of creation.", body = Webhooks), ReadProblems),
)]
pub(crate) async fn list(
    State(api): State<Api>,
    scope: Scope,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let rows = &scope.roster.webhooks;
    let items = if asks_for_last_delivery(query.as_deref().unwrap_or_default()) {
        let look_ups: Vec<_> = rows.iter().map(|row| with_last_delivery(&api, row)).collect();
        stream::iter(look_ups).buffered(LOOK_UPS).try_collect().await?
    } else {
        rows.iter().map(|row| Webhook::of(row)).collect()
    };
    Ok(Json(Webhooks { items }).into_response())
}

/// One webhook
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}",
    operation_id = "getWebhook",
    params(("id" = String, Path)),
    responses(
        (status = OK, description = "The webhook.", body = Webhook, headers(("ETag" = String))),
        FindProblems,
    ),
)]
pub(crate) async fn show(chosen: Chosen) -> Response {
    view::answer(StatusCode::OK, &chosen.row)
}

/// Whether `include` names it, alone or in a comma list. What else a query
/// says means nothing, as it always has to URLs.
fn asks_for_last_delivery(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == "include")
        .any(|(_, value)| value.split(',').any(|part| part == "lastDelivery"))
}

async fn with_last_delivery<'a>(api: &Api, row: &'a WebhookRow) -> PortResult<Webhook<'a>> {
    Ok(Webhook::of(row).with_last_delivery(last(api, row).await?))
}

/// The delivery with the newest event.
async fn last(api: &Api, row: &WebhookRow) -> PortResult<Option<LastDelivery>> {
    let slice = Slice { order: Order::NewestFirst, behind: None, limit: 1 };
    let newest = deliveries::list(api, row, None, slice).await?.found.into_iter().next();
    Ok(newest.map(|found| last_delivery(&found, row)))
}

fn last_delivery(found: &Found, row: &WebhookRow) -> LastDelivery {
    let (attempts, created_at) = match found {
        Found::Logged(entry) => (&entry.attempts, entry.created_at),
        Found::Waiting(item) => (&item.attempts, item.delivery_since),
    };
    let attempt = attempts.last();
    LastDelivery {
        at: attempt.map_or(created_at, |attempt| attempt.at),
        status: found.status(row).as_str(),
        error: attempt.and_then(|attempt| attempt.error).map(|error| error.as_str()),
    }
}
