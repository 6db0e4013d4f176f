//! Everything that is shown, computed once.

use serde_json::{Value, json};

use crate::fault::Fault;
use crate::inputs::Inputs;
use crate::limits::{self, Use};
use crate::measured::Measured;
use crate::model::{self, Terms};
use crate::scale::{self, Handling, Load, Point};

/// The most that a million events for one webhook may cost, in full batches of
/// one tenant: the sender's request, the log of deliveries and egress apart.
pub const AIM: f64 = 0.45;

/// Steps of the charts over tenants, from one power of ten to the next.
pub const STEPS: u32 = 4;
/// Event rates of the tables and charts.
pub const RATES: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];
/// Webhooks an event of what scales.
pub const WEBHOOKS: [f64; 2] = [1.0, 10.0];
/// Tenants where only the event rate varies.
pub const USUAL_TENANTS: f64 = 10_000.0;
/// The dispatcher's memory in MB, of which the cache of bundles has a part, as compared.
pub const MEMORY: [f64; 3] = [128.0, 512.0, 2_048.0];
/// The event rate at which they are.
pub const CACHE_RATE: f64 = 1_000.0;

/// What batches of one kind cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Webhooks that want each event.
    pub webhooks: f64,
    /// Events a batch.
    pub events: f64,
    /// Of a hundred receivers, those that hang.
    pub dead_percent: f64,
    /// What Lambda bills for one.
    pub batch_ms: f64,
    /// Dollars for a million events.
    pub terms: Terms,
}

/// Reading bundles with a cache of one size.
#[derive(Clone, Debug)]
pub struct Caching {
    /// The dispatcher's memory in MB.
    pub memory_mb: f64,
    /// Bundles for which each environment has room.
    pub bundles: f64,
    /// Dollars for a million events, for each of [`tenants`].
    pub usd: Vec<f64>,
}

/// The limits under a growing rate.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Webhooks that want each event.
    pub webhooks: f64,
    /// Each, and the events a second from which it is met.
    pub met: Vec<(Use, Option<f64>)>,
}

/// Everything that is shown.
#[derive(Clone, Debug)]
pub struct Report {
    /// Prices, quotas, settings, assumptions.
    pub inputs: Inputs,
    /// What was measured.
    pub measured: Measured,
    /// All kinds of batches, in the order of the table.
    pub costs: Vec<Cost>,
    /// Full batches of as many tenants as events, caches warm.
    pub mixed: Handling,
    /// One tenant that sends an event a minute.
    pub quiet: Handling,
    /// One webhook an event: a row a rate, a point for each of [`tenants`].
    pub over_tenants: Vec<Vec<Point>>,
    /// [`USUAL_TENANTS`]: for each of [`WEBHOOKS`] a point a rate.
    pub over_rates: Vec<Vec<Point>>,
    /// How the cache of bundles pays.
    pub caches: Vec<Caching>,
    /// Limits under [`USUAL_TENANTS`], for each of [`WEBHOOKS`].
    pub limits: Vec<Limits>,
    /// For each of [`WEBHOOKS`], tenants and rate: the nearest limit.
    pub nearest: Vec<(Load, Use)>,
}

impl Report {
    /// Computes all.
    ///
    /// # Errors
    /// A kind of batch that was not measured.
    pub fn new(inputs: Inputs, measured: Measured) -> Result<Self, Fault> {
        let at = |tenants, events_per_second, webhooks| {
            scale::at(&inputs, &measured, Load { tenants, events_per_second, webhooks })
        };
        let over_tenants = all(RATES, |rate| tenants().map(|tenants| at(tenants, rate, 1.0)).collect())?;
        let over_rates = all(WEBHOOKS, |webhooks| {
            RATES.into_iter().map(|rate| at(USUAL_TENANTS, rate, webhooks)).collect()
        })?;
        let limits = all(WEBHOOKS, |webhooks| {
            let load = Load { tenants: USUAL_TENANTS, events_per_second: 1.0, webhooks };
            Ok(Limits { webhooks, met: limits::met_at(&inputs, &measured, load)? })
        })?;
        Ok(Self {
            costs: costs(&inputs, &measured)?,
            // As many as the caches hold.
            mixed: at(500.0, 1_000.0, 1.0)?.full,
            quiet: at(1.0, 1.0 / 60.0, 1.0)?.usual,
            caches: all(MEMORY, |megabytes| caching(&inputs, &measured, megabytes))?,
            nearest: nearest(&inputs, &measured)?,
            over_tenants,
            over_rates,
            limits,
            inputs,
            measured,
        })
    }

    /// The cost that the aim is about.
    pub fn aimed(&self) -> f64 {
        let is_it = |cost: &&Cost| (cost.webhooks, cost.events, cost.dead_percent) == (1.0, 10.0, 0.0);
        self.costs.iter().find(is_it).map_or(f64::INFINITY, |cost| cost.terms.counted())
    }

    /// Whether it is reached.
    pub fn holds(&self) -> bool {
        self.aimed() <= AIM
    }

    /// For programs: one line of JSON.
    pub fn gates(&self) -> Value {
        json!({"gates": {"cost_per_million_events_1_webhook_batch_10": {
            "kind": "ratio",
            "value": (self.aimed() * 10_000.0).round() / 10_000.0,
            "gate": AIM,
            "aim": AIM,
            "holds": self.holds(),
        }}})
    }
}

/// From one tenant to a million.
pub fn tenants() -> impl Iterator<Item = f64> {
    let power = |step: u32| (f64::from(step / STEPS), f64::from(step % STEPS) / f64::from(STEPS));
    (0..=6 * STEPS).map(power).map(|(whole, part)| 10_f64.powf(whole) * 10_f64.powf(part))
}

fn all<T, const N: usize>(of: [f64; N], one: impl Fn(f64) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    of.into_iter().map(one).collect()
}

fn costs(inputs: &Inputs, measured: &Measured) -> Result<Vec<Cost>, Fault> {
    let mut costs = Vec::new();
    for webhooks in [1.0, 10.0, 100.0] {
        for events in [10.0, 1.0] {
            for dead_percent in [0.0, 1.0] {
                let batch = measured.batch(events, webhooks, dead_percent)?;
                costs.push(Cost {
                    webhooks,
                    events,
                    dead_percent,
                    batch_ms: model::billed_ms(inputs, &batch, 1.0),
                    terms: model::per_million(inputs, &batch, 1.0, measured.body_bytes),
                });
            }
        }
    }
    Ok(costs)
}

fn caching(inputs: &Inputs, measured: &Measured, memory_mb: f64) -> Result<Caching, Fault> {
    let inputs = inputs.with_memory(memory_mb);
    let usd = tenants().map(|tenants| {
        let load = Load { tenants, events_per_second: CACHE_RATE, webhooks: 1.0 };
        Ok(scale::at(&inputs, measured, load)?.usual.terms.secret_calls)
    });
    let usd = usd.collect::<Result<_, Fault>>()?;
    Ok(Caching { memory_mb, bundles: inputs.bundles_cached(), usd })
}

fn nearest(inputs: &Inputs, measured: &Measured) -> Result<Vec<(Load, Use)>, Fault> {
    let mut found = Vec::new();
    for webhooks in WEBHOOKS {
        for tenants in [1.0, 100.0, 10_000.0, 1_000_000.0] {
            for events_per_second in RATES {
                let load = Load { tenants, events_per_second, webhooks };
                if let Some(limit) = limits::nearest(inputs, measured, load)? {
                    found.push((load, limit));
                }
            }
        }
    }
    Ok(found)
}
