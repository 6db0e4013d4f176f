//! Batches as Lambda hands them to the dispatcher.

use aws_lambda_events::event::sqs::SqsEvent;
use serde_json::{Value, json};

/// The events queue's ARN.
pub const EVENTS_ARN: &str = "arn:aws:sqs:us-east-1:123456789012:events";
/// The deliveries queue's ARN.
pub const DELIVERIES_ARN: &str = "arn:aws:sqs:us-east-1:123456789012:deliveries";

/// A record of a batch.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Its message's id.
    pub id: String,
    /// Its message.
    pub body: &'a str,
    /// How often it was handed out, this time included.
    pub receives: u32,
}

/// The ARN of the queue with this URL.
pub fn arn_of(queue_url: &str) -> String {
    format!("arn:aws:sqs:us-east-1:123456789012:{}", queue_url.rsplit('/').next().unwrap_or_default())
}

/// A batch of the queue with this ARN.
pub fn batch<'a>(arn: &str, records: impl Iterator<Item = Record<'a>>) -> SqsEvent {
    serde_json::from_value(event(arn, records)).unwrap()
}

/// As [`batch`], as it comes over the Runtime API.
pub fn event<'a>(arn: &str, records: impl Iterator<Item = Record<'a>>) -> Value {
    let records: Vec<Value> = records
        .map(|record| {
            json!({
                "messageId": record.id, "receiptHandle": "r", "body": record.body,
                "attributes": { "ApproximateReceiveCount": record.receives.to_string() },
                "messageAttributes": {}, "eventSource": "aws:sqs", "eventSourceARN": arn,
                "awsRegion": "us-east-1",
            })
        })
        .collect();
    json!({ "Records": records })
}
