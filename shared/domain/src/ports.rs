//! What the functions need from the outside, by what they ask for. Each port
//! is carried out twice: on AWS (crate `platform`) and in memory
//! (`memory`, for tests); one suite holds both to the promises here.

mod deliveries;
mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::deliveries::{Backlog, Came, Log, Order, Page, Range, Slice};
pub use self::upkeep::{Part, Upkeep};
use crate::ids::{InstallationId, TenantId, WebhookId};
use crate::installation::{Installation, Pass, PassKey};
use crate::row::{BundleName, Change, Guard, WebhookKey, WebhookRow};
use crate::secret::SecretText;
use crate::tenant::{Removal, Tenant};
use crate::time::Timestamp;
use crate::webhook::bundle::Bundle;

/// A port could not do what it was asked. Nothing is known to be half done
/// that the caller's next try would not repair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// The service asks for fewer calls; try again later.
    #[error("{service} throttles")]
    Throttled {
        /// Which service.
        service: &'static str,
    },
    /// Anything else. The text names the operation and the service's error
    /// code and holds no item, secret or request.
    #[error("{0}")]
    Failed(String),
}

/// What a port call brings.
pub type PortResult<T> = Result<T, PortError>;

/// A tenant and all its webhooks, in order of creation.
#[derive(Clone, Debug)]
pub struct Roster {
    /// What is known of the tenant.
    pub tenant: Tenant,
    /// Its last removal, if there was one.
    pub removal: Option<Removal>,
    /// Its webhooks; none when it was removed, and none that a removal took.
    pub webhooks: Vec<Arc<WebhookRow>>,
}

impl Roster {
    /// Whether the tenant is removed.
    pub const fn is_removed(&self) -> bool {
        matches!(self.tenant, Tenant::Removed { .. })
    }

    /// Whether the last removal took this webhook. An old roster may know of
    /// an older removal, which took no more.
    pub fn has_lost(&self, row: &WebhookRow) -> bool {
        self.removal.is_some_and(|removal| removal.took(row))
    }
}

/// Whether a read may be a moment old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Half the price; may miss the last second's writes.
    Eventual,
    /// Sees every write that came before it.
    Consistent,
}

/// What became of a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// The row is there.
    Done,
    /// A row with this id was there already: an earlier try got through.
    Exists,
    /// The tenant has as many webhooks as it may.
    TooMany,
    /// The tenant is removed, or was after the row was made.
    TenantRemoved,
    /// Another of the tenant's webhooks posts to the same Slack channel.
    SameChannel,
}

/// What became of a guarded write.
#[derive(Clone, Debug, PartialEq)]
pub enum Updated {
    /// Written; this is the row now.
    Done(Box<WebhookRow>),
    /// A guard did not hold; this is the row that stood against it.
    Refused(Box<WebhookRow>),
    /// There is no such row.
    Absent,
}

/// What became of a deletion.
#[derive(Clone, Debug, PartialEq)]
pub enum Deleted {
    /// Gone; this is what was there.
    Done(Box<WebhookRow>),
    /// Another version was there; nothing was deleted.
    Stale(u64),
    /// There was none.
    Absent,
}

/// Tenants and webhooks.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// The tenant and its webhooks.
    async fn roster(&self, tenant: &TenantId, freshness: Freshness) -> PortResult<Roster>;
    /// All rows that a tenant has, consistently, removed or not: a removal
    /// goes through them, and must find what an earlier try left.
    async fn rows(&self, tenant: &TenantId) -> PortResult<Vec<WebhookRow>>;
    /// One webhook, consistently, as long as its row is there: only a roster
    /// tells whether a removal took it ([`Roster::has_lost`]).
    async fn get(&self, key: &WebhookKey) -> PortResult<Option<WebhookRow>>;
    /// Adds a webhook unless the tenant has `limit` of them, or one that posts
    /// to the same Slack channel. What a removal took does not count.
    async fn create(&self, row: &WebhookRow, limit: u32) -> PortResult<Created>;
    /// Writes all changes if all guards hold and the row exists.
    async fn update(&self, key: &WebhookKey, guards: &[Guard<'_>], changes: &[Change])
    -> PortResult<Updated>;
    /// Deletes a webhook, of this version if one is given.
    async fn delete(&self, key: &WebhookKey, version: Option<u64>) -> PortResult<Deleted>;
    /// Records what a message says of a tenant, unless what is recorded is
    /// newer, or is a removal of the same time and this is none. Says whether
    /// it was recorded; the same again counts as recorded, and so does the last
    /// removal when the tenant has been installed anew since: nothing changes.
    async fn record_tenant(&self, tenant: &TenantId, state: &Tenant) -> PortResult<bool>;
}

/// What became of an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Go on, with this webhook's id: an earlier try with it may have got through.
    GoOn(WebhookId),
    /// It was answered before, like this.
    Answered(String),
    /// It came with another body.
    Reused,
    /// The first request is still running.
    Running,
}

