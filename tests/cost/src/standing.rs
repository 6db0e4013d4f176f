//! What is paid each month without a single event.
//!
//! ```text
//! a tenant's webhooks   = webhooks × secret
//!                       + GB of rows × (storage + recovery)
//!                       + sweeps × webhooks × (reads × read unit + ListSecrets × call)
//! a deployment          = queues × five long polls of 20 s × request
//!                       + alarms + dashboard + metric + the Slack app's secret
//!                       + sweeps × (schedule + message) + KMS for the tables' keys
//! a receiver that hangs = a probe each 15 minutes for 5 days
//!                       × (message + invocation of 10 s + the row's writes)
//! ```

use crate::inputs::Inputs;
use crate::model::GB;

/// One line of a bill.
pub type Line = (&'static str, f64);

/// A tenant with so many webhooks, a month.
pub fn tenant(inputs: &Inputs, webhooks: f64) -> Vec<Line> {
    let (price, given) = (&inputs.prices.prices, &inputs.assumptions);
    let rows = given.assumed.tenant_row_bytes.value
        + webhooks * given.assumed.webhook_row_bytes.value
        + (webhooks + 1.0) * given.assumed.item_bytes.value;
    let stored = price.dynamodb_storage.each() + price.dynamodb_recovery.each();
    let sweep = given.code.sweep_reads.value * price.dynamodb_read_unit.each()
        + given.code.sweep_secret_calls.value * price.secret_call.each();
    vec![
        ("secrets", webhooks * price.secret_month.each()),
        ("rows", rows / GB * stored),
        ("its share of the sweeps", webhooks * sweeps(inputs) * sweep),
    ]
}

/// A deployment, a month.
pub fn deployment(inputs: &Inputs) -> Vec<Line> {
    let (price, template) = (&inputs.prices.prices, &inputs.assumptions.template);
    let assumed = &inputs.assumptions.assumed;
    let seconds = assumed.month_hours.value * 3600.0;
    let polls =
        template.queues_polled.value * assumed.idle_pollers.value * seconds / assumed.poll_seconds.value;
    // Sent by the scheduler, received and deleted by a poller.
    let message = 3.0 * price.sqs_request.each() + price.lambda_request.each();
    vec![
        ("dashboard", template.dashboards.value * price.dashboard_month.each()),
        ("alarms", template.alarms.value * price.alarm_month.each()),
        ("polls of idle queues", polls * price.sqs_request.each()),
        ("the Slack app's secret", price.secret_month.each()),
        ("metric of error lines, at most", template.custom_metrics.value * price.metric_month.each()),
        (
            "KMS for the tables' keys, at most",
            assumed.table_key_requests.value * assumed.month_hours.value * price.kms_request.each(),
        ),
        ("schedule of the sweep", sweeps(inputs) * (price.scheduler_invocation.each() + message)),
    ]
}

/// A receiver that hangs, once, until its webhook is disabled.
pub fn broken(inputs: &Inputs) -> f64 {
    let (price, given) = (&inputs.prices.prices, &inputs.assumptions);
    let probes = given.code.disabled_after_days.value * 24.0 * 60.0 / given.code.probe_minutes.value;
    let request = price.sqs_request.each() + price.sqs_fair_request.each();
    let gb_seconds = given.assumed.probe_ms.value / 1000.0 * given.template.memory_mb.value / 1024.0;
    let probe = 3.0 * request
        + price.lambda_request.each()
        + gb_seconds * price.lambda_gb_second.each()
        + given.code.probe_writes.value * price.dynamodb_write_unit.each();
    probes * probe
}

/// What lines come to.
pub fn sum(lines: &[Line]) -> f64 {
    lines.iter().map(|(_, usd)| usd).sum()
}

/// Sweeps a month.
fn sweeps(inputs: &Inputs) -> f64 {
    inputs.assumptions.template.sweeps_per_hour.value * inputs.assumptions.assumed.month_hours.value
}
