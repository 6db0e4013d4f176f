//! A load run on the local stack: events pour in, receivers refuse, break and hang,
//! and dispatchers are killed while they work. What arrived is counted at the
//! receivers. `make soak` runs [`Plan::full`], a test runs [`Plan::small`].

mod kills;
mod ledger;
mod memory;
mod plan;
mod report;
mod world;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use self::ledger::Ledger;
pub use self::ledger::{Duplicates, Latency, Lateness};
pub use self::memory::Memory;
use self::memory::Samples;
use self::plan::{BATCH, tenant_name};
pub use self::plan::{Conduct, Plan, QueuePlan};
pub use self::report::Report;
pub use self::world::Places;
use self::world::{EVENT_TYPE, World};

/// Between two looks at the dispatchers.
const LOOK: Duration = Duration::from_millis(500);

/// A run on a stack of its own.
pub struct Soak {
    plan: Plan,
    world: World,
    ledger: Arc<Ledger>,
    has_recovered: Arc<AtomicBool>,
    seen: Mutex<Seen>,
    log: PathBuf,
}

/// What was done and seen so far.
#[derive(Clone, Debug, Default)]
struct Seen {
    sent: usize,
    kills: Vec<i64>,
    most_messages: usize,
}

impl Soak {
    /// Starts the stack, and makes the plan's webhooks in it.
    ///
    /// # Panics
    /// When something does not start, as everything here does.
    pub async fn start(plan: Plan, places: Places) -> Self {
        let log = places.state_dir.join("dispatcher.log");
        let world = World::start(&plan, places).await;
        let (ledger, has_recovered) = (Arc::new(Ledger::new(&plan)), Arc::new(AtomicBool::new(false)));
        let (counted, recovered) = (Arc::clone(&ledger), Arc::clone(&has_recovered));
        world
            .stack
            .receiver()
            .answer(move |request| counted.answer(request, recovered.load(Ordering::SeqCst)));
        Self { plan, world, ledger, has_recovered, seen: Mutex::default(), log }
    }

    /// Sends, kills and waits, and says what came of it.
    pub async fn run(&self) -> Report {
        let (began, samples) = (Instant::now(), Samples::new());
        let load = async {
            let stack = &self.world.stack;
            let killed = |at| self.seen.lock().unwrap().kills.push(at);
            tokio::join!(self.push(), kills::kill(&self.plan, stack, killed));
        };
        // What is not done by then shows in the report.
        let loaded = timeout(self.plan.deadline, async {
            tokio::select! {
                () = load => {}
                () = self.watch(&samples) => {}
            }
        });
        loaded.await.ok();
        let memory = samples.memory();
        let left = self.plan.deadline.saturating_sub(began.elapsed());
        let messages = match timeout(left, self.settle()).await {
            Ok(messages) => messages,
            Err(_) => self.messages().await,
        };
        self.report(began.elapsed(), memory, messages).await
    }

    /// Stops the stack, and waits until it is gone.
    pub async fn stop(self) {
        self.world.stack.stop().await;
    }

    /// Sends all events, in the steps of the plan.
    async fn push(&self) {
        let (began, plan) = (Instant::now(), &self.plan);
        let (sqs, queue) = (self.world.stack.sqs(), &self.world.stack.file().events_queue_url);
        let names: Vec<String> = (0..plan.tenants.len()).map(tenant_name).collect();
        let numbers: Vec<usize> = (0..plan.events).collect();
        let batches = numbers.chunks(BATCH);
        let pause = plan.push_for / u32::try_from(batches.len()).unwrap();
        for (place, batch) in (0..).zip(batches) {
            sleep_until(began + pause * place).await;
            let message = |number: &usize| {
                let tenant = names[plan.tenant_of(*number)].as_str();
                (event(*number, plan.tenants.len(), tenant), tenant)
            };
            sqs.send_batch(queue, &batch.iter().map(message).collect::<Vec<_>>()).await.unwrap();
            let sent = batch.last().map_or(0, |last| last + 1);
            self.seen.lock().unwrap().sent = sent;
            self.has_recovered.fetch_or(sent >= plan.events / 2, Ordering::SeqCst);
        }
    }

