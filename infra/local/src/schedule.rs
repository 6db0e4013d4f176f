//! What EventBridge Scheduler does: puts a message on a queue over and over.

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::sqs::Sqs;
use crate::template::Schedule;

/// Keeps a schedule for ever; the first message comes after its first wait.
pub(crate) async fn keep(schedule: Schedule, sqs: Sqs, queue_url: String) {
    let mut ticks = interval_at(Instant::now() + schedule.every, schedule.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = sqs.send(&queue_url, &schedule.message, None).await {
            tracing::warn!("{error}");
        }
    }
}
