//! Tenants, rates and limits.

use cost::inputs::Inputs;
use cost::limits;
use cost::measured::Measured;
use cost::report::MEMORY;
use cost::scale::{self, Handling, Load, Point};

const SAMPLE: &str = include_str!("measured.json");

struct Scene {
    inputs: Inputs,
    measured: Measured,
}

impl Scene {
    fn new() -> Self {
        Self { inputs: Inputs::built_in().unwrap(), measured: Measured::parse(SAMPLE).unwrap() }
    }

    fn at(&self, tenants: f64, events_per_second: f64, webhooks: f64) -> Point {
        let load = Load { tenants, events_per_second, webhooks };
        scale::at(&self.inputs, &self.measured, load).unwrap()
    }

    /// Batches of this size, one webhook an event.
    fn of(&self, events: f64, tenants: f64, events_per_second: f64) -> Handling {
        let load = Load { tenants, events_per_second, webhooks: 1.0 };
        scale::handled(&self.inputs, &self.measured, load, events).unwrap()
    }

    fn need(&self, point: &Point, name: &str) -> f64 {
        let uses = limits::uses(&self.inputs, point);
        uses.iter().find(|one| one.name == name).unwrap().need
    }
}

const RATES: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];
const TENANTS: [f64; 7] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0];

#[test]
fn more_tenants_cost_no_less_in_batches_of_one_size() {
    let scene = Scene::new();
    for (rate, events) in RATES.iter().flat_map(|rate| [1.0, 3.0, 10.0].map(|events| (*rate, events))) {
        let costs = TENANTS.map(|tenants| scene.of(events, tenants, rate).terms.counted());
        assert!(costs.is_sorted(), "{rate} {events}: {costs:?}");
    }
}

#[test]
fn more_events_take_no_less_concurrency_and_fill_batches() {
    let scene = Scene::new();
    for tenants in TENANTS {
        let points = RATES.map(|rate| scene.at(tenants, rate, 1.0));
        assert!(points.map(|point| point.full.concurrency).is_sorted(), "{tenants}");
        assert!(points.map(|point| point.usual.batch.events).is_sorted(), "{tenants}");
        assert!(points.iter().all(|point| (1.0..=10.0).contains(&point.usual.batch.events)), "{tenants}");
    }
}

#[test]
fn concurrency_is_the_batches_that_arrive_while_one_takes_its_time() {
    let scene = Scene::new();
    // One tenant, full batches, rosters and bundles in memory, connections kept but once a minute: 119 ms.
    let full = scene.at(1.0, 1_000.0, 1.0).full;
    assert_eq!(full.batch_ms, 119.0);
    assert!((full.concurrency - 11.9).abs() < 1e-9);
}

#[test]
fn a_batch_of_many_tenants_has_as_many_as_events() {
    let scene = Scene::new();
    assert!((scene.at(1.0, 1_000.0, 1.0).full.tenants - 1.0).abs() < 1e-9);
    // 2 × (1 − 1/2^10)
    assert!((scene.at(2.0, 1_000.0, 1.0).full.tenants - 1.998).abs() < 1e-3);
    assert!((scene.at(1e6, 1_000.0, 1.0).full.tenants - 10.0).abs() < 1e-3);
}

#[test]
fn each_tenant_in_a_batch_has_its_own_counters_and_roster() {
    let scene = Scene::new();
    let (one, many) = (scene.at(1.0, 1_000.0, 1.0).full, scene.at(1e6, 1_000.0, 1.0).full);
    assert!((one.batch.write_units.counters - 1.0).abs() < 1e-9);
    assert!((many.batch.write_units.counters - 10.0).abs() < 1e-3);
    assert!(one.batch.queries < 0.025, "{}", one.batch.queries);
    assert!(many.batch.queries > 9.9, "{}", many.batch.queries);
}

