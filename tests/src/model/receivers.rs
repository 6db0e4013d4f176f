//! Receivers in the place of the network: what they do, and what they have seen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use dispatcher::request::Unsendable;
use dispatcher::transport::{Carrier, Make, Reply, Rest};
use domain::attempt::{ATTEMPT_TIMEOUT, Answer, AttemptError};
use domain::time::Timestamp;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::chance::Chance;
use super::lambda::{Function, Run};

/// What a receiver does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    Broken,
    /// Answers 503 and asks to wait for so many seconds.
    Busy(u64),
    Hanging,
    Slow,
    Refusing,
    Gone,
}

/// Events whose id begins so find their receiver broken, whatever its mood.
pub(super) const POISON: &str = "poison";

/// A request that arrived.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) host: String,
    pub(super) delivery: String,
    pub(super) event: String,
    pub(super) tenant: String,
    pub(super) began: Instant,
    pub(super) ended: Instant,
    /// The answer's status; none when there was no answer in time.
    pub(super) status: Option<u16>,
    /// In which invocation it was sent.
    pub(super) run: Run,
}

/// All receivers, by host; a clone is the same.
#[derive(Clone, Default)]
pub(super) struct Receivers(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    moods: Vec<(String, Mood)>,
    arrivals: Vec<Arrival>,
}

impl Receivers {
    pub(super) fn set(&self, host: &str, mood: Mood) {
        let mut held = self.held();
        held.moods.retain(|(known, _)| known != host);
        held.moods.push((host.to_owned(), mood));
    }

    /// Everybody takes everything but poison from now on.
    pub(super) fn heal(&self) {
        self.held().moods.clear();
    }

    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        self.held().arrivals.clone()
    }

    fn mood(&self, host: &str, event: &str) -> Mood {
        let held = self.held();
        if event.starts_with(POISON) {
            return Mood::Broken;
        }
        held.moods.iter().find(|(known, _)| known == host).map_or(Mood::Well, |(_, mood)| *mood)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way to the receivers out of one environment.
pub(super) struct Way {
    pub(super) receivers: Receivers,
    pub(super) chance: Chance,
    pub(super) function: Function,
}

#[async_trait]
impl Carrier for Way {
    async fn send(&self, request: &Make<'_>, _: Timestamp) -> Result<Reply, Unsendable> {
        let (head, body) = request()?.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let host = head.uri.host().unwrap_or_default().to_owned();
        let event = text(&body["id"]);
        self.function.thaw().await;
        let (began, run) = (Instant::now(), self.function.run());
        sleep(self.chance.millis(1, 120)).await;
        let mood = self.receivers.mood(&host, &event);
        let answer = answer(mood).await;
        let status = match answer {
            Answer::Status { code, .. } => Some(code),
            Answer::Slack { .. } | Answer::None(_) => None,
        };
        let delivery = head.headers.get("webhook-id").and_then(|id| id.to_str().ok());
        let arrival = Arrival {
            host,
            delivery: delivery.unwrap_or_default().to_owned(),
            event,
            tenant: text(&body["tenant"]["id"]),
            began,
            ended: Instant::now(),
            status,
            run,
        };
        self.receivers.held().arrivals.push(arrival);
        // The answer is on its way, and the function may die before it comes.
        sleep(self.chance.millis(1, 60)).await;
        Ok(Reply { answer, rest: Rest::none() })
    }
}

async fn answer(mood: Mood) -> Answer {
    let status = |code| Answer::Status { code, retry_after: None };
    match mood {
        Mood::Well => status(200),
        Mood::Broken => status(503),
        Mood::Busy(seconds) => Answer::Status { code: 503, retry_after: Some(Duration::from_secs(seconds)) },
        Mood::Refusing => status(422),
        Mood::Gone => status(410),
        Mood::Slow => {
            sleep(Duration::from_secs(9)).await;
            status(200)
        }
        Mood::Hanging => {
            sleep(ATTEMPT_TIMEOUT).await;
            Answer::None(AttemptError::Timeout)
        }
    }
}
