//! What a million messages to Slack cost beyond those to a custom webhook.
//!
//! ```text
//! its turn     = the row's write
//! one that has to wait = writes × write unit + reads × read unit
//!              + (send + receive + delete) × (request + surcharge of a fair queue)
//!              + an invocation that waits for Slack's answer and some of the table's
//! ```

use crate::inputs::Inputs;

const MILLION: f64 = 1_000_000.0;
/// Of the table's answers that are waited for one after the other: claim, look, log, deletion, look, hop.
const ANSWERS: f64 = 6.0;

/// A million messages that are sent at once.
pub fn turn(inputs: &Inputs) -> f64 {
    MILLION * inputs.assumptions.code.turn_writes.value * inputs.prices.prices.dynamodb_write_unit.each()
}

/// A million messages that come too early, each sent by a wake-up of its own.
pub fn waiting(inputs: &Inputs) -> f64 {
    let (price, given) = (&inputs.prices.prices, &inputs.assumptions);
    let ms = given.assumed.receiver_ms.value + ANSWERS * given.assumed.table_ms.value;
    let gb_seconds = ms / 1000.0 * given.template.memory_mb.value / 1024.0;
    MILLION
        * (given.code.waiting_writes.value * price.dynamodb_write_unit.each()
            + given.code.waiting_reads.value * price.dynamodb_read_unit.each()
            + 3.0 * (price.sqs_request.each() + price.sqs_fair_request.each())
            + price.lambda_request.each()
            + gb_seconds * price.lambda_gb_second.each())
}
