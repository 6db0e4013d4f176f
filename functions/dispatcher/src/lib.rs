//! The dispatcher: takes each audit event from SQS to the webhooks that want it.
//!
//! The way of an event, each step one file into the next: [`batch`] (queue
//! record → message or refusal) → [`fan_out`] (tenant, licence, subscriptions)
//! → [`deliver`] (one delivery, top to bottom) → [`format`] and [`request`]
//! (what goes on the wire) → [`resolve`] → [`transport`] (dials only a vetted
//! address) → the log; or, when the receiver is in trouble, the backlog
//! ([`ensure`]) and later [`wake_up`], which comes back to [`deliver`].

pub mod batch;
pub mod deliver;
pub mod ensure;
pub mod fan_out;
pub mod format;
mod pace;
mod redeliver;
pub mod request;
pub mod resolve;
pub mod rosters;
mod share;
mod sweep;
pub mod tally;
pub mod tenants;
pub mod test_event;
pub mod transport;
pub mod wake_up;

use std::sync::Arc;
use std::time::Duration;

use domain::attempt::ATTEMPT_TIMEOUT;
use domain::ports::{PortError, PortResult, Ports};
use domain::tenant::Edition;
use domain::time::Timestamp;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use platform::settings::DispatcherSettings;

use crate::rosters::Rosters;
use crate::share::{Resting, Shares};
use crate::tally::{Tally, Totals};
use crate::transport::Carrier;

/// How long an attempt may wait for the webhook's secrets before it is sent.
const SECRETS_TIMEOUT: Duration = Duration::from_secs(2);
/// What an invocation keeps for itself after its last attempt has ended: to
/// write down what came of it.
const RESERVE: Duration = Duration::from_secs(2);
/// What it keeps for its answer. Lambda kills what is late, and then its whole batch comes again.
const ANSWER: Duration = Duration::from_millis(500);
/// How much longer than the function may run a wake-up's lease lasts.
const LEASE_RESERVE: Duration = Duration::from_secs(30);

/// The dispatcher, built once and kept over invocations.
pub struct Dispatcher {
    ports: Ports,
    carrier: Box<dyn Carrier>,
    rosters: Rosters,
    resting: Resting,
    default_edition: Edition,
    wait_factor: f64,
    events_queue: Box<str>,
}

/// One invocation: how long it may run, and what it has done.
pub struct Invocation {
    began: Timestamp,
    ends: Timestamp,
    tally: Arc<Tally>,
    shares: Shares,
}

impl Dispatcher {
    /// Puts the dispatcher together.
    pub fn new(ports: Ports, carrier: impl Carrier + 'static, settings: &DispatcherSettings) -> Self {
        Self {
            ports,
            carrier: Box::new(carrier),
            rosters: Rosters::new(settings.tenant_cache),
            resting: Resting::default(),
            default_edition: settings.default_edition,
            wait_factor: settings.wait_factor,
            events_queue: batch::queue_name(&settings.stores.events_queue_url).into(),
        }
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Whether an attempt that begins now ends within the invocation.
    fn has_time(&self, invocation: &Invocation) -> bool {
        self.now().plus(SECRETS_TIMEOUT + ATTEMPT_TIMEOUT + RESERVE) < invocation.ends
    }

    /// What comes of this work; none when it would outlast the invocation. Then it ends where it
    /// is, as if the invocation had died.
    async fn in_time<F: Future>(&self, invocation: &Invocation, work: F) -> Option<F::Output> {
        let left = invocation.ends.minus(ANSWER).since(self.now());
        tokio::time::timeout(left, work).await.ok()
    }

    /// A wait between attempts, as the settings stretch it.
    fn scaled(&self, wait: Duration) -> Duration {
        wait.mul_f64(self.wait_factor)
    }

    /// Writes down what happened, over and over while the store throttles and
    /// there is time, and a few times when it fails otherwise: the alternative
    /// would be to send again.
    async fn insist<T, F>(&self, invocation: &Invocation, mut write: impl FnMut() -> F) -> PortResult<T>
    where
        F: Future<Output = PortResult<T>>,
    {
        let (mut pause, mut failures) = (Duration::from_millis(50), 0);
        loop {
            let outcome = write().await;
            failures += u32::from(matches!(outcome, Err(PortError::Failed(_))));
            match outcome {
                Err(_) if failures < 4 && self.now().plus(pause) < invocation.ends => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
                outcome => return outcome,
            }
        }
    }
}

/// What comes of all of them, done at once, in the order in which they end. Only
/// those that can go on are polled, however many there are: `join_all` polls up
/// to 30 whenever one of them can.
async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    futures.into_iter().collect::<FuturesUnordered<F>>().collect().await
}

impl Invocation {
    /// An invocation that begins now and must have ended at `ends`.
    pub fn new(began: Timestamp, ends: Timestamp) -> Self {
        Self { began, ends, tally: Arc::default(), shares: Shares::default() }
    }

    /// What was counted so far.
    pub fn totals(&self) -> Totals {
        self.tally.totals()
    }

    /// How long a wake-up is held: longer than this invocation can live.
    fn lease(&self) -> Duration {
        self.ends.since(self.began) + LEASE_RESERVE
    }
}
