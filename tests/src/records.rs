//! Batches as Lambda hands them to the dispatcher.

use aws_lambda_events::event::sqs::SqsEvent;
use serde_json::{Value, json};

/// The events queue's ARN.
pub const EVENTS_ARN: &str = "arn:aws:sqs:us-east-1:123456789012:events";
/// The deliveries queue's ARN.
pub const DELIVERIES_ARN: &str = "arn:aws:sqs:us-east-1:123456789012:deliveries";

/// A record of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its message's id.
    pub id: u64,
    /// Its message.
    pub body: &'a str,
    /// How often it was handed out, this time included.
    pub receives: u32,
}

/// A batch of the queue with this ARN.
pub fn batch<'a>(arn: &str, records: impl Iterator<Item = Record<'a>>) -> SqsEvent {
    let records: Vec<Value> = records
        .map(|record| {
            json!({
                "messageId": record.id.to_string(), "receiptHandle": "r", "body": record.body,
                "attributes": { "ApproximateReceiveCount": record.receives.to_string() },
                "messageAttributes": {}, "eventSource": "aws:sqs", "eventSourceARN": arn,
                "awsRegion": "us-east-1",
            })
        })
        .collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}
