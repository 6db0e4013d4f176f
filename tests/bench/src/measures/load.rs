//! How cost and latency grow with the events a second and with the tenants that send them: several
//! dispatchers at once, as Lambda runs them, up to what this machine can do.

mod queue;

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures::future::join_all;

use self::queue::Queue;
use crate::events::{EVENT_TYPE, audit_event, number_of};
use crate::function::Function;
use crate::report::{row, table};
use crate::world::World;

/// Dispatchers, each of which has one batch at a time. More do not get more out of two cores.
const ENVIRONMENTS: usize = 4;
/// In seconds, at a rate.
const LASTS: usize = 5;
const TOGETHER: usize = 5_000;
/// Events of few tenants before it counts.
const WARM_UP: usize = 1_000;

const LOADS: [(Tenants, &[Come]); 3] = [
    (Tenants::Few(1), &[Come::Rate(10), Come::Rate(100), Come::Rate(1_000), Come::Together]),
    (Tenants::Few(100), &[Come::Rate(10), Come::Rate(100), Come::Rate(1_000), Come::Together]),
    // At a higher rate it would be the emulated Secrets Manager that is measured.
    (Tenants::NewEach, &[Come::Rate(10), Come::Rate(100)]),
];

/// Whose the events are; each tenant's one webhook is at a host of its own.
#[derive(Clone, Copy)]
enum Tenants {
    /// So many in turn: all is cached, and connections are kept.
    Few(usize),
    /// Each of another: it finds no roster, no secrets, no connection.
    NewEach,
}

/// How events come.
#[derive(Clone, Copy)]
enum Come {
    /// So many a second.
    Rate(usize),
    /// As many as [`TOGETHER`], at once.
    Together,
}

/// What came of them.
struct Loaded {
    done_a_second: f64,
    batch: f64,
    cpu_us: f64,
    /// From an event's coming to its request's head, sorted, in milliseconds.
    ms: Vec<f64>,
    /// Environments that had a batch, on average.
    busy: f64,
}

/// The whole table.
pub async fn measure(world: &World) {
    let mut rows = vec![row([
        &format!("{ENVIRONMENTS} environments, tenants"),
        "events a second",
        "done a second",
        "events a batch",
        "environments busy",
        "CPU µs an event",
        "ms to the receiver, p50",
        "p99",
    ])];
    for (tenants, loads) in LOADS {
        let environments = join_all((0..ENVIRONMENTS).map(|_| world.dispatcher())).await;
        let (count, warm_up) = match tenants {
            Tenants::Few(count) => (count, WARM_UP),
            Tenants::NewEach => (loads.iter().map(Come::events).sum(), 0),
        };
        let tenant = |number| format!("load-{count}-{number}");
        world.noted_webhooks((0..count).map(tenant)).await;
        let mut senders = (0..count).cycle().map(tenant);
        let mut some =
            |count| senders.by_ref().take(count).map(|sender| audit_event(&sender, EVENT_TYPE)).collect();
        load(world, &environments, some(warm_up), Come::Together).await;
        for come in loads {
            let loaded = load(world, &environments, some(come.events()), *come).await;
            rows.push(shown(tenants, *come, &loaded));
        }
    }
    table("Load", &rows);
}

impl Come {
    fn events(&self) -> usize {
        match self {
            Self::Rate(rate) => rate * LASTS,
            Self::Together => TOGETHER,
        }
    }

    /// When the event in this place comes.
    fn due(self, began: Instant, place: usize) -> Instant {
        match self {
            Self::Rate(rate) => began + Duration::from_secs_f64(place as f64 / rate as f64),
            Self::Together => began,
        }
    }
}

/// Lets these messages come and waits until all are delivered.
async fn load(world: &World, environments: &[Function], messages: Vec<String>, come: Come) -> Loaded {
    let (count, queue) = (messages.len() as f64, Queue::default());
    let cpu = || environments.iter().map(|one| one.process.cpu()).sum::<Duration>();
    let (cpu_before, began) = (cpu(), Instant::now());
    let mut came = HashMap::new();
    let coming = async {
        for (place, message) in messages.into_iter().enumerate() {
            let due = come.due(began, place);
            came.insert(number_of(message.as_bytes()).expect("its number"), due);
            tokio::time::sleep_until(due.into()).await;
            queue.put(message);
        }
        queue.close();
    };
    let url = &world.stores.settings.events_queue_url;
    tokio::join!(coming, join_all(environments.iter().map(|one| queue.serve(url, one))));
    let took = began.elapsed().as_secs_f64();
    let noted = world.receiver.noted();
    assert_eq!(noted.len(), came.len(), "deliveries");
    let mut ms: Vec<f64> =
        noted.iter().map(|(number, at)| (*at - came[number]).as_secs_f64() * 1e3).collect();
    ms.sort_by(f64::total_cmp);
    Loaded {
        done_a_second: count / took,
        batch: count / queue.batches.load(Ordering::Relaxed) as f64,
        cpu_us: (cpu() - cpu_before).as_secs_f64() * 1e6 / count,
        ms,
        busy: queue.busy_ns.load(Ordering::Relaxed) as f64 / 1e9 / took,
    }
}

fn shown(tenants: Tenants, come: Come, loaded: &Loaded) -> Vec<String> {
    let tenants = match tenants {
        Tenants::Few(count) => count.to_string(),
        Tenants::NewEach => "a new one each".to_owned(),
    };
    let part = |part: usize| format!("{:.1}", loaded.ms[loaded.ms.len() * part / 100]);
    let (rate, [p50, p99]) = match come {
        Come::Rate(rate) => (rate.to_string(), [50, 99].map(part)),
        // The last waits for all others, which says nothing.
        Come::Together => ("all at once".to_owned(), ["–", "–"].map(str::to_owned)),
    };
    row([
        &tenants,
        &rate,
        &format!("{:.0}", loaded.done_a_second),
        &format!("{:.1}", loaded.batch),
        &format!("{:.1}", loaded.busy),
        &format!("{:.0}", loaded.cpu_us),
        &p50,
        &p99,
    ])
}
