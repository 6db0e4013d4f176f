//! From 1 to a million tenants, and from 1 to 10,000 events a second: how many
//! batches are under way at once, what the caches still hold, what that costs.
//!
//! ```text
//! concurrency    = events a second / events a batch × seconds a batch
//! events a batch = 1 as long as there is concurrency left, then as many as it takes, up to 10
//! tenants a batch       of `tenants` that send equally much: tenants × (1 − (1 − 1 / tenants)^events)
//! a roster is in memory when its environment read it within 5 s, if there is room for so many
//! a connection is kept when its environment met the tenant within 30 s, and once a minute it is not
//! a bundle is in memory when its environment has had the tenant before, if there is room for so many
//! counters       = what was measured, for each tenant in the batch
//! wait           = of M/M/c: c batches at once, full ones, arriving by chance
//! ```
//!
//! Tenants that send unequally much hit the caches more often: in that this is the dear end.

use crate::fault::Fault;
use crate::inputs::Inputs;
use crate::measured::{Batch, Measured};
use crate::model::{self, Terms};

/// What arrives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Tenants that send, equally much.
    pub tenants: f64,
    /// Events of all of them, a second.
    pub events_per_second: f64,
    /// Webhooks that want each event.
    pub webhooks: f64,
}

/// How a load is handled in batches of one size.
#[derive(Clone, Copy, Debug)]
pub struct Handling {
    /// One batch.
    pub batch: Batch,
    /// Tenants in it.
    pub tenants: f64,
    /// Of the rosters asked for, the part found in memory.
    pub roster_hits: f64,
    /// Of the bundles asked for, the part found in memory.
    pub bundle_hits: f64,
    /// Of the connections needed, the part that was kept.
    pub kept: f64,
    /// How long a batch takes.
    pub batch_ms: f64,
    /// Batches under way at once.
    pub concurrency: f64,
    /// Dollars for a million events.
    pub terms: Terms,
}

/// A load and how it is handled.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// The load.
    pub load: Load,
    /// In batches as they form.
    pub usual: Handling,
    /// In full batches: what it takes at least.
    pub full: Handling,
    /// How long a full batch waits for its turn; none when more arrives than is done.
    pub wait_seconds: Option<f64>,
}

/// How a load is handled.
///
/// # Errors
/// Batches for so many webhooks were not measured.
pub fn at(inputs: &Inputs, measured: &Measured, load: Load) -> Result<Point, Fault> {
    let template = &inputs.assumptions.template;
    let (most, batch_size) = (template.events_concurrency.value, template.batch_size.value);
    let full = handled(inputs, measured, load, batch_size)?;
    let mut events = 1.0;
    let mut usual = handled(inputs, measured, load, events)?;
    while usual.concurrency > most && events < batch_size {
        events += 1.0;
        usual = handled(inputs, measured, load, events)?;
    }
    let wait_seconds = mean_wait(most, full.concurrency, full.batch_ms / 1000.0);
    Ok(Point { load, usual, full, wait_seconds })
}

/// Batches of this size under this load.
///
/// # Errors
/// Batches for so many webhooks were not measured.
pub fn handled(inputs: &Inputs, measured: &Measured, load: Load, events: f64) -> Result<Handling, Fault> {
    let one_tenant = measured.healthy(events, load.webhooks)?;
    let tenants = distinct(load.tenants, events);
    let a_second = load.events_per_second / events;
    // Reads apart: they depend on the environments, which depend on this.
    let busy = a_second * model::billed_ms(inputs, &one_tenant, tenants) / 1000.0;
    let environments = busy.max(1.0);

    let rate = a_second / environments * tenants / load.tenants;
    let (roster_hits, kept) = (roster_hits(inputs, load, rate), connections_kept(inputs, rate));
    let bundle_hits = bundle_hits(inputs, load, load.events_per_second / environments);
    let queries = tenants * (1.0 - roster_hits);
    let mut batch = Batch {
        dials: events * load.webhooks * (1.0 - kept),
        queries,
        query_units: queries * roster_units(inputs, load.webhooks),
        secret_calls: tenants * load.webhooks * (1.0 - bundle_hits),
        ..one_tenant
    };
    batch.write_units.counters *= tenants;
    let batch_ms = model::billed_ms(inputs, &batch, tenants);
    Ok(Handling {
        batch,
        tenants,
        roster_hits,
        bundle_hits,
        kept,
        batch_ms,
        concurrency: a_second * batch_ms / 1000.0,
        terms: model::per_million(inputs, &batch, tenants, measured.body_bytes),
    })
}

/// How many of `all` are met in so many draws, each as likely as the others.
fn distinct(all: f64, draws: f64) -> f64 {
    // all × (1 − (1 − 1/all)^draws), exact for large numbers too.
    -(draws * (-1.0 / all).ln_1p()).exp_m1() * all
}

/// Read units of a tenant's roster, eventually consistent.
fn roster_units(inputs: &Inputs, webhooks: f64) -> f64 {
    let assumed = &inputs.assumptions.assumed;
    let bytes = assumed.tenant_row_bytes.value + webhooks * assumed.webhook_row_bytes.value;
    (bytes / assumed.read_unit_bytes.value).ceil() / 2.0
}

/// `rate`: batches a second in which an environment meets one tenant. After each
/// read it meets it `rate × 5` times more before it reads again.
fn roster_hits(inputs: &Inputs, load: Load, rate: f64) -> f64 {
    let code = &inputs.assumptions.code;
    let meanwhile = rate * code.roster_seconds.value;
    let fresh = load.tenants * -(-meanwhile).exp_m1();
    meanwhile / (1.0 + meanwhile) * (code.rosters_cached.value / fresh).min(1.0)
}

/// `rate`: as of [`roster_hits`]. Who comes within 30 s of the one before finds its connections,
/// save the first one of each minute.
fn connections_kept(inputs: &Inputs, rate: f64) -> f64 {
    let code = &inputs.assumptions.code;
    let a_pool = rate * code.pool_seconds.value;
    -(-rate * code.idle_seconds.value).exp_m1() * a_pool / (1.0 + a_pool)
}

/// `rate`: events a second in one environment, which starts with nothing.
fn bundle_hits(inputs: &Inputs, load: Load, rate: f64) -> f64 {
    let in_all = load.tenants * load.webhooks;
    let room = (inputs.bundles_cached() / in_all).min(1.0);
    let events = (rate * inputs.assumptions.assumed.environment_seconds.value).max(1.0);
    let met_before = 1.0 - distinct(load.tenants, events) / events;
    room.min(met_before)
}

/// Erlang's C: the mean wait when `offered` of `servers` are busy on average and
/// a batch takes `service` seconds.
fn mean_wait(servers: f64, offered: f64, service: f64) -> Option<f64> {
    if offered >= servers {
        return None;
    }
    let (mut blocked, mut server) = (1.0, 1.0);
    while server <= servers {
        blocked = offered * blocked / (server + offered * blocked);
        server += 1.0;
    }
    let busy = offered / servers;
    let waits = blocked / (1.0 - busy * (1.0 - blocked));
    Some(waits * service / (servers - offered))
}
