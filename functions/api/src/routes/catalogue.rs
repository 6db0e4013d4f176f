//! `GET /v1/event-types`

use axum::Json;
use domain::catalogue::{CATALOGUE, CatalogueEntry};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::openapi::ReadProblems;

/// Every event type that a webhook can choose.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventTypes {
    #[schema(value_type = Vec<EventType>)]
    items: &'static [CatalogueEntry],
}

/// One event type.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[allow(dead_code, reason = "describes CatalogueEntry, whose crate knows no OpenAPI")]
pub(crate) struct EventType {
    #[schema(example = "project_scan.finished")]
    id: String,
    #[schema(example = "Finished project scan")]
    label: String,
    #[schema(example = "Scanning")]
    category: String,
    /// What an event's `details` usually hold.
    detail_fields: Vec<String>,
}

/// The catalogue of event types
#[utoipa::path(
    get,
    path = "/v1/event-types",
    operation_id = "listEventTypes",
    responses((status = OK, description = "In the order they are shown.", body = EventTypes), ReadProblems),
)]
pub(crate) async fn list(_admin: Admin) -> Json<EventTypes> {
    Json(EventTypes { items: CATALOGUE })
}
