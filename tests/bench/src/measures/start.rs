//! Cold starts: from exec to the first `/next`, and the first handshake.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

use crate::bars;
use crate::events::{EVENT_TYPE, UNWANTED, batch};
use crate::function::Function;
use crate::gates::Gates;
use crate::report::{row, table};
use crate::rounds::Figure;
use crate::world::{At, World};

const ROUNDS: usize = 41;
const HANDSHAKES: usize = 31;
/// Connections made at once behind the first one.
const FURTHER: usize = 10;

/// Medians, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Started {
    /// The dispatcher's.
    pub dispatcher_ms: f64,
    /// The API's.
    pub api_ms: f64,
}

/// Starts each program many times.
pub async fn measure(world: &World, gates: &mut Gates) -> Started {
    let environment = world.environment(&world.endpoints);
    let programs = [
        ("std-only floor", world.programs.path("floor"), BTreeMap::new()),
        ("dispatcher", world.programs.path("dispatcher"), environment.clone()),
        ("API", world.programs.path("api"), environment),
    ];
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for ((_, program, environment), times) in programs.iter().zip(&mut times) {
            times.push(start(program, environment).await);
        }
    }
    let mut rows = vec![row(["exec to first /next", "ms", "over the floor"])];
    for ((name, ..), of_this) in programs.iter().zip(&times) {
        let (time, ratio) = (Figure::of(of_this.iter().copied()), Figure::ratio(of_this, &times[0]));
        rows.push(row([name, &time.shown(2), &ratio.shown(2)]));
    }
    table("Start-up", &rows);
    let [floor, dispatcher, api] = &times;
    gates.judge(&bars::START_DISPATCHER, Figure::ratio(dispatcher, floor).median);
    gates.judge(&bars::START_API, Figure::ratio(api, floor).median);
    first_handshake(world, gates).await;
    let median = |times: &[f64]| Figure::of(times.iter().copied()).median;
    Started { dispatcher_ms: median(dispatcher), api_ms: median(api) }
}

async fn start(program: &Path, environment: &BTreeMap<String, String>) -> f64 {
    Function::start(program, &[], environment).await.started_in.as_secs_f64() * 1e3
}

/// The first delivery of a process less its second one: connection and handshake, and the first
/// log entry and count. What else is done for the first time, two events before them have done: one
/// that nobody wants, for which the tenant's webhooks were read, and one of a tenant whose receiver
/// takes no connection, for which a name was looked up and what could not be delivered was kept.
/// And deliveries to it and ten more receivers less the same again: ten connections like any other.
async fn first_handshake(world: &World, gates: &mut Gates) {
    world.unsigned_webhooks("handshake", 1).await;
    world.unsigned_webhooks("handshakes", 1 + FURTHER).await;
    let queue = &world.stores.settings.events_queue_url;
    let (mut times, mut further) = (Vec::new(), Vec::new());
    for number in 0..HANDSHAKES {
        let closed = format!("closed-{number}");
        world.webhooks(&closed, 1, At::Closed).await;
        let dispatcher = world.dispatcher().await;
        dispatcher.timed(batch(queue, &["handshake"], 1, UNWANTED)).await;
        dispatcher.timed(batch(queue, &[&closed], 1, EVENT_TYPE)).await;
        times.push(more_for_the_first(&dispatcher, batch(queue, &["handshake"], 1, EVENT_TYPE)).await);
        dispatcher.timed(batch(queue, &["handshakes"], 1, UNWANTED)).await;
        let ten = more_for_the_first(&dispatcher, batch(queue, &["handshakes"], 1, EVENT_TYPE)).await;
        further.push(ten / FURTHER as f64);
    }
    let figure = Figure::of(times);
    let rows = [
        row(["CPU ms of the dispatcher", "a connection"]),
        row(["the first, with its handshake", &figure.shown(2)]),
        row(["each of ten more", &Figure::of(further).shown(2)]),
    ];
    table("TLS handshakes", &rows);
    gates.judge(&bars::FIRST_HANDSHAKE, figure.median);
}

/// By how many milliseconds of CPU a batch takes longer than the same one after it.
async fn more_for_the_first(dispatcher: &Function, batch: Bytes) -> f64 {
    let mut took = [0.0; 2];
    for took in &mut took {
        let before = dispatcher.process.cpu();
        dispatcher.timed(batch.clone()).await;
        *took = (dispatcher.process.cpu() - before).as_secs_f64() * 1e3;
    }
    took[0] - took[1]
}
