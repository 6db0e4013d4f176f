//! What a fault of a service comes to, call by call, and how many requests were
//! made of it: the SDK tries three times what may pass, and nothing else twice.

use serde_json::json;

use super::calls::{CALLS, Case, all_come_true};
use super::fault;
use super::scripted::Reply;

/// The first call of each operation.
fn operations() -> Vec<(&'static str, &'static str)> {
    let mut seen = std::collections::BTreeSet::new();
    CALLS.into_iter().filter(|(_, operation)| seen.insert(*operation)).collect()
}

fn service_of(operation: &str) -> &str {
    operation.split('.').next().unwrap()
}

#[tokio::test]
async fn a_throttled_call_is_made_three_times_and_told_as_throttled() {
    let mut cases: Vec<Case> = Vec::new();
    for (call, operation) in CALLS {
        let service = service_of(operation);
        let code = match service {
            "dynamodb" => "ProvisionedThroughputExceededException",
            "sqs" => "RequestThrottled",
            _ => "ThrottlingException",
        };
        cases.push((call, vec![fault(code).into()], format!("{service} throttles"), 3));
    }
    for code in ["ThrottlingException", "RequestLimitExceeded"] {
        cases.push(("log.put", vec![fault(code).into()], "dynamodb throttles".to_owned(), 3));
        cases.push(("queue.send_event", vec![fault(code).into()], "sqs throttles".to_owned(), 3));
    }
    all_come_true(40, cases).await;
}

#[tokio::test]
async fn a_service_that_fails_is_asked_three_times() {
    let internal = json!({"__type": "com.amazonaws#InternalServerError", "message": "the item {secret}"});
    let mut cases: Vec<Case> = Vec::new();
    for (call, operation) in operations() {
        let told = |code: &str| format!("{operation}: {code}");
        cases.push((call, vec![(500, internal.clone()).into()], told("InternalServerError"), 3));
        // The connection ends without an answer.
        cases.push((call, vec![Reply(String::new())], told("not-sent"), 3));
    }
    for (call, operation) in [CALLS[0], CALLS[33], CALLS[36]] {
        // It ends within the answer.
        let cut = Reply("HTTP/1.1 200 X\r\ncontent-length: 99\r\n\r\n{\"It".to_owned());
        cases.push((call, vec![cut], format!("{operation}: unreadable"), 3));
    }
    // What a proxy in between may say.
    cases.push((
        "log.put",
        vec![Reply::of(503, "", "<html>")],
        "dynamodb.BatchWriteItem: unknown".to_owned(),
        3,
    ));
    cases.push((
        "secrets.read",
        vec![Reply::of(502, "", "")],
        "secretsmanager.GetSecretValue: unknown".to_owned(),
        3,
    ));
    cases.push(("queue.send_event", vec![Reply::of(504, "", "")], "sqs.SendMessage: unknown".to_owned(), 3));
    all_come_true(28, cases).await;
}

#[tokio::test]
async fn what_cannot_pass_is_asked_once() {
    let codes = [
        "AccessDeniedException",
        "UnrecognizedClientException",
        "ExpiredTokenException",
        "ValidationException",
    ];
    let mut cases: Vec<Case> = Vec::new();
    for (call, operation) in CALLS {
        for code in codes {
            cases.push((call, vec![fault(code).into()], format!("{operation}: {code}"), 1));
        }
        // Answers that are none, the second one with a status of success.
        cases.push((call, vec![Reply::of(400, "", "<html>")], format!("{operation}: unknown"), 1));
        let code = if operation == "dynamodb.Query" { "unreadable" } else { "unknown" };
        cases.push((call, vec![Reply::of(200, "", "<html>")], format!("{operation}: {code}"), 1));
        cases.push((call, vec![Reply("SSH-2.0-x\r\n".to_owned())], format!("{operation}: not-sent"), 1));
    }
    all_come_true(250, cases).await;
}
