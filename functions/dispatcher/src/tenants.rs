//! What the Jira app says of a tenant: its licence, its address, its end.

use domain::message::EventsMessage;
use domain::ports::{PortError, PortResult};
use domain::row::{Change, Guard, WebhookRow};
use domain::tenant::Tenant;
use domain::time::Timestamp;

use crate::{Dispatcher, Invocation};

impl Dispatcher {
    /// Records what a message says of a tenant; `text` is the message.
    ///
    /// # Errors
    /// A store's failure; the message then comes again.
    pub async fn tenant(
        &self,
        message: &EventsMessage<'_>,
        text: &str,
        invocation: &Invocation,
    ) -> PortResult<()> {
        match message {
            EventsMessage::AuditEvent(_) => {
                Err(PortError::Failed("an event is no word of a tenant".to_owned()))
            }
            EventsMessage::TenantUpdated { tenant, edition, site_url, updated_at } => {
                let state = Tenant::Installed {
                    edition: *edition,
                    site_url: site_url.clone(),
                    updated_at: *updated_at,
                };
                let recorded = self.ports.webhooks.record_tenant(tenant, &state).await?;
                self.rosters.forget(tenant);
                if recorded && !state.is_licensed(self.default_edition) {
                    self.hold_all(self.ports.webhooks.rows(tenant).await?).await?;
                }
                Ok(())
            }
            EventsMessage::TenantRemoved { tenant, updated_at } => {
                let state = Tenant::Removed { updated_at: *updated_at };
                let recorded = self.ports.webhooks.record_tenant(tenant, &state).await?;
                self.rosters.forget(tenant);
                if !recorded {
                    return Ok(());
                }
                for row in self.ports.webhooks.rows(tenant).await? {
                    if !self.erase(&row, invocation).await? {
                        // There is more than one invocation can delete: this very message goes on.
                        return self.ports.queue.send_event(tenant, text).await;
                    }
                }
                Ok(())
            }
        }
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
    async fn erase(&self, row: &WebhookRow, invocation: &Invocation) -> PortResult<bool> {
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
        let now: Timestamp = self.now();
        now.plus(crate::RESERVE) >= invocation.ends
    }
}
