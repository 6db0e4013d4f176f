//! Function environments: what lives from one invocation to the next, and
//! what may happen to an invocation.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dispatcher::{Dispatcher, Invocation};
use domain::address::DangerAllowedCidrs;
use domain::tenant::Edition;
use domain::webhook::host::AllowedSuffixes;
use platform::settings::{ConnectTo, DispatcherSettings, StoreSettings};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::queue::Message;
use super::receivers::Way;
use super::wire::Wire;
use super::world::{World, lock};
use crate::records::{DELIVERIES_ARN, EVENTS_ARN, Record, batch};

/// The template's timeout of the dispatcher.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What befalls one call of an invocation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    DieBefore,
    DieAfter,
    FailBefore,
    /// It is done, and its answer lost.
    FailAfter,
    Throttle,
    /// The whole environment stands still for so long.
    Freeze(Duration),
}

/// One invocation, as its calls and requests know it.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) number: u64,
    pub(super) began: Instant,
    pub(super) is_of_deliveries: bool,
    pub(super) froze: bool,
}

/// A function's process; a clone is the same.
#[derive(Clone)]
pub(super) struct Function {
    run: Arc<Mutex<Run>>,
    fate: Arc<Mutex<(usize, Option<Fault>)>>,
    frozen_until: Arc<Mutex<Option<Instant>>>,
    death: Arc<Notify>,
}

/// An environment of the dispatcher, with its caches.
pub(super) struct Environment {
    dispatcher: Dispatcher,
    pub(super) function: Function,
}

/// A batch on its way.
pub(super) struct Task {
    pub(super) number: u64,
    pub(super) is_of_deliveries: bool,
    pub(super) messages: Vec<Message>,
    /// After how many calls what happens.
    pub(super) fate: Option<(usize, Fault)>,
}

/// How an invocation ended.
pub(super) struct Ended {
    /// None when the process died or was killed.
    pub(super) environment: Option<Environment>,
    pub(super) is_of_deliveries: bool,
    /// The ids of what is done.
    pub(super) done: Vec<u64>,
}

impl Function {
    pub(super) fn new() -> Self {
        let run = Run { number: 0, began: Instant::now(), is_of_deliveries: false, froze: false };
        Self {
            run: Arc::new(Mutex::new(run)),
            fate: Arc::default(),
            frozen_until: Arc::default(),
            death: Arc::new(Notify::new()),
        }
    }

    pub(super) fn run(&self) -> Run {
        lock(&self.run).clone()
    }

    /// What happens to the call that is made now.
    pub(super) fn next_fault(&self) -> Option<Fault> {
        let mut fate = lock(&self.fate);
        match &mut fate.0 {
            0 => fate.1.take(),
            left => {
                *left -= 1;
                None
            }
        }
    }

    pub(super) fn freeze(&self, until: Instant) {
        lock(&self.run).froze = true;
        *lock(&self.frozen_until) = Some(until);
    }

    fn frozen_until(&self) -> Option<Instant> {
        (*lock(&self.frozen_until)).filter(|until| *until > Instant::now())
    }

    pub(super) async fn thaw(&self) {
        while let Some(until) = self.frozen_until() {
            sleep_until(until).await;
        }
    }

    pub(super) fn die(&self) {
        self.death.notify_one();
    }

    pub(super) async fn death(&self) {
        self.death.notified().await;
    }

    pub(super) fn begin(&self, run: Run, fate: Option<(usize, Fault)>) {
        *lock(&self.run) = run;
        *lock(&self.fate) = fate.map_or((0, None), |(calls, fault)| (calls, Some(fault)));
    }
}

impl Environment {
    /// A cold start.
    pub(super) fn new(world: &World) -> Self {
        let function = Function::new();
        let way = Way {
            receivers: world.receivers.clone(),
            chance: world.chance.clone(),
            function: function.clone(),
        };
        let ports = Wire::ports(world, &function);
        Self { dispatcher: Dispatcher::new(ports, way, &settings()), function }
    }

    /// Handles a batch, until its end, its death or its time-out. One that froze
    /// is not killed: it goes on when others believe that it has ended.
    pub(super) async fn invoke(self, world: World, task: Task) -> Ended {
        let Task { number, is_of_deliveries, messages, fate } = task;
        let run = Run { number, began: Instant::now(), is_of_deliveries, froze: false };
        self.function.begin(run, fate);
        let arn = if is_of_deliveries { DELIVERIES_ARN } else { EVENTS_ARN };
        let records = messages.iter().map(|message| Record {
            id: message.id.to_string(),
            body: &message.body,
            receives: message.receives,
        });
        let records = batch(arn, records);
        let now = world.now();
        let invocation = Invocation::new(now, now.plus(TIMEOUT));
        let over = async {
            sleep(TIMEOUT).await;
            if self.function.run().froze {
                futures::future::pending::<()>().await;
            }
        };
        let response = tokio::select! {
            biased;
            () = self.function.death() => None,
            response = self.dispatcher.run(&records, &invocation) => Some(response.unwrap()),
            () = over => None,
        };
        // What comes of an invocation whose time is over interests nobody.
        let response = response.filter(|_| !self.function.run().froze);
        let Some(response) = response else {
            return Ended { environment: None, is_of_deliveries, done: Vec::new() };
        };
        let failed =
            response.batch_item_failures.iter().map(|failure| failure.item_identifier.parse().unwrap());
        let failed: Vec<u64> = failed.collect();
        let done = messages.iter().map(|message| message.id).filter(|id| !failed.contains(id)).collect();
        Ended { environment: Some(self), is_of_deliveries, done }
    }
}

fn settings() -> DispatcherSettings {
    DispatcherSettings {
        stores: StoreSettings {
            table_name: "main".to_owned(),
            deliveries_table_name: "deliveries".to_owned(),
            events_queue_url: "http://127.0.0.1/123456789012/events".to_owned(),
            deliveries_queue_url: "http://127.0.0.1/123456789012/deliveries".to_owned(),
            secret_prefix: "model".to_owned(),
            bundle_cache_bytes: 32 << 20,
        },
        default_edition: Edition::Advanced,
        tenant_cache: Duration::from_secs(5),
        extra_ca_pem: None,
        allowed_cidrs: DangerAllowedCidrs::default(),
        connect_to: ConnectTo::default(),
        allowed_suffixes: AllowedSuffixes::default(),
        wait_factor: 1.0,
    }
}
