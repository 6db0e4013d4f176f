//! `GET /v1/webhooks/{id}/deliveries/summary`

use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use domain::delivery::Counts;
use domain::fault::FaultCode;
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::deliveries::{Status, came};
use crate::openapi::ListProblems;
use crate::problem::Problem;
use crate::scope::Chosen;

/// Deliveries counted, by hour or by day.
#[derive(Serialize, ToSchema)]
pub(crate) struct Summary {
    /// Oldest first, without gaps; the last one is still being counted.
    buckets: Vec<Bucket>,
    /// How many wait now, counted no further than 10,000, and among the newest 20 MB of what is kept.
    pending: usize,
}

/// One hour or one day (UTC).
#[derive(Serialize, ToSchema)]
pub(crate) struct Bucket {
    #[schema(format = DateTime)]
    start: String,
    succeeded: u32,
    failed: u32,
    held: u32,
}

/// What waits is counted no further.
const MOST_PENDING: usize = 10_000;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Deliveries counted
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}/deliveries/summary",
    operation_id = "summarizeDeliveries",
    params(("id" = String, Path), ("window" = inline(Window), Query, description = "`24h`, by hour, or `30d`, by day.")),
    responses((status = OK, description = "By the hour of the outcome.", body = Summary), ListProblems),
)]
pub(crate) async fn show(
    State(api): State<Api>,
    chosen: Chosen,
    RawQuery(query): RawQuery,
) -> Result<Json<Summary>, Problem> {
    let window = Window::read(query.as_deref().unwrap_or_default())
        .ok_or_else(|| Problem::of_header(FaultCode::InvalidWindow, "window is 24h or 30d."))?;
    let row = &chosen.row;
    let now = api.ports.clock.now();
    let pending = async {
        match came(row, Status::Pending) {
            Some(came) => api.ports.backlog.count(&row.key.webhook, came, MOST_PENDING).await,
            None => Ok(0),
        }
    };
    let counts = api.ports.log.counts(&row.key, window.start(now));
    let (counts, pending) = futures::try_join!(counts, pending)?;
    Ok(Json(Summary { buckets: window.buckets(now, &counts), pending }))
}

/// How far back, and in what steps.
#[derive(Clone, Copy, ToSchema)]
enum Window {
    #[schema(rename = "24h")]
    Day,
    #[schema(rename = "30d")]
    Month,
}

impl Window {
    fn read(query: &str) -> Option<Self> {
        let mut given = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "window");
        let (_, value) = given.next()?;
        match &*value {
            "24h" => Some(Self::Day),
            "30d" => Some(Self::Month),
            _ => None,
        }
    }

    /// How long a bucket is, and how many there are.
    const fn steps(self) -> (Duration, u32) {
        match self {
            Self::Day => (HOUR, 24),
            Self::Month => (Duration::from_secs(24 * 60 * 60), 30),
        }
    }

    fn start(self, now: Timestamp) -> Timestamp {
        let (step, count) = self.steps();
        now.floor(step).minus(step * (count - 1))
    }

    fn buckets(self, now: Timestamp, hours: &[(Timestamp, Counts)]) -> Vec<Bucket> {
        let (step, count) = self.steps();
        let starts = (0..count).map(|place| self.start(now).plus(step * place));
        starts
            .map(|start| {
                let within = hours.iter().filter(|(hour, _)| hour.floor(step) == start);
                let sum = within.fold(Counts::default(), |sum, (_, counts)| sum.and(*counts));
                let Counts { succeeded, failed, held } = sum;
                Bucket { start: start.to_string(), succeeded, failed, held }
            })
            .collect()
    }
}
