//! What the Jira app says of a tenant: its licence, its address, its end.

use std::sync::Arc;

use domain::ids::TenantId;
use domain::message::EventsMessage;
use domain::ports::{Freshness, PortError, PortResult, Roster};
use domain::row::{Change, Guard, WebhookRow};
use domain::tenant::Tenant;

use crate::{Dispatcher, Invocation};

impl Dispatcher {
    /// Records what a message says of a tenant. Gives the tenant when it was
    /// removed, and what that left has to be erased: still, when the message
    /// comes again and the tenant has been installed anew in between.
    ///
    /// # Errors
    /// A store's failure; the message then comes again.
    pub async fn hear(&self, message: &EventsMessage<'_>) -> PortResult<Option<TenantId>> {
        let (tenant, state) = match message {
            EventsMessage::AuditEvent(_) => {
                return Err(PortError::Failed("an event is no word of a tenant".to_owned()));
            }
            EventsMessage::TenantUpdated { tenant, edition, site_url, updated_at } => {
                let (edition, site_url, updated_at) = (*edition, site_url.clone(), *updated_at);
                (tenant, Tenant::Installed { edition, site_url, updated_at })
            }
            EventsMessage::TenantRemoved { tenant, updated_at } => {
                (tenant, Tenant::Removed { updated_at: *updated_at })
            }
        };
        let recorded = self.ports.webhooks.record_tenant(tenant, &state).await?;
        self.rosters.forget(tenant);
        match state {
            Tenant::Removed { .. } => Ok(recorded.then(|| tenant.clone())),
            Tenant::Installed { .. } | Tenant::Unnamed => {
                if recorded && !state.is_licensed(self.default_edition) {
                    self.hold_all(self.ports.webhooks.rows(tenant).await?).await?;
                }
                Ok(None)
            }
        }
    }

    /// A tenant's roster: this copy, unless that says that there is no licence. On a copy's word
    /// nothing is held, and nothing dropped that an admin asked for.
    pub(crate) async fn licensed_or_fresh(
        &self,
        tenant: &TenantId,
        copy: Arc<Roster>,
    ) -> PortResult<Arc<Roster>> {
        if copy.tenant.is_licensed(self.default_edition) {
            return Ok(copy);
        }
        self.rosters.forget(tenant);
        self.rosters.of(tenant, &self.ports).await
    }

    /// Deletes all that a removed tenant left, and nothing that it has made since
    /// it was installed anew. `text` is the message that said so: when there is
    /// more than one invocation can delete, or the stores ask for fewer calls,
    /// this very message goes on.
    ///
    /// # Errors
    /// A store's failure; the message then comes again.
    pub async fn erase(&self, tenant: &TenantId, text: &str, invocation: &Invocation) -> PortResult<()> {
        // In this order: what is made after the tenant is installed anew is not among them.
        let rows = self.ports.webhooks.rows(tenant).await?;
        let roster = self.ports.webhooks.roster(tenant, Freshness::Consistent).await?;
        for row in rows.iter().filter(|row| roster.is_removed() || roster.has_lost(row)) {
            match self.erase_webhook(row, invocation).await {
                Ok(true) => {}
                Ok(false) | Err(PortError::Throttled { .. }) => {
                    return self.ports.queue.send_event(tenant, text).await;
                }
                Err(error) => return Err(error),
            }
        }
        // They are the whole tenant's: once it is installed anew, they are left to expire.
        if self.ports.webhooks.roster(tenant, Freshness::Consistent).await?.is_removed() {
            // 31 days have 744 hours: some calls, after which there are none.
            while self.ports.log.purge_counts(tenant).await? {}
        }
        Ok(())
    }

    /// The licence has ended: what is pending is held.
    async fn hold_all(&self, rows: Vec<WebhookRow>) -> PortResult<()> {
        let now = self.now();
        for row in rows {
            self.ports.webhooks.update(&row.key, &[Guard::On], &[Change::HoldPending(now)]).await?;
        }
        Ok(())
    }

    /// Deletes all that is kept of a webhook, the row last: as long as it is
    /// there, another try finds what is left. False: time is over.
    async fn erase_webhook(&self, row: &WebhookRow, invocation: &Invocation) -> PortResult<bool> {
        let webhook = &row.key.webhook;
        while self.ports.backlog.purge(webhook).await? {
            if self.is_late(invocation) {
                return Ok(false);
            }
        }
        while self.ports.log.purge(webhook).await? {
            if self.is_late(invocation) {
                return Ok(false);
            }
        }
        if let Some(bundle) = &row.bundle {
            self.ports.secrets.delete(bundle).await?;
        }
        self.ports.webhooks.delete(&row.key, None).await?;
        Ok(!self.is_late(invocation))
    }

    fn is_late(&self, invocation: &Invocation) -> bool {
        self.now().plus(crate::RESERVE) >= invocation.ends
    }
}
