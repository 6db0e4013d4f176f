//! `POST /v1/webhooks/{id}/deliveries/{deliveryId}/redeliver` and
//! `POST /v1/webhooks/{id}/deliveries/redeliver`

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::delivery::Outcome;
use domain::ids::{DeliveryId, RedeliveryId};
use domain::message::DeliveriesMessage;
use domain::ports::{Order, PortResult, Slice};
use domain::redelivery::{Asked, Kept, Redelivery};
use domain::row::{Status as RowStatus, WebhookRow};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::body::{JSON, JsonBody};
use crate::deliveries::{Status, came};
use crate::openapi::{RedeliverAllProblems, RedeliverProblems, RedeliveryRequest};
use crate::problem::Problem;
use crate::routes::deliveries::ChosenDelivery;
use crate::routes::test_event::Queued;
use crate::scope::Chosen;

/// How many deliveries a request concerns.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counted {
    /// No further than 10,000. Those that wait to be sent again already are among them; none is sent twice.
    count: usize,
    /// Whether there may be more.
    more: bool,
}

/// What is counted.
const MOST: usize = 10_000;
/// What is read at once, and how long counting may take: a request ends after 29 s.
const A_PAGE: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(10);

/// Send a delivery again
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver",
    operation_id = "redeliver",
    params(("id" = String, Path), ("deliveryId" = String, Path)),
    responses((status = ACCEPTED, description = "It is queued.", body = Queued), RedeliverProblems),
)]
pub(crate) async fn one(
    State(api): State<Api>,
    chosen: ChosenDelivery,
) -> Result<(StatusCode, Json<Queued>), Problem> {
    let ChosenDelivery { webhook, found } = chosen;
    webhook.scope.require_license(&api)?;
    let row = &webhook.row;
    require_active(row)?;
    if found.status(row) == Status::Pending {
        return Err(Problem::DeliveryPending);
    }
    let message = DeliveriesMessage::redeliver(&row.key, found.id(), &redelivery(&api));
    api.ports.queue.send_delivery(&row.key.tenant, &message, Duration::ZERO).await?;
    Ok((StatusCode::ACCEPTED, Json(Queued::of(found.id()))))
}

/// Send all again that failed or is held
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/deliveries/redeliver",
    operation_id = "redeliverAll",
    params(("id" = String, Path)),
    request_body = RedeliveryRequest,
    responses(
        (status = ACCEPTED, description = "They are sent in the background.", body = Counted),
        (status = OK, description = "So many there are (`dryRun`).", body = Counted),
        RedeliverAllProblems,
    ),
)]
pub(crate) async fn all(
    State(api): State<Api>,
    chosen: Chosen,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Counted>), Problem> {
    chosen.scope.require_license(&api)?;
    let body = JsonBody::read(&headers, body, JSON).await?;
    let asked = Asked::read(&body.node).map_err(Problem::Invalid)?;
    let row = &chosen.row;
    require_active(row)?;
    let behind = DeliveryId::before_all_of(asked.since);
    let counted = count(&api, row, asked.what, &behind).await?;
    if asked.dry_run {
        return Ok((StatusCode::OK, Json(counted)));
    }
    if counted.count > 0 || counted.more {
        let message = DeliveriesMessage::redeliver_all(&row.key, asked.what, &behind, &redelivery(&api));
        api.ports.queue.send_delivery(&row.key.tenant, &message, Duration::ZERO).await?;
    }
    Ok((StatusCode::ACCEPTED, Json(counted)))
}

/// What is sent by hand goes the way of what waits, and there is none to a
/// webhook that is paused or disabled.
fn require_active(row: &WebhookRow) -> Result<(), Problem> {
    if row.status == RowStatus::On { Ok(()) } else { Err(Problem::WebhookNotActive) }
}

fn redelivery(api: &Api) -> Redelivery {
    let at = api.ports.clock.now();
    Redelivery { id: RedeliveryId::new(at, api.ports.dice.roll()), at }
}

async fn count(api: &Api, row: &WebhookRow, what: Kept, behind: &DeliveryId) -> PortResult<Counted> {
    let end = api.ports.clock.now().plus(PATIENCE);
    let (mut count, mut behind) = (0, Some(behind.clone()));
    while let Some(from) = behind {
        if count > MOST || api.ports.clock.now() > end {
            return Ok(Counted { count: count.min(MOST), more: true });
        }
        let (found, next) = some(api, row, what, &from).await?;
        count += found;
        behind = next;
    }
    Ok(Counted { count: count.min(MOST), more: count > MOST })
}

/// How many there are on a page, and where the next one begins.
async fn some(
    api: &Api,
    row: &WebhookRow,
    what: Kept,
    behind: &DeliveryId,
) -> PortResult<(usize, Option<DeliveryId>)> {
    let webhook = &row.key.webhook;
    let slice = Slice { order: Order::OldestFirst, behind: Some(behind), limit: A_PAGE };
    match (what, came(row, Status::Held)) {
        (Kept::Failed, _) => {
            let page = api.ports.log.page(webhook, slice, Some(Outcome::Failed)).await?;
            Ok((page.items.len(), page.next))
        }
        (Kept::Held, Some(came)) => {
            let page = api.ports.backlog.page(webhook, slice, came).await?;
            let mut held: Vec<_> = page.items.iter().map(|item| item.key.delivery()).collect();
            held.dedup();
            Ok((held.len(), page.next))
        }
        (Kept::Held, None) => Ok((0, None)),
    }
}
