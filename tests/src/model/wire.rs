//! The ports as a function sees them: every call takes time, and the one that
//! fate has chosen goes wrong.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::delivery::{BacklogItem, Counts, LogEntry, Outcome};
use domain::ids::{DeliveryId, TenantId, WebhookId};
use domain::message::DeliveriesMessage;
use domain::ports::{
    Backlog, BundleError, Came, Clock, Created, Deleted, Dice, Freshness, Log, Page, Part, PortError,
    PortResult, Ports, Queue as QueuePort, Range, Roster, Secrets, Slice, Updated, Upkeep, Webhooks,
};
use domain::row::{BacklogKey, BundleName, Change, Guard, WebhookKey, WebhookRow};
use domain::sweep::{Place, StoredBundle};
use domain::tenant::Tenant;
use domain::time::Timestamp;
use domain::webhook::bundle::Bundle;
use futures::future::pending;
use tokio::time::{Instant, sleep};

use super::lambda::{Fault, Function};
use super::world::World;

/// The ports of one function environment.
#[derive(Clone)]
pub(super) struct Wire {
    inner: Ports,
    world: World,
    function: Function,
}

impl Wire {
    pub(super) fn ports(world: &World, function: &Function) -> Ports {
        let inner = world.memory.ports();
        let wire = Self { inner: inner.clone(), world: world.clone(), function: function.clone() };
        let all = Arc::new(wire);
        Ports {
            webhooks: all.clone(),
            secrets: all.clone(),
            log: all.clone(),
            backlog: all.clone(),
            queue: all.clone(),
            upkeep: all.clone(),
            clock: all.clone(),
            dice: all,
            ..inner
        }
    }

    async fn pass<T, E: From<PortError>>(
        &self,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        sleep(self.world.chance.millis(1, 20)).await;
        self.function.thaw().await;
        let failed = || E::from(PortError::Failed("fate".to_owned()));
        match self.function.next_fault() {
            None => {}
            Some(Fault::DieBefore) => return self.die().await,
            Some(Fault::DieAfter) => {
                self.world.sync();
                let _ = call.await;
                return self.die().await;
            }
            Some(Fault::FailBefore) => return Err(failed()),
            Some(Fault::FailAfter) => {
                self.world.sync();
                call.await?;
                return Err(failed());
            }
            Some(Fault::Throttle) => return Err(PortError::Throttled { service: "fate" }.into()),
            Some(Fault::Freeze(time)) => {
                self.world.ledger.froze(self.function.run().number);
                self.function.freeze(Instant::now() + time);
                self.function.thaw().await;
            }
        }
        self.world.sync();
        call.await
    }

    async fn die<T>(&self) -> T {
        self.function.die();
        pending().await
    }
}

/// Each call of a port passes through.
macro_rules! through {
    ($port:ident, $field:ident { $(fn $name:ident($($arg:ident: $type:ty),*) -> $result:ty;)+ }) => {
        #[async_trait]
        impl $port for Wire {
            $(async fn $name(&self, $($arg: $type),*) -> $result {
                self.pass(self.inner.$field.$name($($arg),*)).await
            })+
        }
    };
}

