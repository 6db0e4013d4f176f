//! What Lambda's event source mapping does for one queue: receives batches, invokes
//! the function with several of them at once, and deletes what did not fail. What
//! failed becomes visible again when its visibility timeout ends.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::batch::{self, Verdict};
use crate::pool::Pool;
use crate::sqs::{Message, Sqs};
use crate::template;

/// `BatchSize` of the template.
const BATCH: usize = 10;
/// Between two looks at an empty queue. SQS would hand a delayed message out the
/// moment it is due; moto's own wait looks once a second, which is a long time
/// for a webhook that gets one message a second.
const PAUSE: Duration = Duration::from_millis(100);

/// A queue and the function behind it.
pub(crate) struct Source {
    pub(crate) sqs: Sqs,
    pub(crate) queue_url: String,
    pub(crate) function: Arc<Pool>,
}

/// Feeds the function for ever, with so many batches at once. One receive at a time:
/// moto would hand a message to two of them.
pub(crate) async fn feed(source: Source, at_once: usize) {
    let source = Arc::new(source);
    let free = Arc::new(Semaphore::new(at_once));
    let mut running = JoinSet::new();
    while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
        while running.try_join_next().is_some() {}
        match source.sqs.receive(&source.queue_url, BATCH, Duration::ZERO).await {
            Ok(messages) if messages.is_empty() => tokio::time::sleep(PAUSE).await,
            Ok(messages) => {
                let source = Arc::clone(&source);
                running.spawn(async move {
                    source.invoke(&messages).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::debug!("{error}");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

impl Source {
    async fn invoke(&self, messages: &[Message]) {
        let name = self.queue_url.rsplit('/').next().unwrap_or_default();
        let event = batch::event(messages, &template::queue_arn(name));
        // The pool reports a function that fails.
        let Ok(answer) = self.function.invoke(Bytes::from(event.to_string())).await else { return };
        match batch::judge(messages, &answer) {
            Verdict::Delete(done) => {
                let receipts: Vec<_> = done.iter().map(|message| message.receipt_handle.as_str()).collect();
                if let Err(error) = self.sqs.delete(&self.queue_url, &receipts).await {
                    tracing::warn!("{error}");
                }
            }
            Verdict::KeepAll(why) => tracing::warn!("a whole batch of {name} failed: {why}"),
        }
    }
}
