//! A queue between those who send and the environments.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::Notify;

use crate::events::batch_of;
use crate::function::{DONE, Function};

/// `BatchSize` in `infra/template.yaml`.
const BATCH: usize = 10;

/// A queue as Lambda polls it, without a batching window: whoever is free takes what there is.
#[derive(Default)]
pub(super) struct Queue {
    messages: Mutex<VecDeque<String>>,
    closed: AtomicBool,
    changed: Notify,
    pub(super) batches: AtomicU64,
    pub(super) busy_ns: AtomicU64,
}

impl Queue {
    pub(super) fn put(&self, message: String) {
        self.messages.lock().expect("nobody panics with it").push_back(message);
        self.changed.notify_one();
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    fn take(&self) -> Vec<String> {
        let mut messages = self.messages.lock().expect("nobody panics with it");
        let count = messages.len().min(BATCH);
        messages.drain(..count).collect()
    }

    /// One environment's batches, until the queue is closed and empty.
    pub(super) async fn serve(&self, url: &str, environment: &Function) {
        loop {
            let changed = self.changed.notified();
            let batch = self.take();
            if batch.is_empty() {
                if self.closed.load(Ordering::SeqCst) {
                    return;
                }
                changed.await;
                continue;
            }
            let began = Instant::now();
            assert_eq!(environment.invoke(batch_of(url, &batch)).await, DONE.as_bytes());
            self.busy_ns
                .fetch_add(u64::try_from(began.elapsed().as_nanos()).expect("years"), Ordering::Relaxed);
            self.batches.fetch_add(1, Ordering::Relaxed);
        }
    }
}
