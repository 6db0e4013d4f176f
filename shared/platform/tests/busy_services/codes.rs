//! Codes that one service or one operation has for itself.

use domain::row::BundleName;
use serde_json::json;

use super::calls::{all_come_true, owned};
use super::scripted::Reply;
use super::{Scripted, fault};

fn one(code: &str) -> Vec<Reply> {
    vec![Reply::from(fault(code))]
}

/// SQS gives the codes of its older protocol in a header
/// (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>).
fn by_sqs(code: &str) -> Vec<Reply> {
    let body = json!({"__type": "com.amazonaws.sqs#Whatever", "message": "the message {secret}"}).to_string();
    vec![Reply::of(400, &format!("x-amzn-query-error: {code};Sender\r\n"), &body)]
}

#[tokio::test]
async fn dynamodb_says_what_is_not_there_and_what_is_too_much() {
    let get = "dynamodb.GetItem: ResourceNotFoundException";
    let size = "dynamodb.BatchWriteItem: ItemCollectionSizeLimitExceededException";
    let cases = vec![
        ("webhooks.get", one("ResourceNotFoundException"), get, 1),
        ("log.put", one("ItemCollectionSizeLimitExceededException"), size, 1),
        ("log.put", one("LimitExceededException"), "dynamodb.BatchWriteItem: LimitExceededException", 3),
    ];
    all_come_true(3, owned(cases)).await;
}

#[tokio::test]
async fn sqs_says_that_it_or_its_key_is_throttled_or_not_there() {
    let gone = "AWS.SimpleQueueService.NonExistentQueue";
    let of = |code: &str| format!("sqs.SendMessage: {code}");
    let throttled = || "sqs throttles".to_owned();
    let cases = vec![
        ("queue.send_event", by_sqs("RequestThrottled"), throttled(), 3),
        ("queue.send_event", by_sqs("KMS.ThrottlingException"), throttled(), 1),
        ("queue.send_event", one("KmsThrottled"), throttled(), 1),
        ("queue.send_event", by_sqs(gone), of(gone), 1),
        ("queue.send_event", one("QueueDoesNotExist"), of("QueueDoesNotExist"), 1),
        ("queue.send_event", by_sqs("KMS.AccessDeniedException"), of("KMS.AccessDeniedException"), 1),
        ("queue.send_event", by_sqs("KMS.NotFoundException"), of("KMS.NotFoundException"), 1),
        ("queue.send_delivery", by_sqs("KMS.DisabledException"), of("KMS.DisabledException"), 1),
        ("queue.send_delivery", one("InvalidMessageContents"), of("InvalidMessageContents"), 1),
        ("queue.send_delivery", one("UnsupportedOperation"), of("UnsupportedOperation"), 1),
    ];
    all_come_true(10, cases).await;
}

#[tokio::test]
async fn secrets_manager_makes_and_deletes_no_secret_for_a_reason() {
    let of = |operation: &str, code: &str| format!("secretsmanager.{operation}: {code}");
    let mut cases = Vec::new();
    for code in [
        "ResourceExistsException",
        "EncryptionFailure",
        "DecryptionFailure",
        "InvalidRequestException",
        "InvalidParameterException",
        "MalformedPolicyDocumentException",
        "PreconditionNotMetException",
        "ResourceNotFoundException",
    ] {
        cases.push(("secrets.create", one(code), of("CreateSecret", code), 1));
    }
    // The quota of secrets; the SDK takes the word for a throttling.
    let quota = "LimitExceededException";
    cases.push(("secrets.create", one(quota), of("CreateSecret", quota), 3));
    cases.push(("secrets.delete", one("ResourceNotFoundException"), "ok ()".to_owned(), 1));
    for code in ["InvalidRequestException", "InvalidParameterException"] {
        cases.push(("secrets.delete", one(code), of("DeleteSecret", code), 1));
    }
    // The sweep has the time to find what is marked for deletion once more.
    for code in ["ResourceNotFoundException", "InvalidRequestException"] {
        cases.push(("upkeep.discard", one(code), "ok ()".to_owned(), 1));
    }
    let code = "InvalidParameterException";
    cases.push(("upkeep.discard", one(code), of("DeleteSecret", code), 1));
    all_come_true(15, cases).await;
}

#[tokio::test]
async fn what_the_sweep_discards_can_be_brought_back_for_a_week_and_what_a_row_names_no_more_cannot() {
    let name = BundleName("test/acme/wh/1".to_owned());
    let service = Scripted::new(vec![(200, json!({}))]).await;
    assert_eq!(service.ports.upkeep.discard(&name).await, Ok(()));
    assert_eq!(service.ports.secrets.delete(&name).await, Ok(()));
    let discarded = json!({"SecretId": name.0, "RecoveryWindowInDays": 7});
    let deleted = json!({"SecretId": name.0, "ForceDeleteWithoutRecovery": true});
    assert_eq!(service.requests(), [discarded, deleted]);
}

#[tokio::test]
async fn a_secret_that_is_gone_is_told_apart_from_one_that_cannot_be_read() {
    let mut cases = Vec::new();
    for call in ["secrets.read", "slack_app.account"] {
        // InvalidRequest: it is marked for deletion.
        for code in ["ResourceNotFoundException", "InvalidRequestException"] {
            cases.push((call, one(code), "no such bundle".to_owned(), 1));
        }
        for code in ["DecryptionFailure", "InvalidParameterException"] {
            cases.push((call, one(code), format!("secretsmanager.GetSecretValue: {code}"), 1));
        }
        let binary = (200, json!({"SecretBinary": "AA=="})).into();
        cases.push((call, vec![binary], "secretsmanager: not a text".to_owned(), 1));
    }
    for (call, expected) in
        [("secrets.read", "unreadable bundle"), ("slack_app.account", "unreadable Slack app")]
    {
        for text in ["hunter2", "{\"oops\": \"hunter2\"}", ""] {
            let reply = (200, json!({"SecretString": text})).into();
            cases.push((call, vec![reply], format!("secretsmanager: {expected}"), 1));
        }
    }
    all_come_true(16, cases).await;
}
