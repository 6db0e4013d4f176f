//! What all parts of a history share: stores, queues, receivers, time and chance.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ids::{DeliveryId, WebhookId};
use domain::memory::Memory;
use domain::message::DeliveriesMessage;
use domain::ports::Clock as _;
use domain::sweep::Sweep;
use domain::time::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use super::chance::Chance;
use super::queue::Queue;
use super::receivers::Receivers;

/// What all parts of a history share; a clone is the same.
#[derive(Clone)]
pub(super) struct World {
    pub(super) memory: Memory,
    pub(super) chance: Chance,
    pub(super) receivers: Receivers,
    pub(super) events: Queue,
    pub(super) deliveries: Queue,
    pub(super) ledger: Ledger,
    began: (Instant, Timestamp),
    accepted: Arc<Mutex<Vec<String>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// How many wake-ups in a hundred are lost.
    lossy: Arc<Mutex<u32>>,
}

/// What an admin asked to be sent again, from when on it may not be lost.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) webhook: WebhookId,
    /// None: all that is held.
    pub(super) delivery: Option<DeliveryId>,
    pub(super) at: (Instant, Timestamp),
}

/// When which delivery was written into the log, and who stood still.
#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    logged: Vec<(DeliveryId, Instant)>,
    /// The invocations that stood still.
    frozen: Vec<u64>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let start = Timestamp::parse("2026-11-23T15:40:00Z").unwrap();
        Self {
            memory: Memory::new(start, seed),
            chance: Chance::new(seed),
            receivers: Receivers::default(),
            events: Queue::default(),
            deliveries: Queue::default(),
            ledger: Ledger::default(),
            began: (Instant::now(), start),
            accepted: Arc::default(),
            asked: Arc::default(),
            lossy: Arc::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        let (began, start) = self.began;
        start.plus(began.elapsed())
    }

    /// Brings the memory's time up to date.
    pub(super) fn sync(&self) {
        self.memory.advance(self.now().since(self.memory.now()));
    }

    /// Puts an event on the events queue: from now on it may not be lost.
    pub(super) fn accept(&self, event: &str, tenant: &str) {
        lock(&self.accepted).push(event.to_owned());
        self.events.send(event, tenant, Duration::ZERO);
    }

    /// Sends an event of a tenant's that happens now.
    pub(super) fn publish(&self, tenant: &str, id: &str) {
        let event = json!({
            "version": 1, "kind": "auditEvent", "id": id, "tenantId": tenant,
            "type": "project_scan.finished", "occurredAt": self.now(), "details": {},
        });
        self.accept(&event.to_string(), tenant);
    }

    /// An admin's request, made at that time, stands on the queue.
    pub(super) fn ask(&self, webhook: &WebhookId, delivery: Option<DeliveryId>, at: (Instant, Timestamp)) {
        lock(&self.asked).push(Asked { webhook: webhook.clone(), delivery, at });
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        lock(&self.asked).clone()
    }

    /// What the schedule sends.
    pub(super) fn sweep(&self) {
        self.deliveries.send(&DeliveriesMessage::sweep(&Sweep::START), "", Duration::ZERO);
    }

    pub(super) fn accepted(&self) -> Vec<String> {
        lock(&self.accepted).clone()
    }

    pub(super) fn lose_wake_ups(&self, percent: u32) {
        *lock(&self.lossy) = percent;
    }

    pub(super) fn loses_wake_up(&self) -> bool {
        let percent = *lock(&self.lossy);
        percent > 0 && self.chance.percent(percent)
    }
}

impl Ledger {
    pub(super) fn logged(&self, delivery: &DeliveryId) {
        lock(&self.0).logged.push((delivery.clone(), Instant::now()));
    }

    pub(super) fn froze(&self, run: u64) {
        lock(&self.0).frozen.push(run);
    }

    pub(super) fn has_frozen(&self, run: u64) -> bool {
        lock(&self.0).frozen.contains(&run)
    }

    /// When this delivery was first logged at or after a time.
    pub(super) fn logged_since(&self, delivery: &str, since: Instant) -> Option<Instant> {
        let written = lock(&self.0);
        let mut logged = written.logged.iter().filter(|(id, at)| id.as_str() == delivery && *at >= since);
        logged.next().map(|(_, at)| *at)
    }
}

pub(super) fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
