//! What `make bench` measured, read once: a field that is missing is named, and
//! so is one that is no amount.

use serde::Deserialize;

use crate::fault::Fault;

/// The batches that every run has to bring, as (events, webhooks, dead percent).
const KINDS: [(f64, f64, f64); 12] = [
    (1.0, 1.0, 0.0),
    (10.0, 1.0, 0.0),
    (1.0, 10.0, 0.0),
    (10.0, 10.0, 0.0),
    (1.0, 100.0, 0.0),
    (10.0, 100.0, 0.0),
    (1.0, 1.0, 1.0),
    (10.0, 1.0, 1.0),
    (1.0, 10.0, 1.0),
    (10.0, 10.0, 1.0),
    (1.0, 100.0, 1.0),
    (10.0, 100.0, 1.0),
];

/// What was measured.
#[derive(Clone, Debug, Deserialize)]
pub struct Measured {
    /// What it was measured on.
    pub machine: String,
    /// When.
    pub date: String,
    /// Means over many batches, one entry a kind.
    pub batches: Vec<Batch>,
    /// An event's body, in bytes.
    pub body_bytes: f64,
    /// The dispatcher's memory at its peak.
    pub peak_memory_mib: f64,
    /// How long a start takes.
    pub init_ms: InitMs,
    /// What each tenant adds to the dispatcher's memory.
    pub memory_per_tenant_bytes: f64,
}

/// How long the functions take to start.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct InitMs {
    /// The dispatcher.
    pub dispatcher: f64,
    /// The API.
    pub api: f64,
}

/// One batch, as a mean over many.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Batch {
    /// Events in it, all of one tenant.
    pub events: f64,
    /// Webhooks that want each of them.
    pub webhooks: f64,
    /// Of a hundred receivers, those that hang until the deadline.
    pub dead_percent: f64,
    /// What a healthy receiver took to answer.
    pub receiver_ms: f64,
    /// From the invocation to its answer.
    pub billed_ms: f64,
    /// The process's CPU time in that.
    pub cpu_ms: f64,
    /// What it wrote.
    pub write_units: WriteUnits,
    /// Connections made to receivers. None in what is measured: all are kept.
    #[serde(default)]
    pub dials: f64,
    /// Rosters read.
    pub queries: f64,
    /// Read units that these took.
    pub query_units: f64,
    /// Bundles read from Secrets Manager.
    pub secret_calls: f64,
    /// Messages that the function itself sent.
    pub sqs_calls: f64,
    /// What it logged.
    pub log_bytes: f64,
}

/// DynamoDB's write units, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct WriteUnits {
    /// The log of deliveries.
    pub log: f64,
    /// The hourly counters.
    pub counters: f64,
    /// What waits.
    pub backlog: f64,
    /// Health and wake-ups in the webhooks' rows.
    pub rows: f64,
}

impl Measured {
    /// Reads the file's text.
    ///
    /// # Errors
    /// The field that is missing, or is no amount; the batch that is missing.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let measured: Self =
            serde_json::from_str(text).map_err(|cause| Fault::Form { input: "measured figures", cause })?;
        measured.check()?;
        for (events, webhooks, dead_percent) in KINDS {
            measured.batch(events, webhooks, dead_percent)?;
        }
        Ok(measured)
    }

    /// The batch of this kind.
    ///
    /// # Errors
    /// There is none.
    pub fn batch(&self, events: f64, webhooks: f64, dead_percent: f64) -> Result<Batch, Fault> {
        let is_it = |batch: &&Batch| {
            (batch.events, batch.webhooks, batch.dead_percent) == (events, webhooks, dead_percent)
        };
        let none = Fault::NoBatch { events, webhooks, dead_percent };
        self.batches.iter().find(is_it).copied().ok_or(none)
    }

    /// A healthy batch of any size from 1 to 10: a straight line between the two measured.
    ///
    /// # Errors
    /// Batches for so many webhooks were not measured.
    pub fn healthy(&self, events: f64, webhooks: f64) -> Result<Batch, Fault> {
        let (one, ten) = (self.batch(1.0, webhooks, 0.0)?, self.batch(10.0, webhooks, 0.0)?);
        let part = (events - 1.0) / 9.0;
        Ok(Batch { events, webhooks, ..one.towards(&ten, part) })
    }

    fn check(&self) -> Result<(), Fault> {
        let mut amounts = vec![
            ("body_bytes".to_owned(), self.body_bytes),
            ("peak_memory_mib".to_owned(), self.peak_memory_mib),
            ("init_ms.dispatcher".to_owned(), self.init_ms.dispatcher),
            ("init_ms.api".to_owned(), self.init_ms.api),
            ("memory_per_tenant_bytes".to_owned(), self.memory_per_tenant_bytes),
        ];
        for (place, batch) in self.batches.iter().enumerate() {
            let of_batch = batch.amounts().map(|(name, value)| (format!("batches[{place}].{name}"), value));
            amounts.extend(of_batch);
        }
        match amounts.into_iter().find(|(_, value)| !value.is_finite() || *value < 0.0) {
            Some((field, value)) => Err(Fault::NotAnAmount { field, value }),
            None => Ok(()),
        }
    }
}

impl Batch {
    fn amounts(&self) -> [(&'static str, f64); 16] {
        [
            ("events", self.events),
            ("webhooks", self.webhooks),
            ("dead_percent", self.dead_percent),
            ("receiver_ms", self.receiver_ms),
            ("billed_ms", self.billed_ms),
            ("cpu_ms", self.cpu_ms),
            ("write_units.log", self.write_units.log),
            ("write_units.counters", self.write_units.counters),
            ("write_units.backlog", self.write_units.backlog),
            ("write_units.rows", self.write_units.rows),
            ("dials", self.dials),
            ("queries", self.queries),
            ("query_units", self.query_units),
            ("secret_calls", self.secret_calls),
            ("sqs_calls", self.sqs_calls),
            ("log_bytes", self.log_bytes),
        ]
    }

    fn towards(&self, other: &Self, part: f64) -> Self {
        let between = |from: f64, to: f64| from + (to - from) * part;
        let units = (self.write_units, other.write_units);
        Self {
            events: between(self.events, other.events),
            webhooks: between(self.webhooks, other.webhooks),
            dead_percent: between(self.dead_percent, other.dead_percent),
            receiver_ms: between(self.receiver_ms, other.receiver_ms),
            billed_ms: between(self.billed_ms, other.billed_ms),
            cpu_ms: between(self.cpu_ms, other.cpu_ms),
            write_units: WriteUnits {
                log: between(units.0.log, units.1.log),
                counters: between(units.0.counters, units.1.counters),
                backlog: between(units.0.backlog, units.1.backlog),
                rows: between(units.0.rows, units.1.rows),
            },
            dials: between(self.dials, other.dials),
            queries: between(self.queries, other.queries),
            query_units: between(self.query_units, other.query_units),
            secret_calls: between(self.secret_calls, other.secret_calls),
            sqs_calls: between(self.sqs_calls, other.sqs_calls),
            log_bytes: between(self.log_bytes, other.log_bytes),
        }
    }
}
