//! Which limit is met first, and what moves it.

use crate::fault::Fault;
use crate::inputs::{Inputs, Quota};
use crate::measured::Measured;
use crate::scale::{self, Load, Point};

/// A limit, and what a load takes of it.
#[derive(Clone, Debug)]
pub struct Use {
    /// What people call the limit.
    pub name: String,
    /// What there is.
    pub most: f64,
    /// Of what.
    pub unit: String,
    /// What to do to get more.
    pub moved_by: String,
    /// What the load takes.
    pub need: f64,
    /// A new table's: it grows with its load, without anybody's doing.
    pub passes: bool,
}

impl Use {
    /// The part that is taken; from 1 on the limit is met.
    pub fn share(&self) -> f64 {
        self.need / self.most
    }
}

/// The most events a second that are looked at when a limit is searched for.
const HIGHEST: f64 = 1_000_000.0;

/// All limits under this load, in the order of the quotas' file, the template's first.
pub fn uses(inputs: &Inputs, point: &Point) -> Vec<Use> {
    let quotas = &inputs.quotas.quotas;
    let (load, batch) = (&point.load, &point.usual.batch);
    let batches = load.events_per_second / batch.events;
    let one_log =
        load.events_per_second / load.tenants * batch.write_units.log / (batch.events * batch.webhooks);
    let writes = batches * (batch.write_units.log + batch.write_units.counters);
    let reads = batches * batch.query_units;
    let mut invocations = of(&quotas.environment_requests, batches);
    invocations.most *= quotas.account_concurrency.value;
    "invocations a second".clone_into(&mut invocations.unit);
    vec![
        Use {
            name: "EventsMaximumConcurrency".to_owned(),
            most: inputs.assumptions.template.events_concurrency.value,
            unit: "batches at once".to_owned(),
            moved_by: "the template's parameter, up to 1,000".to_owned(),
            need: point.full.concurrency,
            passes: false,
        },
        of(&quotas.account_concurrency, point.full.concurrency),
        of(&quotas.mapping_concurrency, point.full.concurrency),
        invocations,
        of(&quotas.in_flight, load.events_per_second * point.usual.batch_ms / 1000.0),
        Use { passes: true, ..of(&quotas.table_first_writes, writes) },
        of(&quotas.table_writes, writes),
        Use { passes: true, ..of(&quotas.table_first_reads, reads) },
        of(&quotas.table_reads, reads),
        of(&quotas.partition_writes, one_log),
        of(&quotas.secrets, load.tenants * load.webhooks),
        of(&quotas.secret_reads, batches * batch.secret_calls),
        of(&quotas.log_puts, batches),
    ]
}

/// The limit of which the load takes most, of those that stay.
///
/// # Errors
/// Batches for so many webhooks were not measured.
pub fn nearest(inputs: &Inputs, measured: &Measured, load: Load) -> Result<Option<Use>, Fault> {
    let point = scale::at(inputs, measured, load)?;
    let stay = uses(inputs, &point).into_iter().filter(|limit| !limit.passes);
    Ok(stay.max_by(|one, other| one.share().total_cmp(&other.share())))
}

/// From how many events a second on each limit is met; none when not up to a million.
///
/// # Errors
/// Batches for so many webhooks were not measured.
pub fn met_at(inputs: &Inputs, measured: &Measured, load: Load) -> Result<Vec<(Use, Option<f64>)>, Fault> {
    let used_at = |events_per_second| {
        let point = scale::at(inputs, measured, Load { events_per_second, ..load })?;
        Ok::<_, Fault>(uses(inputs, &point))
    };
    let mut met: Vec<(Use, Option<f64>)> = used_at(1.0)?.into_iter().map(|one| (one, None)).collect();
    let mut rate: f64 = 1.0;
    while rate <= HIGHEST {
        for ((_, first), now) in met.iter_mut().zip(used_at(rate)?) {
            if first.is_none() && now.share() >= 1.0 {
                *first = Some(rate);
            }
        }
        rate *= 1.02;
    }
    Ok(met)
}

fn of(quota: &Quota, need: f64) -> Use {
    Use {
        name: quota.name.clone(),
        most: quota.value,
        unit: quota.unit.clone(),
        moved_by: quota.moved_by.clone(),
        need,
        passes: false,
    }
}
