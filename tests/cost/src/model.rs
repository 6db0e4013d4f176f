//! What a million events cost. The formula, for a batch of `events` that `webhooks`
//! webhooks want each:
//!
//! ```text
//! dollars per million events = 1,000,000 / events × (
//!   Lambda     invocation + GB of memory × seconds billed × GB-second
//!              + own messages × an invocation that waits for its probe's deadline
//! + SQS        (receive, each 64 KB of it + delete) × (request + surcharge of a fair queue)
//!              + own messages × (send + receive + delete)
//! + DynamoDB   (counters + backlog + rows) × write unit + rosters read × read unit
//! + Secrets    bundles read × call
//! + Logs       (our line + its overhead + Lambda's lines) × (ingestion + storage until they expire)
//! ), and apart, since they are for what the customer asked for:
//!   log table  1,000,000 / events × (write units × write unit + GB × 30 days of storage and recovery)
//!   egress     1,000,000 × webhooks × (body + headers) × GB to the internet
//!
//! milliseconds billed = what was measured, its CPU part at Lambda's share of a core
//!   + rounds × a receiver's answer + the log's last write + the counters' write
//!   + a new connection's round trips, when one of its tenants' was not kept, and its CPU for each
//!   + the roster's read + the bundle's read, when it was not in memory
//! rounds = a tenant's deliveries in the batch / 32, rounded up: so many are under way at once,
//!   and the next one's turn does not wait for the log
//! ```
//!
//! Left out: the sender's own SQS request, free tiers, savings plans, taxes.

use crate::inputs::Inputs;
use crate::measured::Batch;

const MILLION: f64 = 1_000_000.0;
/// AWS's GB.
pub(crate) const GB: f64 = 1_073_741_824.0;

/// Dollars per million events, term by term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Lambda's requests.
    pub invocations: f64,
    /// Lambda's time.
    pub gb_seconds: f64,
    /// Invocations that wake-ups cause.
    pub probes: f64,
    /// What Lambda's pollers ask SQS for.
    pub polls: f64,
    /// Messages that the function sent: sent, received, deleted.
    pub own_messages: f64,
    /// The hourly counters.
    pub counters: f64,
    /// Deliveries that wait.
    pub backlog: f64,
    /// Webhooks' health and wake-ups.
    pub rows: f64,
    /// Rosters read.
    pub reads: f64,
    /// Bundles read.
    pub secret_calls: f64,
    /// CloudWatch Logs.
    pub log_lines: f64,
    /// Apart: the log of deliveries, its writes.
    pub log_table_writes: f64,
    /// Apart: the same, 30 days of storage.
    pub log_table_storage: f64,
    /// Apart: what leaves AWS.
    pub egress: f64,
}

impl Terms {
    /// Lambda in all.
    pub fn lambda(&self) -> f64 {
        self.invocations + self.gb_seconds + self.probes
    }

    /// SQS in all.
    pub fn sqs(&self) -> f64 {
        self.polls + self.own_messages
    }

    /// DynamoDB without the log of deliveries.
    pub fn dynamodb(&self) -> f64 {
        self.counters + self.backlog + self.rows + self.reads
    }

    /// The log of deliveries.
    pub fn log_table(&self) -> f64 {
        self.log_table_writes + self.log_table_storage
    }

    /// What is counted: all but the log of deliveries and egress.
    pub fn counted(&self) -> f64 {
        self.lambda() + self.sqs() + self.dynamodb() + self.secret_calls + self.log_lines
    }

    /// The same, by service, in the order of the tables and charts.
    pub fn services(&self) -> [(&'static str, f64); 5] {
        [
            ("Lambda", self.lambda()),
            ("SQS", self.sqs()),
            ("DynamoDB", self.dynamodb()),
            ("Logs", self.log_lines),
            ("Secrets", self.secret_calls),
        ]
    }
}

/// What a batch with events of so many tenants costs, for a million events.
pub fn per_million(inputs: &Inputs, batch: &Batch, tenants: f64, body_bytes: f64) -> Terms {
    let price = &inputs.prices.prices;
    let (template, code) = (&inputs.assumptions.template, &inputs.assumptions.code);
    let assumed = &inputs.assumptions.assumed;
    let batches = MILLION / batch.events;
    let second_of_memory = template.memory_mb.value / 1024.0 * price.lambda_gb_second.each();
    let seconds = billed_ms(inputs, batch, tenants) / 1000.0;

    let request = price.sqs_request.each() + price.sqs_fair_request.each();
    let receive = (batch.events * body_bytes / assumed.chunk_bytes.value).ceil();
    let probe = price.lambda_request.each() + assumed.probe_ms.value / 1000.0 * second_of_memory;

    let write = price.dynamodb_write_unit.each();
    let units = &batch.write_units;
    let kept_months = |days: f64| days * 24.0 / assumed.month_hours.value;

    let log_bytes = batch.log_bytes + assumed.log_line_bytes.value + template.platform_log_bytes.value;
    let log_gb = price.log_ingestion.each()
        + kept_months(template.log_retention_days.value) * price.log_storage.each();

    let logged = batch.events * batch.webhooks;
    let stored =
        units.log * assumed.write_unit_bytes.value + logged.min(units.log) * assumed.item_bytes.value;
    let stored_gb =
        kept_months(code.log_days.value) * (price.dynamodb_storage.each() + price.dynamodb_recovery.each());

    Terms {
        invocations: batches * price.lambda_request.each(),
        gb_seconds: batches * seconds * second_of_memory,
        probes: batches * batch.sqs_calls * probe,
        polls: batches * (receive + 1.0) * request,
        own_messages: batches * batch.sqs_calls * 3.0 * request,
        counters: batches * units.counters * write,
        backlog: batches * units.backlog * write,
        rows: batches * units.rows * write,
        reads: batches * batch.query_units * price.dynamodb_read_unit.each(),
        secret_calls: batches * batch.secret_calls * price.secret_call.each(),
        log_lines: batches * log_bytes / GB * log_gb,
        log_table_writes: batches * units.log * write,
        log_table_storage: batches * stored / GB * stored_gb,
        egress: MILLION * batch.webhooks * (body_bytes + assumed.request_bytes.value) / GB
            * price.egress.each(),
    }
}

/// How often a batch waits for receivers, one after the other.
pub fn rounds(inputs: &Inputs, batch: &Batch, tenants: f64) -> f64 {
    (batch.events / tenants * batch.webhooks / inputs.assumptions.code.attempts_at_once.value).ceil()
}

/// What Lambda bills for a batch, in whole milliseconds.
pub fn billed_ms(inputs: &Inputs, batch: &Batch, tenants: f64) -> f64 {
    let assumed = &inputs.assumptions.assumed;
    let slower = (assumed.vcpu_mb.value / inputs.assumptions.template.memory_mb.value).max(1.0);
    let cpu = batch.cpu_ms + batch.dials * assumed.dial_cpu_ms.value;
    let local = (batch.billed_ms - batch.cpu_ms).max(0.0) + cpu * slower;
    // A tenant's connections come and go together, and all are made side by side.
    let kept = 1.0 - batch.dials / (batch.events * batch.webhooks);
    let dials = (1.0 - kept.powf(tenants)) * assumed.dial_ms.value;
    let receiver = (assumed.receiver_ms.value - batch.receiver_ms).max(0.0);
    let round_trips = rounds(inputs, batch, tenants) * receiver + 2.0 * assumed.table_ms.value;
    let reads = batch.queries.min(1.0) * assumed.table_ms.value
        + batch.secret_calls.min(1.0) * assumed.secret_ms.value;
    (local + dials + round_trips + reads).ceil()
}
