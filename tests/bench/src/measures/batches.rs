//! What batches of every shape take, for the cost model: time, calls, capacity and log bytes.

use bytes::Bytes;
use platform::aws::Endpoints;
use serde::Serialize;

use crate::contender::{Contender, Shape};
use crate::events::{EVENT_TYPE, batch};
use crate::function::Function;
use crate::proxy::{Call, Passes, Proxy};
use crate::report::{row, table};
use crate::rounds::Figure;
use crate::world::{At, World};

const WEBHOOKS: [usize; 3] = [1, 10, 100];
const EVENTS: [usize; 2] = [1, 10];
/// Batches of each shape that are timed, and that are counted.
const TIMED: usize = 40;
const COUNTED: usize = 10;
/// So many of a tenant's first batches are not counted: they make connections, and a receiver
/// that is dead is found out.
const WARM_UP: usize = 3;
/// Of a hundred receivers.
const DEAD_PERCENT: f64 = 1.0;

/// A mean batch, with medians of its times; the cost model says what the fields are.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Batch {
    events: usize,
    webhooks: usize,
    dead_percent: f64,
    receiver_ms: f64,
    billed_ms: f64,
    cpu_ms: f64,
    write_units: WriteUnits,
    queries: f64,
    query_units: f64,
    secret_calls: f64,
    sqs_calls: f64,
    log_bytes: f64,
}

/// Write units by what is written.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct WriteUnits {
    log: f64,
    counters: f64,
    backlog: f64,
    rows: f64,
}

/// Every shape, with all receivers well and with one of a hundred dead.
pub async fn measure(world: &World) -> Vec<Batch> {
    let receiver_ms = receiver(world).await;
    let meter = Meter::start(world).await;
    let mut measured = Vec::new();
    for webhooks in WEBHOOKS {
        let (well, ill) = (format!("batches-{webhooks}"), format!("batches-dead-{webhooks}"));
        world.webhooks(&well, webhooks, At::Http1).await;
        world.webhooks(&ill, webhooks - 1, At::Http1).await;
        world.webhooks(&ill, 1, At::Dead).await;
        for events in EVENTS {
            let shape = Shape { events, webhooks };
            let [timed_well, timed_ill] = meter.time(world, [&well, &ill], shape).await;
            let healthy = meter.count(world, &well, shape).await.timed(receiver_ms, timed_well);
            let with_dead = meter.count(world, &ill, shape).await.timed(receiver_ms, timed_ill);
            // So many of a hundred tenants with so many webhooks have the dead one.
            let share = webhooks as f64 * DEAD_PERCENT / 100.0;
            measured.extend([healthy, healthy.towards(&with_dead, share)]);
        }
    }
    print(&measured);
    measured
}

/// How long a receiver here takes, by the limit's word.
async fn receiver(world: &World) -> f64 {
    let one = Shape { events: 1, webhooks: 1 };
    let mut limit = Contender::limit(world, &world.receiver);
    let mut times = Vec::new();
    for _ in 0..WARM_UP + TIMED {
        times.push(limit.deliver(world, "", one, 1).await.answered.as_secs_f64() * 1e3);
    }
    Figure::of(times.split_off(WARM_UP)).median
}

/// Medians of a batch's time and of its processor time, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Timed {
    ms: f64,
    cpu_ms: f64,
}

/// Two dispatchers: one whose calls are counted on their way, and one that is timed.
struct Meter {
    timed: Function,
    counted: Function,
    dynamodb: Proxy,
    secrets: Proxy,
    sqs: Proxy,
}

impl Meter {
    async fn start(world: &World) -> Self {
        let Endpoints { dynamodb, sqs, secretsmanager } = &world.endpoints;
        let [dynamodb, sqs, secrets] =
            [dynamodb, sqs, secretsmanager].map(|upstream| Proxy::start(upstream, Passes::All));
        let endpoints = Endpoints { dynamodb: dynamodb.url(), sqs: sqs.url(), secretsmanager: secrets.url() };
        let (timed, counted) = (world.dispatcher().await, world.dispatcher_with(&endpoints, &[]).await);
        Self { timed, counted, dynamodb, secrets, sqs }
    }

    /// The two tenants take turns.
    async fn time(&self, world: &World, tenants: [&str; 2], shape: Shape) -> [Timed; 2] {
        let queue = &world.stores.settings.events_queue_url;
        let event = |tenant: &str| batch(queue, &[tenant], shape.events, EVENT_TYPE);
        // The last one first: while its dead receiver is found out, the other's webhooks would go
        // out of the cache.
        for tenant in tenants.into_iter().rev() {
            warm_up(&self.timed, || event(tenant)).await;
        }
        let mut taken = [const { (Vec::new(), Vec::new()) }; 2];
        let mut before = self.timed.process.cpu();
        for _ in 0..TIMED {
            for (tenant, (times, cpu)) in tenants.into_iter().zip(&mut taken) {
                times.push(self.timed.timed(event(tenant)).await);
                // Without a gap: what is done after an answer is one batch's or the next one's.
                let now = self.timed.process.cpu();
                cpu.push((now - before).as_secs_f64() * 1e3);
                before = now;
            }
        }
        taken.map(|(times, cpu)| Timed { ms: Figure::of(times).median, cpu_ms: Figure::of(cpu).median })
    }

