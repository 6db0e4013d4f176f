//! A batch of queue messages as Lambda gives it to a function, and what the
//! function's answer means for each of them.
//! (docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html)

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::sqs::Message;
use crate::template::REGION;

/// The event of a batch.
pub(crate) fn event(messages: &[Message], queue_arn: &str) -> Value {
    let records: Vec<Value> = messages
        .iter()
        .map(|message| {
            json!({
                "messageId": message.message_id,
                "receiptHandle": message.receipt_handle,
                "body": message.body,
                "attributes": message.attributes,
                "messageAttributes": attributes(message),
                "md5OfBody": message.md5_of_body,
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": REGION,
            })
        })
        .collect();
    json!({ "Records": records })
}

/// A message's own attributes, in Lambda's spelling.
fn attributes(message: &Message) -> Map<String, Value> {
    let spelled = |attribute: &Value| {
        let mut spelled = json!({"stringListValues": [], "binaryListValues": []});
        for (from, to) in
            [("StringValue", "stringValue"), ("BinaryValue", "binaryValue"), ("DataType", "dataType")]
        {
            if let (Some(value), Some(spelled)) = (attribute.get(from), spelled.as_object_mut()) {
                spelled.insert(to.to_owned(), value.clone());
            }
        }
        spelled
    };
    message.message_attributes.iter().map(|(name, attribute)| (name.clone(), spelled(attribute))).collect()
}

/// What becomes of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    /// These are deleted, the others become visible again.
    Delete(Vec<&'a Message>),
    /// All become visible again, for this reason.
    KeepAll(String),
}

/// What a function's answer means for its batch.
pub(crate) fn judge<'a>(messages: &'a [Message], answer: &[u8]) -> Verdict<'a> {
    let keep_all = |why: &str| Verdict::KeepAll(why.to_owned());
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return keep_all("it answered no JSON") };
    let failures = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => &Vec::new(),
        Some(Value::Array(failures)) => failures,
        Some(_) => return keep_all("batchItemFailures is no list"),
    };
    let mut failed = HashSet::new();
    for failure in failures {
        match failure.get("itemIdentifier").and_then(Value::as_str) {
            None | Some("") => return keep_all("an item identifier is missing or empty"),
            Some(id) if !messages.iter().any(|message| message.message_id == id) => {
                return keep_all("an item identifier is none of this batch");
            }
            Some(id) => {
                failed.insert(id);
            }
        }
    }
    Verdict::Delete(messages.iter().filter(|message| !failed.contains(message.message_id.as_str())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages() -> Vec<Message> {
        let message = |id: &str| {
            serde_json::from_value(json!({
                "MessageId": id, "ReceiptHandle": format!("r{id}"), "Body": "{}", "MD5OfBody": "md5",
                "Attributes": {"ApproximateReceiveCount": "2", "MessageGroupId": "acme"},
                "MessageAttributes": {"k": {"StringValue": "v", "DataType": "String"}},
            }))
            .unwrap()
        };
        ["a", "b", "c"].map(message).to_vec()
    }

    fn deleted(answer: &str) -> Option<String> {
        match judge(&messages(), answer.as_bytes()) {
            Verdict::Delete(some) => Some(some.iter().map(|message| message.message_id.as_str()).collect()),
            Verdict::KeepAll(_) => None,
        }
    }

    #[test]
    fn a_message_becomes_a_record_with_all_its_attributes() {
        let event = event(&messages()[..1], "arn:q");
        let expected = json!({
            "messageId": "a", "receiptHandle": "ra", "body": "{}", "md5OfBody": "md5",
            "attributes": {"ApproximateReceiveCount": "2", "MessageGroupId": "acme"},
            "messageAttributes": {"k": {
                "stringValue": "v", "dataType": "String", "stringListValues": [], "binaryListValues": []
            }},
            "eventSource": "aws:sqs", "eventSourceARN": "arn:q", "awsRegion": REGION,
        });
        assert_eq!(event["Records"][0], expected);
        assert!(aws_reads(&event));
    }

    fn aws_reads(event: &Value) -> bool {
        serde_json::from_value::<aws_lambda_events::sqs::SqsEvent>(event.clone()).is_ok()
    }

    #[test]
    fn only_what_failed_is_kept() {
        assert_eq!(deleted(r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#).as_deref(), Some("ac"));
        for all_well in [r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#, "{}", "null"] {
            assert_eq!(deleted(all_well).as_deref(), Some("abc"), "{all_well}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_trusted_keeps_the_whole_batch() {
        for wrong in [
            "oh",
            "",
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"z"}]}"#,
            r#"{"batchItemFailures":[{"wrongName":"b"}]}"#,
            r#"{"batchItemFailures":"b"}"#,
        ] {
            assert_eq!(deleted(wrong), None, "{wrong}");
        }
    }
}
