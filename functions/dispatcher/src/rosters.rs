//! Tenants and their webhooks, kept for a few seconds: one query per tenant
//! and batch at most, and none while the copy is fresh.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::TenantId;
use domain::ports::{Freshness, PortResult, Ports, Roster};
use domain::time::Timestamp;
use platform::cache;
use quick_cache::sync::Cache;

/// Tenants remembered at once. A bound on memory: with 50 webhooks of usual
/// size a roster takes some 50 KB.
const TENANTS: usize = 500;

/// A bounded cache of rosters.
pub struct Rosters {
    kept: Duration,
    /// None: it has just changed, and the next read has to see that.
    cache: Cache<TenantId, Option<(Timestamp, Arc<Roster>)>>,
}

impl Rosters {
    /// Keeps each roster for so long; zero means that none is used twice.
    pub fn new(kept: Duration) -> Self {
        Self { kept, cache: cache::bounded(TENANTS) }
    }

    /// The tenant's roster, from memory or from the table.
    ///
    /// # Errors
    /// The table's.
    pub async fn of(&self, tenant: &TenantId, ports: &Ports) -> PortResult<Arc<Roster>> {
        let now = ports.clock.now();
        let freshness = match self.cache.get(tenant) {
            Some(Some((read, roster))) if now.since(read) < self.kept => return Ok(roster),
            Some(None) => Freshness::Consistent,
            Some(Some(_)) | None => Freshness::Eventual,
        };
        let roster = Arc::new(ports.webhooks.roster(tenant, freshness).await?);
        self.cache.insert(tenant.clone(), Some((now, Arc::clone(&roster))));
        Ok(roster)
    }

    /// Forgets a tenant whose rows have just changed.
    pub fn forget(&self, tenant: &TenantId) {
        self.cache.insert(tenant.clone(), None);
    }

    /// How old a copy may be.
    pub const fn kept(&self) -> Duration {
        self.kept
    }
}