#[test]
fn a_million_tenants_read_a_bundle_for_nine_events_of_ten() {
    let scene = Scene::new();
    let terms = scene.at(1e6, 1_000.0, 1.0).usual.terms;
    assert!((4.2..4.6).contains(&terms.secret_calls), "{}", terms.secret_calls);
    let few = scene.at(100.0, 1_000.0, 1.0).usual.terms;
    assert!(few.secret_calls < 0.01, "{}", few.secret_calls);
}

#[test]
fn connections_are_kept_for_who_comes_again_within_half_a_minute() {
    let scene = Scene::new();
    // An event a minute: 1 − e^−½ come within 30 s, and of these half find a pool that is not a minute old.
    let quiet = scene.at(1.0, 1.0 / 60.0, 1.0).usual;
    assert!((quiet.kept - 0.196_7).abs() < 1e-3, "{}", quiet.kept);
    assert!((quiet.batch.dials - (1.0 - quiet.kept)).abs() < 1e-9);
    let busy = scene.at(1.0, 100.0, 1.0).usual;
    assert!(busy.kept > 0.99, "{}", busy.kept);
    let many = scene.at(10_000.0, 100.0, 1.0).usual;
    assert!(many.kept < 0.03 && many.batch_ms > busy.batch_ms + 75.0, "{} {}", many.kept, many.batch_ms);
}

#[test]
fn with_more_memory_no_more_bundles_are_read() {
    let scene = Scene::new();
    for tenants in TENANTS {
        let usd = MEMORY.map(|megabytes| {
            let inputs = scene.inputs.with_memory(megabytes);
            let load = Load { tenants, events_per_second: 1_000.0, webhooks: 1.0 };
            scale::handled(&inputs, &scene.measured, load, 3.0).unwrap().terms.secret_calls
        });
        assert!(usd.is_sorted_by(|less, more| less >= more), "{tenants}: {usd:?}");
    }
}

#[test]
fn what_arrives_faster_than_it_is_done_has_no_mean_wait() {
    let scene = Scene::new();
    assert!(scene.at(1.0, 1_000.0, 1.0).wait_seconds.unwrap() < 0.001);
    assert!(scene.at(1.0, 4_100.0, 1.0).wait_seconds.unwrap() > 0.001);
    assert_eq!(scene.at(1.0, 10_000.0, 1.0).wait_seconds, None);
}

#[test]
fn half_a_million_webhooks_meet_the_quota_of_secrets_at_any_rate() {
    let scene = Scene::new();
    let name = "Secrets Manager, secrets";
    assert_eq!(scene.need(&scene.at(50_000.0, 1.0, 10.0), name), 500_000.0);
    let load = Load { tenants: 1e6, events_per_second: 1.0, webhooks: 1.0 };
    let nearest = limits::nearest(&scene.inputs, &scene.measured, load).unwrap().unwrap();
    assert_eq!((nearest.name.as_str(), nearest.share()), (name, 2.0));
}

#[test]
fn one_tenant_alone_meets_its_own_log_first() {
    let scene = Scene::new();
    let load = Load { tenants: 1.0, events_per_second: 1_000.0, webhooks: 1.0 };
    let nearest = limits::nearest(&scene.inputs, &scene.measured, load).unwrap().unwrap();
    assert_eq!((nearest.name.as_str(), nearest.share()), ("DynamoDB, one webhook's log", 1.0));
}

#[test]
fn a_limit_is_met_from_the_rate_on_that_takes_all_of_it() {
    let scene = Scene::new();
    let load = Load { tenants: 10_000.0, events_per_second: 1.0, webhooks: 1.0 };
    for (limit, rate) in limits::met_at(&scene.inputs, &scene.measured, load).unwrap() {
        let Some(rate) = rate else { continue };
        let (before, at) = (scene.at(10_000.0, rate / 1.03, 1.0), scene.at(10_000.0, rate, 1.0));
        assert!(scene.need(&at, &limit.name) >= limit.most, "{}", limit.name);
        assert!(scene.need(&before, &limit.name) < limit.most, "{}", limit.name);
    }
}