    /// All but times.
    async fn count(&self, world: &World, tenant: &str, shape: Shape) -> Batch {
        let queue = &world.stores.settings.events_queue_url;
        let event = || batch(queue, &[tenant], shape.events, EVENT_TYPE);
        warm_up(&self.counted, event).await;
        let logged = self.counted.printed.settled().await;
        let proxies = [&self.dynamodb, &self.secrets, &self.sqs];
        drop(proxies.map(Proxy::take));
        for _ in 0..COUNTED {
            self.counted.invoke(event()).await;
        }
        let [dynamodb, secrets, sqs] = proxies.map(Proxy::take);
        let mean = |sum: f64| sum / COUNTED as f64;
        let units = |kind: Kind| {
            let of_kind = dynamodb.iter().filter(|call| kind_of(call) == kind);
            mean(of_kind.fold(0.0, |sum, call| sum + call.units))
        };
        let reads = dynamodb.iter().filter(|call| kind_of(call) == Kind::Read).count();
        Batch {
            events: shape.events,
            webhooks: shape.webhooks,
            write_units: WriteUnits {
                log: units(Kind::Log),
                counters: units(Kind::Counters),
                backlog: units(Kind::Backlog),
                rows: units(Kind::Row),
            },
            queries: mean(reads as f64),
            query_units: units(Kind::Read),
            secret_calls: mean(secrets.len() as f64),
            sqs_calls: mean(sqs.len() as f64),
            log_bytes: mean((self.counted.printed.settled().await - logged) as f64),
            ..Batch::default()
        }
    }
}

async fn warm_up(function: &Function, event: impl Fn() -> Bytes) {
    for _ in 0..WARM_UP {
        function.invoke(event()).await;
    }
}

/// What a call of DynamoDB is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Log,
    Counters,
    Backlog,
    Row,
}

fn kind_of(call: &Call) -> Kind {
    let request = &call.request;
    if ["Query", "GetItem", "BatchGetItem"].contains(&call.operation.as_str()) {
        return Kind::Read;
    }
    if call.operation == "BatchWriteItem" {
        return Kind::Log;
    }
    let partition = |of: &str| request[of]["pk"]["S"].as_str();
    match partition("Item").or_else(|| partition("Key")) {
        Some(partition) if partition.starts_with("L#") => Kind::Log,
        Some(partition) if partition.starts_with("C#") => Kind::Counters,
        Some(partition) if partition.starts_with("B#") => Kind::Backlog,
        _ => Kind::Row,
    }
}

impl Batch {
    fn timed(self, receiver_ms: f64, Timed { ms: billed_ms, cpu_ms }: Timed) -> Self {
        Self { receiver_ms, billed_ms, cpu_ms, ..self }
    }

    /// The mean of such batches when this share of them are `other`.
    fn towards(&self, other: &Self, share: f64) -> Self {
        let mean = |of: fn(&Self) -> f64| of(self) + share * (of(other) - of(self));
        Self {
            dead_percent: DEAD_PERCENT,
            billed_ms: mean(|batch| batch.billed_ms),
            cpu_ms: mean(|batch| batch.cpu_ms),
            write_units: WriteUnits {
                log: mean(|batch| batch.write_units.log),
                counters: mean(|batch| batch.write_units.counters),
                backlog: mean(|batch| batch.write_units.backlog),
                rows: mean(|batch| batch.write_units.rows),
            },
            queries: mean(|batch| batch.queries),
            query_units: mean(|batch| batch.query_units),
            secret_calls: mean(|batch| batch.secret_calls),
            sqs_calls: mean(|batch| batch.sqs_calls),
            log_bytes: mean(|batch| batch.log_bytes),
            ..*self
        }
    }
}

fn print(measured: &[Batch]) {
    let mut rows = vec![row([
        "batch",
        "dead",
        "ms",
        "CPU ms",
        "log",
        "counters",
        "backlog",
        "rows",
        "queries",
        "log bytes",
    ])];
    for batch in measured {
        let units = &batch.write_units;
        rows.push(row([
            &format!("{} × {}", batch.events, batch.webhooks),
            &format!("{} %", batch.dead_percent),
            &format!("{:.2}", batch.billed_ms),
            &format!("{:.2}", batch.cpu_ms),
            &format!("{:.2}", units.log),
            &format!("{:.2}", units.counters),
            &format!("{:.2}", units.backlog),
            &format!("{:.2}", units.rows),
            &format!("{:.2}", batch.queries),
            &format!("{:.0}", batch.log_bytes),
        ]));
    }
    table("What a batch takes: time, write units, reads, log", &rows);
}
