//! Ports that fail at one call, before they did what was asked or after it, and
//! ports that let others go first at every call.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use domain::ids::{InstallationId, TenantId};
use domain::installation::{Installation, Pass, PassKey};
use domain::ports::{
    Begun, BundleError, Created, Deleted, Freshness, Idempotency, Installations, KeyUse, PortError,
    PortResult, Ports, Queue, Roster, Secrets, Updated, Webhooks,
};
use domain::row::{BundleName, Change, Guard, WebhookKey, WebhookRow};
use domain::tenant::Tenant;
use domain::webhook::bundle::Bundle;

/// When a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It came to nothing.
    Before,
    /// It got through, and its answer was lost.
    After,
    /// As `After`, and the SDK tried again: its second answer is the one that is seen.
    Unseen,
    /// The process died before the call.
    DiesBefore,
    /// The process died after the call.
    DiesAfter,
}

/// Counts calls down to the one that fails.
#[derive(Clone)]
pub(crate) struct Trap {
    left: Arc<AtomicUsize>,
    lasting: Arc<AtomicUsize>,
    intruder: Arc<Mutex<Vec<Change>>>,
    sprung: Arc<AtomicBool>,
    takes_turns: Arc<AtomicBool>,
    moment: Moment,
    fault: Arc<Mutex<PortError>>,
}

impl Trap {
    /// None of the calls fails until it is set.
    pub(crate) fn new(moment: Moment) -> Self {
        let fault = Arc::new(Mutex::new(PortError::Failed("trap".to_owned())));
        Self {
            left: Arc::default(),
            lasting: Arc::default(),
            intruder: Arc::default(),
            sprung: Arc::default(),
            takes_turns: Arc::default(),
            moment,
            fault,
        }
    }

    /// What the failing call says.
    pub(crate) fn say(&self, fault: &PortError) {
        fault.clone_into(&mut self.fault.lock().unwrap());
    }

    /// Whether the call that is to fail has not come yet.
    pub(crate) fn is_set(&self) -> bool {
        self.left.load(Ordering::SeqCst) > 0
    }

    /// The `call`th call from now on fails, counted from 1.
    pub(crate) fn set(&self, call: usize) {
        self.set_lasting(call, 1);
    }

    /// As `set`, and so do those behind it, `count` in all.
    pub(crate) fn set_lasting(&self, call: usize, count: usize) {
        self.left.store(call, Ordering::SeqCst);
        self.lasting.store(count, Ordering::SeqCst);
        self.sprung.store(false, Ordering::SeqCst);
    }

    /// Whether there was a call to fail since it was set.
    pub(crate) fn has_sprung(&self) -> bool {
        self.sprung.load(Ordering::SeqCst)
    }

    /// From now on every call lets others go first: it is pending once before it is made.
    pub(crate) fn take_turns(&self) {
        self.takes_turns.store(true, Ordering::SeqCst);
    }

    /// What comes of a request; none if its process dies, and the request with it.
    pub(crate) async fn outlive<T>(&self, request: impl Future<Output = T>) -> Option<T> {
        let mut request = pin!(request);
        poll_fn(|context| match request.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending if self.is_deadly() && self.has_sprung() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    const fn is_deadly(&self) -> bool {
        matches!(self.moment, Moment::DiesBefore | Moment::DiesAfter)
    }

    /// Somebody else changes the row just before the next update.
    pub(crate) fn intrude(&self, changes: Vec<Change>) {
        *self.intruder.lock().unwrap() = changes;
    }

    /// No call fails any more.
    pub(crate) fn disarm(&self) {
        self.left.store(0, Ordering::SeqCst);
    }

    /// Whether the caller sees a failure.
    pub(crate) fn is_visible(&self) -> bool {
        self.moment != Moment::Unseen
    }

    /// These ports with the trap in them.
    pub(crate) fn over(&self, ports: Ports) -> Ports {
        let all = Arc::new(Unreliable { ports: ports.clone(), trap: self.clone() });
        Ports {
            webhooks: all.clone(),
            idempotency: all.clone(),
            installations: all.clone(),
            secrets: all.clone(),
            queue: all,
            ..ports
        }
    }

    pub(crate) async fn pass<T, E, F>(&self, call: impl Fn() -> F) -> Result<T, E>
    where
        E: From<PortError>,
        F: Future<Output = Result<T, E>>,
    {
        if self.takes_turns.load(Ordering::SeqCst) {
            let_others_go_first().await;
        }
        let left = self.left.load(Ordering::SeqCst);
        if left != 1 {
            self.left.store(left.saturating_sub(1), Ordering::SeqCst);
            return call().await;
        }
        if self.lasting.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.disarm();
        }
        self.sprung.store(true, Ordering::SeqCst);
        match self.moment {
            Moment::Before => {}
            Moment::After => drop(call().await?),
            Moment::Unseen => {
                drop(call().await?);
                return call().await;
            }
            Moment::DiesBefore => pending().await,
            Moment::DiesAfter => {
                drop(call().await?);
                pending().await
            }
        }
        Err(self.fault.lock().unwrap().clone().into())
    }
}

/// Pending once; who polls decides who is next.
async fn let_others_go_first() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

struct Unreliable {
    ports: Ports,
    trap: Trap,
}

#[async_trait]
impl Webhooks for Unreliable {
    async fn roster(&self, tenant: &TenantId, freshness: Freshness) -> PortResult<Roster> {
        self.trap.pass(|| self.ports.webhooks.roster(tenant, freshness)).await
    }

