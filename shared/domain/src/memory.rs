//! The ports held in memory, with time by hand and seeded chance: what the
//! stores promise, without AWS. For tests.

mod deliveries;
mod faults;
mod fingerprint;
mod installations;
mod tenants;
mod upkeep;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

pub use self::faults::Closed;
use self::faults::Faults;
use crate::delivery::{BacklogItem, Counts, KEPT, LogEntry};
use crate::ids::{DeliveryId, InstallationId, TenantId, WebhookId};
use crate::installation::{Installation, Pass, PassKey};
use crate::ports::{BundleError, Clock, Dice, KeyUse, PortError, PortResult, Ports, Queue, Secrets};
use crate::row::{BacklogKey, BundleName, WebhookKey, WebhookRow};
use crate::sweep::StoredBundle;
use crate::tenant::{Removal, Tenant};
use crate::time::Timestamp;
use crate::webhook::bundle::Bundle;

/// All ports in memory. A clone is the same memory.
#[derive(Clone)]
pub struct Memory(Arc<Mutex<Held>>);

/// A message that was put on the deliveries queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its text.
    pub message: String,
    /// Handed out no sooner than that after it was sent.
    pub delay: Duration,
}

struct Held {
    now: Timestamp,
    chance: u128,
    faults: Faults,
    tenants: HashMap<TenantId, Tenant>,
    removals: HashMap<TenantId, Removal>,
    rows: BTreeMap<(TenantId, WebhookId), WebhookRow>,
    keys: HashMap<(TenantId, String), (KeyUse, Option<String>)>,
    installations: BTreeMap<(TenantId, InstallationId), Installation>,
    passes: BTreeMap<PassKey, Pass>,
    bundles: BTreeMap<BundleName, (StoredBundle, String)>,
    log: BTreeMap<(WebhookId, DeliveryId), LogEntry>,
    counts: BTreeMap<(WebhookKey, i64), Counts>,
    backlog: BTreeMap<(WebhookId, BacklogKey), BacklogItem>,
    events: Vec<String>,
    deliveries: Vec<Sent>,
}

impl Memory {
    /// Empty, at this time, with chance that follows from `seed`.
    pub fn new(now: Timestamp, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Held {
            now,
            chance: u128::from(seed),
            faults: Faults::default(),
            tenants: HashMap::new(),
            removals: HashMap::new(),
            rows: BTreeMap::new(),
            keys: HashMap::new(),
            installations: BTreeMap::new(),
            passes: BTreeMap::new(),
            bundles: BTreeMap::new(),
            log: BTreeMap::new(),
            counts: BTreeMap::new(),
            backlog: BTreeMap::new(),
            events: Vec::new(),
            deliveries: Vec::new(),
        })))
    }

    /// This memory as ports.
    pub fn ports(&self) -> Ports {
        let all = || Arc::new(self.clone());
        Ports {
            webhooks: all(),
            idempotency: all(),
            installations: all(),
            secrets: all(),
            log: all(),
            backlog: all(),
            queue: all(),
            upkeep: all(),
            clock: all(),
            dice: all(),
        }
    }

    /// Moves time on.
    pub fn advance(&self, wait: Duration) {
        let mut held = self.held();
        held.now = held.now.plus(wait);
    }

    /// Moves time back: what has expired is there again, unless it was deleted.
    pub fn rewind(&self, wait: Duration) {
        let mut held = self.held();
        held.now = held.now.minus(wait);
    }

    /// What was put on the events queue, oldest first.
    pub fn sent_events(&self) -> Vec<String> {
        self.held().events.clone()
    }

    /// What was put on the deliveries queue, oldest first.
    pub fn sent_deliveries(&self) -> Vec<Sent> {
        self.held().deliveries.clone()
    }

    /// Takes what was put on the deliveries queue, oldest first.
    pub fn take_deliveries(&self) -> Vec<Sent> {
        std::mem::take(&mut self.held().deliveries)
    }

    /// The names of all secret objects.
    pub fn bundle_names(&self) -> Vec<BundleName> {
        self.held().bundles.keys().cloned().collect()
    }

    /// The hashes of all tickets and states that were not used yet.
    pub fn pass_keys(&self) -> Vec<PassKey> {
        self.held().passes.keys().cloned().collect()
    }

    /// The log of a webhook, oldest event first.
    pub fn log_of(&self, webhook: &WebhookId) -> Vec<LogEntry> {
        self.held().log.iter().filter(|((of, _), _)| of == webhook).map(|(_, entry)| entry.clone()).collect()
    }

    /// The backlog of a webhook, oldest event first.
    pub fn backlog_of(&self, webhook: &WebhookId) -> Vec<BacklogItem> {
        self.held()
            .backlog
            .iter()
            .filter(|((of, _), _)| of == webhook)
            .map(|(_, item)| item.clone())
            .collect()
    }

    /// What was counted for a webhook in all hours.
    pub fn counts_of(&self, webhook: &WebhookId) -> Counts {
        let held = self.held();
        let hours = held.counts.iter().filter(|((of, _), _)| of.webhook == *webhook);
        hours.fold(Counts::default(), |sum, (_, hour)| sum.and(*hour))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn keeps(&self, created_at: Timestamp) -> bool {
        created_at.plus(KEPT) > self.now
    }
}

#[async_trait]
impl Secrets for Memory {
    async fn create(&self, key: &WebhookKey, unique: u128, bundle: &Bundle) -> PortResult<BundleName> {
        let name = format!("memory/{}/{}/{unique:032x}", key.tenant, key.webhook);
        let (name, text) = (BundleName(name), bundle.to_json().expose().to_owned());
        let mut held = self.call("secretsmanager")?;
        let stored = StoredBundle { name: name.clone(), key: key.clone(), made: held.now };
        held.bundles.insert(name.clone(), (stored, text));
        Ok(name)
    }

    async fn read(&self, name: &BundleName) -> Result<Arc<Bundle>, BundleError> {
        let held = self.call("secretsmanager")?;
        let (_, text) = held.bundles.get(name).ok_or(BundleError::Missing)?;
        let bundle =
            Bundle::from_json(text).map_err(|_| PortError::Failed("unreadable bundle".to_owned()))?;
        Ok(Arc::new(bundle))
    }

    async fn delete(&self, name: &BundleName) -> PortResult<()> {
        self.call("secretsmanager")?.bundles.remove(name);
        Ok(())
    }
}

#[async_trait]
impl Queue for Memory {
    async fn send_delivery(&self, _tenant: &TenantId, message: &str, delay: Duration) -> PortResult<()> {
        self.call("sqs")?.deliveries.push(Sent { message: message.to_owned(), delay });
        Ok(())
    }

    async fn send_event(&self, _tenant: &TenantId, message: &str) -> PortResult<()> {
        self.call("sqs")?.events.push(message.to_owned());
        Ok(())
    }
}

impl Clock for Memory {
    fn now(&self) -> Timestamp {
        self.held().now
    }
}

impl Dice for Memory {
    /// A step of a 128-bit linear congruential generator (Steele and Vigna,
    /// "Computationally easy, spectrally good multipliers", 2021), mixed.
    fn roll(&self) -> u128 {
        let mut held = self.held();
        held.chance = held.chance.wrapping_mul(0xde92_a69f_6e2f_9f25_fd0d_90f5_76b2_67cf).wrapping_add(1);
        held.chance ^ held.chance.rotate_right(61)
    }
}
