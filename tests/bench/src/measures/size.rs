//! Bytes: of the programs, and of memory.

use std::path::Path;

use platform::aws::Endpoints;

use crate::bars;
use crate::contender::{Contender, Shape};
use crate::events::{UNWANTED, batch};
use crate::gates::Gates;
use crate::proxy::{Passes, Proxy};
use crate::report::{row, table};
use crate::world::{At, World};

const THOUSAND: Shape = Shape { events: 10, webhooks: 100 };
const BATCHES: usize = 20;
/// Tenants of one batch, while a million of them go by: twice what a batch has.
const AT_ONCE: usize = 20;
/// When memory is looked at.
const SEEN: [usize; 6] = [100, 500, 1_000, 10_000, 100_000, 1_000_000];
const FEW: usize = 1_000;

/// The dispatcher's memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// At most, after batches of 1,000 deliveries.
    pub peak: f64,
    /// What each tenant adds while there is room for it.
    pub per_tenant: f64,
}

/// Programs, peak memory, and memory over the tenants seen.
pub async fn measure(world: &World, gates: &mut Gates) -> Memory {
    gates.judge(&bars::SIZE_DISPATCHER, bytes_of(&world.programs.path("dispatcher")));
    gates.judge(&bars::SIZE_API, bytes_of(&world.programs.path("api")));
    let peak = peak(world).await;
    gates.judge(&bars::PEAK_MEMORY, peak);
    Memory { peak, per_tenant: tenants(world, gates).await }
}

fn bytes_of(program: &Path) -> f64 {
    std::fs::metadata(program).expect("the program").len() as f64
}

async fn peak(world: &World) -> f64 {
    world.webhooks("peak", THOUSAND.webhooks, At::Http1).await;
    let mut dispatcher = Contender::Function(world.dispatcher().await);
    dispatcher.deliver(world, "peak", THOUSAND, BATCHES).await;
    let Contender::Function(dispatcher) = dispatcher else { unreachable!("it is a function") };
    dispatcher.process.peak_memory() as f64
}

/// A million tenants in one environment, and a thousand over and over in another: each
/// invocation leaves something behind, whosever it is, so both have as many.
async fn tenants(world: &World, gates: &mut Gates) -> f64 {
    world.webhooks("tenant-0", 1, At::Http1).await;
    let (many, few) = tokio::join!(resident(world, usize::MAX), resident(world, FEW));
    let mut rows =
        vec![row(["events, each of another tenant", "memory", "the same events of 1,000 tenants"])];
    let shown = |bytes: f64| format!("{:.1} MiB", bytes / 1_048_576.0);
    for ((seen, many), few) in SEEN.iter().zip(many).zip(few) {
        rows.push(row([&seen.to_string(), &shown(many), &shown(few)]));
    }
    table("Memory over the tenants that an environment has seen", &rows);
    let ([first, then, .., million], [.., thousand]) = (many, few);
    gates.judge(&bars::TENANTS, million / thousand);
    (then - first) / (SEEN[1] - SEEN[0]) as f64
}

/// What is resident after so many events each, of so many tenants in turn. Every tenant has the
/// webhooks of the first: to store a million would measure the emulator.
async fn resident(world: &World, tenants: usize) -> [f64; SEEN.len()] {
    let proxy = Proxy::start(&world.endpoints.dynamodb, Passes::First);
    let endpoints = Endpoints { dynamodb: proxy.url(), ..world.endpoints.clone() };
    let dispatcher = world.dispatcher_with(&endpoints, &[("RUST_LOG", "warn")]).await;
    let queue = &world.stores.settings.events_queue_url;
    let (mut seen, mut resident) = (0, [0.0; SEEN.len()]);
    for (until, resident) in SEEN.into_iter().zip(&mut resident) {
        while seen < until {
            let names: Vec<String> =
                (seen..seen + AT_ONCE).map(|number| format!("tenant-{}", number % tenants)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            dispatcher.invoke(batch(queue, &names, 1, UNWANTED)).await;
            seen += AT_ONCE;
        }
        *resident = dispatcher.process.resident() as f64;
    }
    resident
}
