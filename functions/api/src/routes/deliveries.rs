//! `GET /v1/webhooks/{id}/deliveries` and `GET /v1/webhooks/{id}/deliveries/{deliveryId}`

use axum::Json;
use axum::extract::{FromRequestParts, RawQuery, State};
use axum::http::request::Parts;
use domain::fault::{Fault, FaultCode};
use domain::ids::DeliveryId;
use domain::ports::{Order, Slice};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::deliveries::{Delivery, DeliveryWithAttempts, Found, Listed, Status, find, list};
use crate::openapi::{FindProblems, ListProblems};
use crate::problem::Problem;
use crate::scope::{Chosen, named};

/// A page of a webhook's deliveries.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deliveries {
    /// Newest event first; there may be few although more follow.
    items: Vec<Delivery>,
    /// For the next page; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}

const DEFAULT_LIMIT: usize = 25;
const MOST: usize = 100;

/// A webhook's deliveries
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}/deliveries",
    operation_id = "listDeliveries",
    params(
        ("id" = String, Path),
        ("status" = inline(Option<Status>), Query, description = "Only these."),
        ("limit" = Option<u8>, Query, minimum = 1, maximum = 100, description = "1 to 100; the default is 25."),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before."),
    ),
    responses((status = OK, description = "The last 30 days, newest event first.", body = Deliveries), ListProblems),
)]
pub(crate) async fn index(
    State(api): State<Api>,
    chosen: Chosen,
    RawQuery(query): RawQuery,
) -> Result<Json<Deliveries>, Problem> {
    let asked = Asked::read(query.as_deref().unwrap_or_default()).map_err(Problem::Invalid)?;
    let row = &chosen.row;
    let slice = Slice { order: Order::NewestFirst, behind: asked.cursor.as_ref(), limit: asked.limit };
    let Listed { found, next } = list(&api, row, asked.status, slice).await?;
    let now = api.ports.clock.now();
    let items = found.iter().map(|one| Delivery::of(one, row, now)).collect();
    Ok(Json(Deliveries { items, next_cursor: next.map(|id| id.to_string()) }))
}

/// One delivery
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}/deliveries/{deliveryId}",
    operation_id = "getDelivery",
    params(("id" = String, Path), ("deliveryId" = String, Path)),
    responses((status = OK, description = "The delivery.", body = DeliveryWithAttempts), FindProblems),
)]
pub(crate) async fn show(
    State(api): State<Api>,
    chosen: ChosenDelivery,
) -> Result<Json<DeliveryWithAttempts>, Problem> {
    Ok(Json(DeliveryWithAttempts::of(&chosen.found, &chosen.webhook.row, api.ports.clock.now())))
}

/// A verified admin, a webhook of the tenant, and a delivery of the webhook.
pub(crate) struct ChosenDelivery {
    /// The caller, the tenant and the webhook.
    pub(crate) webhook: Chosen,
    /// The delivery that the path names.
    pub(crate) found: Found,
}

impl FromRequestParts<Api> for ChosenDelivery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let webhook = Chosen::from_request_parts(parts, api).await?;
        let id = named(parts, "deliveryId").await.and_then(|id| DeliveryId::parse(&id).ok());
        let id = id.ok_or(Problem::NoSuchDelivery)?;
        let found = find(api, &webhook.row, &id).await?.ok_or(Problem::NoSuchDelivery)?;
        Ok(Self { webhook, found })
    }
}

/// What the query asks for.
struct Asked {
    status: Option<Status>,
    limit: usize,
    cursor: Option<DeliveryId>,
}

impl Asked {
    /// All faults at once. What else a query says means nothing.
    fn read(query: &str) -> Result<Self, Vec<Fault>> {
        let (mut asked, mut faults) = (Self { status: None, limit: DEFAULT_LIMIT, cursor: None }, Vec::new());
        let mut fault = |code, detail: &str| faults.push(Fault::new("", code, detail));
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "status" => match Status::parse(&value) {
                    Some(status) => asked.status = Some(status),
                    None => fault(FaultCode::InvalidStatus, "status is pending, succeeded, failed or held."),
                },
                "limit" => match value.parse() {
                    Ok(limit @ 1..=MOST) => asked.limit = limit,
                    Ok(_) | Err(_) => fault(FaultCode::InvalidLimit, "limit is a number from 1 to 100."),
                },
                "cursor" => match DeliveryId::parse(&value) {
                    Ok(cursor) => asked.cursor = Some(cursor),
                    Err(_) => fault(FaultCode::InvalidCursor, "cursor is the nextCursor of another page."),
                },
                _ => {}
            }
        }
        if faults.is_empty() { Ok(asked) } else { Err(faults) }
    }
}
