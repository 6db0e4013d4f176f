//! What a delivery costs: the dispatcher beside the limit and the Node dispatchers.

use crate::bars;
use crate::contender::{Contender, Shape};
use crate::gates::Gates;
use crate::report::{row, table};
use crate::rounds::Figure;
use crate::world::{At, World};

/// 10 events × 10 webhooks.
const HUNDRED: Shape = Shape { events: 10, webhooks: 10 };
/// Batches before it counts; in each round, since another one's data lies in the processor's
/// caches by then; and those that count.
const WARM_UP: usize = 40;
const WARM_AGAIN: usize = 4;
const BATCHES: usize = 20;
const ROUNDS: usize = 15;

/// 10 to 1,000 deliveries a batch: 10 events each.
const SHAPES: [Shape; 3] = [Shape { events: 10, webhooks: 1 }, HUNDRED, Shape { events: 10, webhooks: 100 }];

/// Deliveries per CPU-second, and how it depends on the batch.
pub async fn measure(world: &World, gates: &mut Gates) {
    for shape in SHAPES {
        world.webhooks(&tenant(shape), shape.webhooks, At::Http1).await;
    }
    compare(world, gates).await;
    by_size(world, gates).await;
}

async fn compare(world: &World, gates: &mut Gates) {
    let mut contenders = [
        ("dispatcher", Contender::Function(world.dispatcher().await)),
        ("limit: hyper + rustls", Contender::limit(world, &world.receiver)),
        ("Node, undici", Contender::node(world, "undici").await),
        ("Node, fetch", Contender::node(world, "fetch").await),
    ];
    for (_, contender) in &mut contenders {
        contender.deliver(world, &tenant(HUNDRED), HUNDRED, WARM_UP).await;
    }
    let mut costs = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        for ((_, contender), costs) in contenders.iter_mut().zip(&mut costs) {
            contender.deliver(world, &tenant(HUNDRED), HUNDRED, WARM_AGAIN).await;
            let took = contender.deliver(world, &tenant(HUNDRED), HUNDRED, BATCHES).await;
            costs.push(micros(took.cpu) / (BATCHES * HUNDRED.deliveries()) as f64);
        }
    }
    let mut rows = vec![row([
        "10 × 10, warm",
        "CPU µs a delivery",
        "deliveries per CPU-second",
        "times the limit's cost",
    ])];
    for ((name, _), of_this) in contenders.iter().zip(&costs) {
        let (cost, ratio) = (Figure::of(of_this.iter().copied()), Figure::ratio(of_this, &costs[1]));
        rows.push(row([name, &cost.shown(1), &format!("{:.0}", 1e6 / cost.median), &ratio.shown(2)]));
    }
    table("Deliveries per CPU-second", &rows);
    let [ours, limit, undici, fetch] = &costs;
    gates.judge(&bars::SHARE_OF_LIMIT, Figure::ratio(limit, ours).median);
    gates.judge(&bars::OVER_UNDICI, Figure::ratio(undici, ours).median);
    gates.judge(&bars::OVER_FETCH, Figure::ratio(fetch, ours).median);
}

async fn by_size(world: &World, gates: &mut Gates) {
    let mut dispatcher = Contender::Function(world.dispatcher().await);
    for shape in SHAPES {
        dispatcher.deliver(world, &tenant(shape), shape, 20).await;
    }
    let mut costs = [const { Vec::new() }; SHAPES.len()];
    for _ in 0..ROUNDS {
        for (shape, costs) in SHAPES.iter().zip(&mut costs) {
            let batches = 2_000 / shape.deliveries();
            let took = dispatcher.deliver(world, &tenant(*shape), *shape, batches).await;
            costs.push(micros(took.cpu) / (batches * shape.deliveries()) as f64);
        }
    }
    let figures = costs.map(Figure::of);
    let mut rows = vec![row(["deliveries a batch", "CPU µs a delivery", "times that of 10 × 1"])];
    for (shape, figure) in SHAPES.iter().zip(&figures) {
        let shape = format!("{} × {}", shape.events, shape.webhooks);
        let times = format!("{:.2}", figure.median / figures[0].median);
        rows.push(row([&shape, &figure.shown(1), &times]));
    }
    table("CPU by the size of the batch", &rows);
    // What a batch costs as a whole is shared by its deliveries, so a small one's cost more. None
    // may cost more for being one of many.
    let [ten, hundred, thousand] = figures.map(|figure| figure.median);
    gates.judge(&bars::GROWTH, (thousand / ten.min(hundred)).max(hundred / ten));
}

fn tenant(shape: Shape) -> String {
    format!("size-{}", shape.webhooks)
}

fn micros(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