    async fn rows(&self, tenant: &TenantId) -> PortResult<Vec<WebhookRow>> {
        self.trap.pass(|| self.ports.webhooks.rows(tenant)).await
    }

    async fn get(&self, key: &WebhookKey) -> PortResult<Option<WebhookRow>> {
        self.trap.pass(|| self.ports.webhooks.get(key)).await
    }

    async fn create(&self, row: &WebhookRow, limit: u32) -> PortResult<Created> {
        self.trap.pass(|| self.ports.webhooks.create(row, limit)).await
    }

    async fn update(
        &self,
        key: &WebhookKey,
        guards: &[Guard<'_>],
        changes: &[Change],
    ) -> PortResult<Updated> {
        let intrusion = std::mem::take(&mut *self.trap.intruder.lock().unwrap());
        if !intrusion.is_empty() {
            self.ports.webhooks.update(key, &[], &intrusion).await?;
        }
        self.trap.pass(|| self.ports.webhooks.update(key, guards, changes)).await
    }

    async fn delete(&self, key: &WebhookKey, version: Option<u64>) -> PortResult<Deleted> {
        self.trap.pass(|| self.ports.webhooks.delete(key, version)).await
    }

    async fn record_tenant(&self, tenant: &TenantId, state: &Tenant) -> PortResult<bool> {
        self.trap.pass(|| self.ports.webhooks.record_tenant(tenant, state)).await
    }
}

#[async_trait]
impl Idempotency for Unreliable {
    async fn begin(&self, key: &KeyUse) -> PortResult<Begun> {
        self.trap.pass(|| self.ports.idempotency.begin(key)).await
    }

    async fn finish(&self, key: &KeyUse, answer: &str) -> PortResult<()> {
        self.trap.pass(|| self.ports.idempotency.finish(key, answer)).await
    }

    async fn forget(&self, key: &KeyUse) -> PortResult<()> {
        self.trap.pass(|| self.ports.idempotency.forget(key)).await
    }

    async fn release(&self, key: &KeyUse) -> PortResult<()> {
        self.trap.pass(|| self.ports.idempotency.release(key)).await
    }
}

#[async_trait]
impl Installations for Unreliable {
    async fn put(&self, installation: &Installation) -> PortResult<()> {
        self.trap.pass(|| self.ports.installations.put(installation)).await
    }

    async fn get(&self, tenant: &TenantId, id: &InstallationId) -> PortResult<Option<Installation>> {
        self.trap.pass(|| self.ports.installations.get(tenant, id)).await
    }

    async fn issue(&self, key: &PassKey, pass: &Pass) -> PortResult<()> {
        self.trap.pass(|| self.ports.installations.issue(key, pass)).await
    }

    async fn take(&self, key: &PassKey) -> PortResult<Option<Pass>> {
        self.trap.pass(|| self.ports.installations.take(key)).await
    }
}

#[async_trait]
impl Secrets for Unreliable {
    async fn create(&self, key: &WebhookKey, unique: u128, bundle: &Bundle) -> PortResult<BundleName> {
        self.trap.pass(|| self.ports.secrets.create(key, unique, bundle)).await
    }

    async fn read(&self, name: &BundleName) -> Result<Arc<Bundle>, BundleError> {
        self.trap.pass(|| self.ports.secrets.read(name)).await
    }

    async fn delete(&self, name: &BundleName) -> PortResult<()> {
        self.trap.pass(|| self.ports.secrets.delete(name)).await
    }
}

#[async_trait]
impl Queue for Unreliable {
    async fn send_delivery(&self, tenant: &TenantId, message: &str, delay: Duration) -> PortResult<()> {
        self.trap.pass(|| self.ports.queue.send_delivery(tenant, message, delay)).await
    }

    async fn send_event(&self, tenant: &TenantId, message: &str) -> PortResult<()> {
        self.trap.pass(|| self.ports.queue.send_event(tenant, message)).await
    }
}
