//! Tenants, webhooks and idempotency keys in memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Held, Memory};
use crate::ids::TenantId;
use crate::ports::{
    Begun, Created, Deleted, Freshness, Idempotency, KeyUse, PortError, PortResult, Roster, Updated, Webhooks,
};
use crate::row::{Change, Guard, WebhookKey, WebhookRow};
use crate::tenant::{Removal, Tenant};

#[async_trait]
impl Webhooks for Memory {
    async fn roster(&self, tenant: &TenantId, _freshness: Freshness) -> PortResult<Roster> {
        let held = self.call("dynamodb")?;
        if held.faults.hidden.contains(tenant) {
            return Err(PortError::Failed("hidden".to_owned()));
        }
        let state = held.tenants.get(tenant).cloned().unwrap_or(Tenant::Unnamed);
        let webhooks = match state {
            Tenant::Removed { .. } => Vec::new(),
            Tenant::Unnamed | Tenant::Installed { .. } => {
                held.present(tenant).cloned().map(Arc::new).collect()
            }
        };
        Ok(Roster { tenant: state, removal: held.removals.get(tenant).copied(), webhooks })
    }

    async fn rows(&self, tenant: &TenantId) -> PortResult<Vec<WebhookRow>> {
        let held = self.call("dynamodb")?;
        Ok(held.rows.values().filter(|row| row.key.tenant == *tenant).cloned().collect())
    }

    async fn get(&self, key: &WebhookKey) -> PortResult<Option<WebhookRow>> {
        Ok(self.call("dynamodb")?.rows.get(&place(key)).cloned())
    }

    async fn create(&self, row: &WebhookRow, limit: u32) -> PortResult<Created> {
        let mut held = self.call("dynamodb")?;
        if held.rows.contains_key(&place(&row.key)) {
            return Ok(Created::Exists);
        }
        let is_removed = matches!(held.tenants.get(&row.key.tenant), Some(Tenant::Removed { .. }));
        if is_removed || held.has_lost(row) {
            return Ok(Created::TenantRemoved);
        }
        let others = || held.present(&row.key.tenant);
        let channel = row.settings.target.slack();
        if channel.is_some_and(|channel| {
            others()
                .filter_map(|other| other.settings.target.slack())
                .any(|other| other.is_same_channel(channel))
        }) {
            return Ok(Created::SameChannel);
        }
        let count = others().count();
        if u32::try_from(count).is_ok_and(|count| count >= limit) {
            return Ok(Created::TooMany);
        }
        held.rows.insert(place(&row.key), row.clone());
        Ok(Created::Done)
    }

    async fn update(
        &self,
        key: &WebhookKey,
        guards: &[Guard<'_>],
        changes: &[Change],
    ) -> PortResult<Updated> {
        let mut held = self.call("dynamodb")?;
        let Some(row) = held.rows.get_mut(&place(key)) else { return Ok(Updated::Absent) };
        if !guards.iter().all(|guard| guard.holds(row)) {
            return Ok(Updated::Refused(Box::new(row.clone())));
        }
        for change in changes {
            change.apply(row);
        }
        Ok(Updated::Done(Box::new(row.clone())))
    }

    async fn delete(&self, key: &WebhookKey, version: Option<u64>) -> PortResult<Deleted> {
        let mut held = self.call("dynamodb")?;
        match held.rows.get(&place(key)) {
            None => Ok(Deleted::Absent),
            Some(row) if version.is_some_and(|version| version != row.version) => {
                Ok(Deleted::Stale(row.version))
            }
            Some(row) => {
                let row = row.clone();
                held.rows.remove(&place(key));
                Ok(Deleted::Done(Box::new(row)))
            }
        }
    }

    async fn record_tenant(&self, tenant: &TenantId, state: &Tenant) -> PortResult<bool> {
        let mut held = self.call("dynamodb")?;
        let known = held.tenants.get(tenant);
        let is_superseded = known.is_some_and(|known| match (known, state) {
            (Tenant::Removed { updated_at }, Tenant::Installed { .. }) => {
                Some(*updated_at) >= state.updated_at()
            }
            _ => known.updated_at() > state.updated_at(),
        });
        if is_superseded {
            return Ok(held.removals.get(tenant).is_some_and(|removal| removal.is(state)));
        }
        if let Tenant::Removed { updated_at } = *state {
            let removal = Removal { updated_at, recorded_at: held.now };
            held.removals.insert(tenant.clone(), removal);
        }
        held.tenants.insert(tenant.clone(), state.clone());
        Ok(true)
    }
}

impl Held {
    fn has_lost(&self, row: &WebhookRow) -> bool {
        self.removals.get(&row.key.tenant).is_some_and(|removal| removal.took(row))
    }

    /// The tenant's rows, less those that a removal took.
    fn present(&self, tenant: &TenantId) -> impl Iterator<Item = &WebhookRow> {
        self.rows.values().filter(move |row| row.key.tenant == *tenant && !self.has_lost(row))
    }
}

#[async_trait]
impl Idempotency for Memory {
    async fn begin(&self, key: &KeyUse) -> PortResult<Begun> {
        const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
        let mut held = self.call("dynamodb")?;
        let place = (key.tenant.clone(), key.key.clone());
        let earlier = held.keys.get(&place).filter(|(first, _)| first.now.plus(KEPT) > key.now).cloned();
        match earlier {
            Some((first, _)) if first.body != key.body => Ok(Begun::Reused),
            Some((_, Some(answer))) => Ok(Begun::Answered(answer)),
            Some((first, None)) if first.webhook == key.webhook => Ok(Begun::GoOn(first.webhook)),
            Some((first, None)) if first.now.plus(TAKEN_OVER_AFTER) > key.now => Ok(Begun::Running),
            Some((first, None)) => {
                let taken_over = KeyUse { now: key.now, ..first };
                let webhook = taken_over.webhook.clone();
                held.keys.insert(place, (taken_over, None));
                Ok(Begun::GoOn(webhook))
            }
            None => {
                held.keys.insert(place, (key.clone(), None));
                Ok(Begun::GoOn(key.webhook.clone()))
            }
        }
    }

    async fn finish(&self, key: &KeyUse, answer: &str) -> PortResult<()> {
        let mut held = self.call("dynamodb")?;
        if let Some((_, kept)) = held.keys.get_mut(&(key.tenant.clone(), key.key.clone())) {
            *kept = Some(answer.to_owned());
        }
        Ok(())
    }

    async fn forget(&self, key: &KeyUse) -> PortResult<()> {
        let mut held = self.call("dynamodb")?;
        let place = (key.tenant.clone(), key.key.clone());
        if matches!(held.keys.get(&place), Some((held_by, None)) if held_by.now == key.now) {
            held.keys.remove(&place);
        }
        Ok(())
    }

    async fn release(&self, key: &KeyUse) -> PortResult<()> {
        let mut held = self.call("dynamodb")?;
        if let Some((held_by, None)) = held.keys.get_mut(&(key.tenant.clone(), key.key.clone()))
            && held_by.now == key.now
        {
            held_by.now = key.now.minus(TAKEN_OVER_AFTER);
        }
        Ok(())
    }
}

/// A request that did not end by then is taken over.
const TAKEN_OVER_AFTER: Duration = Duration::from_secs(60);

fn place(key: &WebhookKey) -> (TenantId, crate::ids::WebhookId) {
    (key.tenant.clone(), key.webhook.clone())
}