    /// Looks at the dispatchers and their queue for ever.
    async fn watch(&self, samples: &Samples) {
        loop {
            let queues = self.plan.queues.iter();
            let processes = queues.flat_map(|queue| self.world.stack.dispatchers(queue.name));
            samples.take(processes.map(|process| process.pid));
            let messages = self.messages().await;
            self.saw(messages);
            sleep(LOOK).await;
        }
    }

    fn saw(&self, messages: usize) {
        let mut seen = self.seen.lock().unwrap();
        seen.most_messages = seen.most_messages.max(messages);
    }

    /// How many wake-ups there are.
    async fn messages(&self) -> usize {
        self.world.messages(&self.world.stack.file().deliveries_queue_url).await
    }

    /// Waits until everything has arrived and nothing is on its way but the wake-ups of
    /// webhooks in trouble: so many as it gives. A holder has two while it passes its on.
    async fn settle(&self) -> usize {
        let file = self.world.stack.file();
        loop {
            sleep(LOOK).await;
            let messages = self.messages().await;
            if self.ledger.arrived() == self.ledger.expected()
                && self.world.messages(&file.events_queue_url).await == 0
                && self.plan.messages_in_the_end().contains(&messages)
                && self.waits_for_working_webhooks().await == 0
            {
                return messages;
            }
        }
    }

    async fn waits_for_working_webhooks(&self) -> usize {
        let pending = self.world.pending().await.into_iter().zip(self.plan.hooks());
        pending.filter(|(_, (_, conduct))| conduct.works()).map(|(count, _)| count).sum()
    }

    async fn report(&self, lasted: Duration, memory: Memory, messages: usize) -> Report {
        let (world, ledger, plan) = (&self.world, &self.ledger, &self.plan);
        let seen = self.seen.lock().unwrap().clone();
        let lateness = |is_troubled: bool| {
            ledger.lateness(|tenant, conduct| {
                conduct == Conduct::Well && plan.is_troubled(tenant) == is_troubled
            })
        };
        let log = std::fs::read_to_string(&self.log).unwrap();
        Report {
            plan: plan.clone(),
            lasted,
            sent: seen.sent,
            expected: ledger.expected(),
            arrived: ledger.arrived(),
            missing: ledger.missing(),
            crossed: ledger.crossed(),
            duplicates: ledger.duplicates(&seen.kills),
            refused: ledger.refused(),
            kills: seen.kills.len(),
            crashes: plan.queues.iter().map(|queue| world.stack.crashes(queue.name)).sum(),
            pending: world.pending().await,
            messages: (seen.most_messages, messages),
            dead_letters: world.dead_letters().await,
            error_lines: log.lines().filter(|line| line.contains("\"level\":\"ERROR\"")).count(),
            memory,
            calm: lateness(false),
            troubled: lateness(true),
        }
    }
}

/// How far a run is.
impl fmt::Display for Soak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seen, ledger) = (self.seen.lock().unwrap(), &self.ledger);
        let (sent, kills) = (seen.sent, seen.kills.len());
        let (arrived, expected) = (ledger.arrived(), ledger.expected());
        write!(
            f,
            "{sent} events sent, {arrived} of {expected} deliveries arrived, {kills} dispatchers killed"
        )
    }
}

/// An event. Tenants use the same ids: each one's events are its own.
fn event(number: usize, tenants: usize, tenant: &str) -> String {
    let sent = now();
    json!({
        "version": 1, "kind": "auditEvent", "id": format!("soak-{}", number / tenants), "tenantId": tenant,
        "type": EVENT_TYPE, "occurredAt": domain::time::Timestamp::from_millis(sent),
        "actor": { "accountId": "5b10a2844c20165700ede21g", "displayName": "Ada" },
        "details": { "tenant": tenant, "number": number, "sent": sent },
    })
    .to_string()
}

/// Milliseconds since the epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}
