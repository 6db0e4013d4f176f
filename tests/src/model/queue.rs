//! SQS as its documentation has it: at least once, in no order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::chance::Chance;

/// The template's visibility timeout.
const HIDDEN: Duration = Duration::from_secs(360);
/// The longest delay of a message.
const LONGEST_DELAY: Duration = Duration::from_secs(900);
const BATCH: usize = 10;

/// A message that is handed out.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: u64,
    pub(super) body: Arc<str>,
    pub(super) receives: u32,
    /// Its tenant; the sweep's is none's.
    group: Box<str>,
}

struct Stored {
    message: Message,
    due: Instant,
}

/// A queue; a clone is the same queue.
#[derive(Clone, Default)]
pub(super) struct Queue(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    messages: Vec<Stored>,
    sent: u64,
}

impl Queue {
    pub(super) fn send(&self, body: &str, group: &str, delay: Duration) {
        let mut held = self.held();
        held.sent += 1;
        let message = Message { id: held.sent, body: body.into(), receives: 0, group: group.into() };
        held.messages.push(Stored { message, due: Instant::now() + delay.min(LONGEST_DELAY) });
    }

    /// Some of what is due, in any order; no group's burst goes before others
    /// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html>).
    /// Now and then a message is handed out once more at once, as SQS may.
    pub(super) fn receive(&self, chance: &Chance, duplicates: u32) -> Vec<Message> {
        let now = Instant::now();
        let mut held = self.held();
        let mut due: BTreeMap<Box<str>, Vec<usize>> = BTreeMap::new();
        for (place, stored) in held.messages.iter().enumerate().filter(|(_, stored)| stored.due <= now) {
            due.entry(stored.message.group.clone()).or_default().push(place);
        }
        let most = 1 + chance.below(BATCH);
        let mut batch = Vec::new();
        while batch.len() < most && !due.is_empty() {
            let group = due.keys().nth(chance.below(due.len())).cloned().unwrap_or_default();
            let places = due.get_mut(&group).unwrap();
            let place = places.swap_remove(chance.below(places.len()));
            if places.is_empty() {
                due.remove(&group);
            }
            let stored = &mut held.messages[place];
            stored.message.receives += 1;
            if !chance.percent(duplicates) {
                stored.due = now + HIDDEN;
            }
            batch.push(stored.message.clone());
        }
        batch
    }

    pub(super) fn delete(&self, ids: &[u64]) {
        self.held().messages.retain(|stored| !ids.contains(&stored.message.id));
    }

    /// When the next message is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.held().messages.iter().map(|stored| stored.due).min()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
