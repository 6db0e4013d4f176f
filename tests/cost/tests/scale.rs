//! Tenants, rates and limits.

use cost::inputs::Inputs;
use cost::limits;
use cost::measured::Measured;
use cost::report::MEMORY;
use cost::scale::{self, Load, Point};

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

    fn need(&self, point: &Point, name: &str) -> f64 {
        let uses = limits::uses(&self.inputs, point);
        uses.iter().find(|one| one.name == name).unwrap().need
    }
}

const RATES: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];
const TENANTS: [f64; 7] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0];

#[test]
fn more_tenants_cost_no_less() {
    let scene = Scene::new();
    for rate in RATES {
        let costs = TENANTS.map(|tenants| scene.at(tenants, rate, 1.0).usual.terms.counted());
        assert!(costs.is_sorted(), "{rate}: {costs:?}");
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
    // One tenant, full batches, rosters and bundles in memory: 118 ms.
    let full = scene.at(1.0, 1_000.0, 1.0).full;
    assert_eq!(full.batch_ms, 118.0);
    assert!((full.concurrency - 11.8).abs() < 1e-9);
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
    assert!((4.4..4.6).contains(&terms.secret_calls), "{}", terms.secret_calls);
    let few = scene.at(100.0, 1_000.0, 1.0).usual.terms;
    assert!(few.secret_calls < 0.01, "{}", few.secret_calls);
}

#[test]
fn with_more_memory_no_more_bundles_are_read() {
    let scene = Scene::new();
    for tenants in TENANTS {
        let usd = MEMORY.map(|megabytes| {
            let inputs = scene.inputs.with_memory(megabytes);
            let load = Load { tenants, events_per_second: 1_000.0, webhooks: 1.0 };
            scale::at(&inputs, &scene.measured, load).unwrap().usual.terms.secret_calls
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
