//! `POST /v1/webhooks/{id}/test`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::{DeliveryId, EventId};
use domain::message::{DeliveriesMessage, TEST_EVENT};
use domain::ports::{PortError, Updated};
use domain::row::{Change, Guard, Stamp, WebhookRow};
use domain::time::Timestamp;
use serde::Serialize;
use serde_json::json;
use serde_json::value::to_raw_value;
use utoipa::ToSchema;

use crate::openapi::TestProblems;
use crate::problem::Problem;
use crate::scope::Chosen;
use crate::{Api, audit};

/// What was queued.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Queued {
    /// The delivery, to be looked up.
    #[schema(example = "dlv_01ARYZ6S41TSV4RRFFQ69G5FAV")]
    delivery_id: String,
}

impl Queued {
    /// This delivery is queued.
    pub(crate) fn of(delivery: &DeliveryId) -> Self {
        Self { delivery_id: delivery.to_string() }
    }
}

/// The least time between two test events of a webhook.
const BETWEEN_TESTS: Duration = Duration::from_secs(5);

/// Send a test event to one webhook
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/test",
    operation_id = "sendTestEvent",
    params(("id" = String, Path)),
    responses((status = ACCEPTED, description = "It is queued.", body = Queued), TestProblems),
)]
pub(crate) async fn send(
    State(api): State<Api>,
    chosen: Chosen,
) -> Result<(StatusCode, Json<Queued>), Problem> {
    chosen.scope.require_license(&api)?;
    let now = api.ports.clock.now();
    let row = &chosen.row;
    let guard = Guard::NotTestedSince(now.minus(BETWEEN_TESTS));
    match api.ports.webhooks.update(&row.key, &[guard], &[Change::Tested(now)]).await? {
        Updated::Done(_) => {}
        // An earlier try of the SDK's got through although its answer was lost. Another admin's
        // request of the same millisecond looks the same: it gets a test event of its own, which
        // is one more than the limit, and harms nobody.
        Updated::Refused(standing) if standing.tested_at == Some(now) => {}
        Updated::Refused(standing) => return Err(Problem::TooManyTests { wait: wait(&standing, now) }),
        Updated::Absent => return Err(Problem::NoSuchWebhook),
    }
    let (message, delivery) = message(&api, row, &chosen.scope.stamp(now))?;
    api.ports.queue.send_delivery(&row.key.tenant, &message, Duration::ZERO).await?;
    Ok((StatusCode::ACCEPTED, Json(Queued::of(&delivery))))
}

fn wait(standing: &WebhookRow, now: Timestamp) -> Duration {
    let tested = standing.tested_at.unwrap_or(now);
    tested.plus(BETWEEN_TESTS).since(now).max(Duration::from_millis(1))
}

/// The message for the dispatcher, and the id of the delivery it leads to.
fn message(api: &Api, row: &WebhookRow, stamp: &Stamp) -> Result<(String, DeliveryId), Problem> {
    let details = json!({"webhookId": row.key.webhook, "displayName": row.settings.display_name});
    let details = to_raw_value(&details).map_err(|fault| PortError::Failed(fault.to_string()))?;
    let id = EventId::new(stamp.at, api.ports.dice.roll());
    let event = audit::event(id, &row.key.tenant, TEST_EVENT, stamp, &details)
        .ok_or_else(|| PortError::Failed("test event not made".to_owned()))?;
    let message = DeliveriesMessage::test(&row.key.webhook, &event);
    Ok((message, event.delivery_to(&row.key.webhook)))
}