through!(Webhooks, webhooks {
    fn roster(tenant: &TenantId, freshness: Freshness) -> PortResult<Roster>;
    fn rows(tenant: &TenantId) -> PortResult<Vec<WebhookRow>>;
    fn get(key: &WebhookKey) -> PortResult<Option<WebhookRow>>;
    fn create(row: &WebhookRow, limit: u32) -> PortResult<Created>;
    fn update(key: &WebhookKey, guards: &[Guard<'_>], changes: &[Change]) -> PortResult<Updated>;
    fn delete(key: &WebhookKey, version: Option<u64>) -> PortResult<Deleted>;
    fn record_tenant(tenant: &TenantId, state: &Tenant) -> PortResult<bool>;
});

through!(Secrets, secrets {
    fn create(key: &WebhookKey, unique: u128, bundle: &Bundle) -> PortResult<BundleName>;
    fn read(name: &BundleName) -> Result<Arc<Bundle>, BundleError>;
    fn delete(name: &BundleName) -> PortResult<()>;
});

through!(Backlog, backlog {
    fn put(webhook: &WebhookId, item: &BacklogItem) -> PortResult<()>;
    fn tried(webhook: &WebhookId, item: &BacklogItem) -> PortResult<()>;
    fn oldest(webhook: &WebhookId, range: Range<'_>, limit: usize) -> PortResult<Vec<BacklogItem>>;
    fn page(webhook: &WebhookId, slice: Slice<'_>, came: Came) -> PortResult<Page<BacklogItem>>;
    fn count(webhook: &WebhookId, came: Came, most: usize) -> PortResult<usize>;
    fn of(webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Vec<BacklogItem>>;
    fn get(webhook: &WebhookId, key: &BacklogKey) -> PortResult<Option<BacklogItem>>;
    fn delete(webhook: &WebhookId, key: &BacklogKey) -> PortResult<()>;
    fn purge(webhook: &WebhookId) -> PortResult<bool>;
});

#[async_trait]
impl Log for Wire {
    async fn put(&self, webhook: &WebhookId, entry: &LogEntry) -> PortResult<()> {
        let put = async {
            self.inner.log.put(webhook, entry).await?;
            self.world.ledger.logged(&entry.delivery);
            Ok(())
        };
        self.pass(put).await
    }

    async fn known(&self, webhook: &WebhookId, deliveries: &[DeliveryId]) -> PortResult<HashSet<DeliveryId>> {
        self.pass(self.inner.log.known(webhook, deliveries)).await
    }

    async fn get(&self, webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Option<LogEntry>> {
        self.pass(self.inner.log.get(webhook, delivery)).await
    }

    async fn page(
        &self,
        webhook: &WebhookId,
        slice: Slice<'_>,
        outcome: Option<Outcome>,
    ) -> PortResult<Page<LogEntry>> {
        self.pass(self.inner.log.page(webhook, slice, outcome)).await
    }

    async fn count(
        &self,
        tenant: &TenantId,
        hour: Timestamp,
        counts: &BTreeMap<WebhookId, Counts>,
    ) -> PortResult<()> {
        self.pass(self.inner.log.count(tenant, hour, counts)).await
    }

    async fn counts(&self, key: &WebhookKey, since: Timestamp) -> PortResult<Vec<(Timestamp, Counts)>> {
        self.pass(self.inner.log.counts(key, since)).await
    }

    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool> {
        self.pass(self.inner.log.purge(webhook)).await
    }

    async fn purge_counts(&self, tenant: &TenantId) -> PortResult<bool> {
        self.pass(self.inner.log.purge_counts(tenant)).await
    }
}

#[async_trait]
impl QueuePort for Wire {
    async fn send_delivery(&self, tenant: &TenantId, message: &str, delay: Duration) -> PortResult<()> {
        self.pass(async {
            let is_wake_up =
                matches!(DeliveriesMessage::parse(message), Ok(DeliveriesMessage::WakeUp { .. }));
            if !(is_wake_up && self.world.loses_wake_up()) {
                self.world.deliveries.send(message, tenant.as_str(), delay);
            }
            Ok(())
        })
        .await
    }

    async fn send_event(&self, tenant: &TenantId, message: &str) -> PortResult<()> {
        self.pass(async {
            self.world.accept(message, tenant.as_str());
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Upkeep for Wire {
    async fn webhooks(&self, from: Option<&Place>) -> PortResult<Part<WebhookRow>> {
        self.pass(self.inner.upkeep.webhooks(from)).await
    }

    async fn bundles(&self, from: Option<&Place>) -> PortResult<Part<StoredBundle>> {
        self.pass(self.inner.upkeep.bundles(from)).await
    }

    async fn discard(&self, name: &BundleName) -> PortResult<()> {
        self.pass(self.inner.upkeep.discard(name)).await
    }

    async fn go_on(&self, message: &str) -> PortResult<()> {
        self.pass(async {
            self.world.deliveries.send(message, "", Duration::ZERO);
            Ok(())
        })
        .await
    }
}

impl Clock for Wire {
    fn now(&self) -> Timestamp {
        self.world.now()
    }
}

impl Dice for Wire {
    fn roll(&self) -> u128 {
        self.world.chance.bits()
    }
}
