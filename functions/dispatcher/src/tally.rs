//! What an invocation did, counted: one log line, and one counter update per
//! tenant, instead of a line per delivery.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::delivery::{Counts, Outcome};
use domain::ids::{TenantId, WebhookId};
use domain::ports::Ports;
use domain::row::WebhookKey;
use futures::future::join_all;

/// Counts of one invocation.
#[derive(Default)]
pub struct Tally(Mutex<Held>);

#[derive(Default)]
struct Held {
    totals: Totals,
    tenants: BTreeMap<TenantId, BTreeMap<WebhookId, Counts>>,
}

impl Held {
    fn counts(&mut self, key: &WebhookKey) -> &mut Counts {
        let tenant = self.tenants.entry(key.tenant.clone()).or_default();
        tenant.entry(key.webhook.clone()).or_default()
    }
}

/// The totals of one invocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Deliveries that the receiver has.
    pub succeeded: u32,
    /// Deliveries that were refused or given up.
    pub failed: u32,
    /// Attempts that met a receiver in trouble.
    pub troubled: u32,
    /// Deliveries put into a backlog.
    pub waiting: u32,
    /// Deliveries kept for a webhook that is paused or disabled.
    pub held: u32,
    /// Deliveries not attempted again, because the log knows them.
    pub repeated: u32,
    /// Attempts not made, because the secrets could not be read.
    pub unsigned: u32,
    /// Events of tenants without the licence, or that were removed.
    pub dropped: u32,
    /// Messages left for the dead-letter queue.
    pub unreadable: u32,
    /// Slack messages that were refused as malformed, which is a fault of ours.
    pub malformed: u32,
}

impl Tally {
    /// The totals so far.
    pub fn totals(&self) -> Totals {
        self.held().totals
    }

    /// Counts in the totals.
    pub fn add(&self, count: impl FnOnce(&mut Totals)) {
        count(&mut self.held().totals);
    }

    /// Counts a delivery that has ended.
    pub fn ended(&self, key: &WebhookKey, outcome: Outcome) {
        let mut held = self.held();
        let counts = held.counts(key);
        match outcome {
            Outcome::Succeeded => counts.succeeded += 1,
            Outcome::Failed => counts.failed += 1,
        }
        match outcome {
            Outcome::Succeeded => held.totals.succeeded += 1,
            Outcome::Failed => held.totals.failed += 1,
        }
    }

    /// Counts a delivery that is kept until an admin asks for it.
    pub fn held_back(&self, key: &WebhookKey) {
        let mut held = self.held();
        held.counts(key).held += 1;
        held.totals.held += 1;
    }

    /// Writes the one log line.
    pub fn say(&self) {
        let totals = self.totals();
        if totals == Totals::default() {
            return;
        }
        let Totals {
            succeeded,
            failed,
            troubled,
            waiting,
            held,
            repeated,
            unsigned,
            dropped,
            unreadable,
            malformed,
        } = totals;
        tracing::info!(
            succeeded, failed, troubled, waiting, held, repeated, unsigned, dropped, unreadable, malformed,
            "batch"
        );
        if malformed > 0 {
            // One line however many there are; the alarm counts error lines.
            tracing::error!(malformed, "Slack refuses messages of ours as malformed");
        }
    }

    /// Writes the hourly counters.
    pub async fn count(&self, ports: &Ports) {
        let tenants = std::mem::take(&mut self.held().tenants);
        let hour = ports.clock.now().hour();
        let written =
            join_all(tenants.iter().map(|(tenant, counts)| ports.log.count(tenant, hour, counts))).await;
        if let Some(Err(error)) = written.into_iter().find(Result::is_err) {
            tracing::warn!(%error, "hourly counters not written");
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