/// The first use of an `Idempotency-Key`.
#[derive(Clone, Debug)]
pub struct KeyUse {
    /// Whose.
    pub tenant: TenantId,
    /// A hash of the key.
    pub key: String,
    /// A hash of the body.
    pub body: String,
    /// The id of the webhook to be made.
    pub webhook: WebhookId,
    /// When.
    pub now: Timestamp,
}

/// The first answers to requests with an `Idempotency-Key`, kept for 24 hours.
#[async_trait]
pub trait Idempotency: Send + Sync {
    /// Takes the key, or says what became of it. A request that did not end
    /// within a minute is taken over.
    async fn begin(&self, key: &KeyUse) -> PortResult<Begun>;
    /// Keeps the answer.
    async fn finish(&self, key: &KeyUse, answer: &str) -> PortResult<()>;
    /// Gives the key back: the request came to nothing.
    async fn forget(&self, key: &KeyUse) -> PortResult<()>;
    /// Lets the next request take the key over at once, with its webhook: what became of this
    /// one is not known.
    async fn release(&self, key: &KeyUse) -> PortResult<()>;
}

/// Installations into Slack.
#[async_trait]
pub trait Installations: Send + Sync {
    /// Keeps how an installation stands, over how it stood before.
    async fn put(&self, installation: &Installation) -> PortResult<()>;
    /// One of a tenant's installations of the last [`INSTALLATION_KEPT`](crate::installation::INSTALLATION_KEPT).
    async fn get(&self, tenant: &TenantId, id: &InstallationId) -> PortResult<Option<Installation>>;
    /// Keeps what a one-use secret stands for.
    async fn issue(&self, key: &PassKey, pass: &Pass) -> PortResult<()>;
    /// Uses it up: of all who ever ask, one gets it. It may have expired.
    async fn take(&self, key: &PassKey) -> PortResult<Option<Pass>>;
}

/// The app's own account at Slack.
pub struct SlackAppAccount {
    /// Names the app; no secret.
    pub client_id: String,
    /// Proves that it is the app.
    pub client_secret: SecretText,
}

/// Where the app's account at Slack is kept.
#[async_trait]
pub trait SlackApp: Send + Sync {
    /// The account. A copy may be some minutes old.
    async fn account(&self) -> Result<Arc<SlackAppAccount>, BundleError>;
    /// Slack has refused it: the next one asked for is read anew.
    fn forget(&self);
}

/// Why a bundle cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// There is none of that name: an edit may just have replaced it.
    #[error("no such bundle")]
    Missing,
    /// The store failed, or what it holds cannot be read.
    #[error("{0}")]
    Unavailable(#[from] PortError),
}

/// Bundles of secrets. A bundle never changes under its name.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Keeps a bundle under a new name; `unique` comes from the dice.
    async fn create(&self, key: &WebhookKey, unique: u128, bundle: &Bundle) -> PortResult<BundleName>;
    /// Reads one.
    async fn read(&self, name: &BundleName) -> Result<Arc<Bundle>, BundleError>;
    /// Deletes one for good; that it is gone already is no error.
    async fn delete(&self, name: &BundleName) -> PortResult<()>;
}

/// The two queues.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Puts a message on the deliveries queue, handed out no sooner than `delay`
    /// (at most 900 s: SQS, "Amazon SQS delay queues"; a longer one is cut).
    async fn send_delivery(&self, tenant: &TenantId, message: &str, delay: Duration) -> PortResult<()>;
    /// Puts an audit event on the events queue.
    async fn send_event(&self, tenant: &TenantId, message: &str) -> PortResult<()>;
}

/// The time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Chance.
pub trait Dice: Send + Sync {
    /// 128 random bits, fit for secrets.
    fn roll(&self) -> u128;
}

/// All ports of a function.
#[derive(Clone)]
pub struct Ports {
    /// Tenants and webhooks.
    pub webhooks: Arc<dyn Webhooks>,
    /// Answers by `Idempotency-Key`.
    pub idempotency: Arc<dyn Idempotency>,
    /// Installations into Slack.
    pub installations: Arc<dyn Installations>,
    /// Bundles of secrets.
    pub secrets: Arc<dyn Secrets>,
    /// The delivery log.
    pub log: Arc<dyn Log>,
    /// What waits.
    pub backlog: Arc<dyn Backlog>,
    /// The two queues.
    pub queue: Arc<dyn Queue>,
    /// What the sweep asks for.
    pub upkeep: Arc<dyn Upkeep>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub dice: Arc<dyn Dice>,
}
