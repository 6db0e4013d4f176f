//! Tenants and their webhooks, kept for a few seconds: one query per tenant
//! and batch at most, and none while the copy is fresh.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::TenantId;
use domain::ports::{Freshness, PortResult, Ports, Roster};
use domain::time::Timestamp;
use quick_cache::sync::Cache;

/// Tenants remembered at once. A bound on memory: with 50 webhooks of usual
/// size a roster takes some 50 KB.
const TENANTS: usize = 500;

/// A bounded cache of rosters.
pub struct Rosters {
    kept: Duration,
    cache: Cache<TenantId, (Timestamp, Arc<Roster>)>,
}

impl Rosters {
    /// Keeps each roster for so long; zero turns the cache off.
    pub fn new(kept: Duration) -> Self {
        Self { kept, cache: Cache::new(TENANTS) }
    }

    /// The tenant's roster, from memory or from the table.
    ///
    /// # Errors
    /// The table's.
    pub async fn of(&self, tenant: &TenantId, ports: &Ports) -> PortResult<Arc<Roster>> {
        let now = ports.clock.now();
        if let Some((read, roster)) = self.cache.get(tenant)
            && now.since(read) < self.kept
        {
            return Ok(roster);
        }
        let roster = Arc::new(ports.webhooks.roster(tenant, Freshness::Eventual).await?);
        if !self.kept.is_zero() {
            self.cache.insert(tenant.clone(), (now, Arc::clone(&roster)));
        }
        Ok(roster)
    }

    /// Forgets a tenant whose rows have just changed.
    pub fn forget(&self, tenant: &TenantId) {
        self.cache.remove(tenant);
    }
}
