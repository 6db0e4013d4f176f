//! What one dead receiver of a hundred costs in Lambda's time: by formula, from measured batches.

use crate::bars;
use crate::events::{EVENT_TYPE, batch};
use crate::function::Function;
use crate::gates::Gates;
use crate::report::{row, table};
use crate::rounds::Figure;
use crate::world::{At, World};

const BATCHES: usize = 100;
/// Events a second over a hundred receivers; the bar is for the first.
const RATES: [f64; 4] = [10.0, 1.0, 0.1, 0.01];
/// So many seconds has a day, and so many events a batch.
const DAY: f64 = 86_400.0;
const EVENTS: f64 = 10.0;
/// One batch of ten has an event for the dead one of a hundred receivers.
const WITH_DEAD: f64 = 0.1;
/// A receiver on the internet answers after so long; those here, at once.
const ROUND_TRIP_MS: f64 = 100.0;
/// Probes of a day: after 5 s, 30 s, 2, 5 and 10 minutes, then every 15 (`domain::health`).
const PROBES_A_DAY: f64 = 5.0 + (86_400.0 - 1_055.0) / 900.0;

/// GB-seconds with one of a hundred receivers dead, over those with none.
pub async fn measure(world: &World, gates: &mut Gates) {
    let names = |kind: &str| (0..10).map(|number| format!("{kind}-{number}")).collect::<Vec<_>>();
    let (well, ill) = (names("well"), names("ill"));
    for tenant in &well {
        world.webhooks(tenant, 1, At::Http1).await;
    }
    for (number, tenant) in ill.iter().enumerate() {
        world.webhooks(tenant, 1, if number == 0 { At::Dead } else { At::Http1 }).await;
    }
    let dispatcher = world.dispatcher().await;
    let healthy = times(world, &dispatcher, &well).await;
    let first = time(world, &dispatcher, &ill).await;
    let known = times(world, &dispatcher, &ill).await;
    let day = |rate: f64, share: f64, probes: f64| {
        let usual = ROUND_TRIP_MS + (1.0 - share) * healthy.median + share * known.median;
        DAY * rate / EVENTS * usual + probes * first
    };
    let ratios = RATES.map(|rate| day(rate, WITH_DEAD, 1.0 + PROBES_A_DAY) / day(rate, 0.0, 0.0));
    let naive = (ROUND_TRIP_MS + WITH_DEAD * first) / (ROUND_TRIP_MS + healthy.median);
    let rows = [
        row(["10 events, 10 tenants", "ms"]),
        row(["all receivers well", &healthy.shown(2)]),
        row(["one does not answer, first event", &format!("{first:.0}")]),
        row(["one is known not to answer", &known.shown(2)]),
    ];
    table("Dead receivers", &rows);
    // Probes are as many however few events there are. In truth fewer of these share a batch then:
    // the healthy day is dearer, and its ratio smaller.
    let mut rows =
        vec![row(["events a second, batches of ten", "a day with 1 of 100 receivers dead over one without"])];
    rows.extend(
        RATES.iter().zip(ratios).map(|(rate, ratio)| row([&rate.to_string(), &format!("{ratio:.2}")])),
    );
    rows.push(row(["any, if every event waited for it", &format!("{naive:.2}")]));
    table("What a dead receiver makes of Lambda's GB-seconds, by formula", &rows);
    gates.judge(&bars::DEAD_RECEIVERS, ratios[0]);
}

async fn times(world: &World, dispatcher: &Function, tenants: &[String]) -> Figure {
    let mut times = Vec::new();
    for _ in 0..BATCHES {
        times.push(time(world, dispatcher, tenants).await);
    }
    // What comes first of a kind opens connections.
    Figure::of(times.split_off(BATCHES / 10))
}

async fn time(world: &World, dispatcher: &Function, tenants: &[String]) -> f64 {
    let tenants: Vec<&str> = tenants.iter().map(String::as_str).collect();
    let event = batch(&world.stores.settings.events_queue_url, &tenants, 1, EVENT_TYPE);
    dispatcher.timed(event).await
}
