//! What a service refuses on a condition, or for a reason of its own: what each
//! means to the caller, and how many requests it took.

use serde_json::{Value, json};

use super::calls::{all_come_true, owned};
use super::scripted::Reply;
use super::{canceled, fault, item_of, row, webhook};

fn refused(item: &Value) -> Reply {
    let kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
    (400, json!({"__type": kind, "message": "The conditional request failed", "Item": item})).into()
}

/// What an earlier use of the idempotency key left.
fn used(fields: &Value) -> Reply {
    let other = "wh_01ARYZ6S410000000000000000";
    let mut item = json!({"body": {"S": "b"}, "webhook": {"S": other}, "begun_at": {"N": "1795003200000"}});
    item.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    refused(&item)
}

/// A tenant that was removed then, and is installed anew.
fn removed_at(millis: &str) -> Reply {
    refused(&json!({"removal": {"N": millis}, "removed_at": {"N": "1795003200000"}}))
}

#[tokio::test]
async fn a_condition_that_fails_is_an_answer() {
    let none = || refused(&json!(null));
    let own = json!({"webhook": {"S": webhook().as_str()}});
    let old = || used(&json!({"begun_at": {"N": "1"}}));
    let done = || Reply::from((200, json!({})));
    all_come_true(
        21,
        owned(vec![
            ("webhooks.update", vec![refused(&item_of(&row()))], "ok Refused", 1),
            ("webhooks.update", vec![none()], "ok Absent", 1),
            ("webhooks.update", vec![refused(&json!({}))], "ok Absent", 1),
            ("webhooks.update", vec![refused(&json!({"pk": {"S": "acme"}}))], "dynamodb: unreadable sk", 1),
            ("webhooks.record_tenant", vec![none()], "ok false", 1),
            ("webhooks.record_tenant", vec![removed_at("1795003200000")], "ok true", 1),
            ("webhooks.record_tenant", vec![removed_at("1795003200001")], "ok false", 1),
            ("idempotency.begin", vec![used(&json!({"body": {"S": "other"}}))], "ok Reused", 1),
            ("idempotency.begin", vec![used(&json!({"answer": {"S": "a"}}))], "ok Answered(\"a\")", 1),
            ("idempotency.begin", vec![used(&json!({}))], "ok Running", 1),
            (
                "idempotency.begin",
                vec![used(&own)],
                "ok GoOn(WebhookId(\"wh_01M7Q8ECG00000000000000001\"))",
                1,
            ),
            // It is taken over; or somebody else was quicker, and again, and again.
            (
                "idempotency.begin",
                vec![old(), done()],
                "ok GoOn(WebhookId(\"wh_01ARYZ6S410000000000000000\"))",
                2,
            ),
            (
                "idempotency.begin",
                vec![old(), none(), done()],
                "ok GoOn(WebhookId(\"wh_01M7Q8ECG00000000000000001\"))",
                3,
            ),
            // It was us, and the SDK's repeat was refused.
            (
                "idempotency.begin",
                vec![old(), none(), used(&json!({}))],
                "ok GoOn(WebhookId(\"wh_01ARYZ6S410000000000000000\"))",
                3,
            ),
            ("idempotency.begin", vec![old()], "dynamodb throttles", 12),
            ("idempotency.begin", vec![none()], "dynamodb: unreadable body", 1),
            ("idempotency.finish", vec![none()], "ok ()", 1),
            ("idempotency.forget", vec![none()], "ok ()", 1),
            ("idempotency.release", vec![none()], "ok ()", 1),
            ("installations.take", vec![none()], "ok false", 1),
            ("backlog.put", vec![none()], "ok ()", 1),
            ("backlog.tried", vec![none()], "ok ()", 1),
            // Where there is no condition none can fail.
            ("log.put", vec![none()], "dynamodb.BatchWriteItem: ConditionalCheckFailedException", 1),
        ]),
    )
    .await;
}

fn canceled_with(tenant: &Value) -> Reply {
    let reasons = json!([{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": tenant}]);
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    (400, json!({"__type": kind, "message": "canceled", "CancellationReasons": reasons})).into()
}

fn one(codes: [&str; 2]) -> Vec<Reply> {
    vec![canceled(codes).into()]
}

#[tokio::test]
async fn a_transaction_whose_condition_failed_says_which() {
    let cases = vec![
        (one(["ConditionalCheckFailed", "None"]), "ok Exists"),
        (one(["ConditionalCheckFailed", "ConditionalCheckFailed"]), "ok Exists"),
        (one(["ConditionalCheckFailed", "TransactionConflict"]), "ok Exists"),
        (one(["None", "ConditionalCheckFailed"]), "ok TooMany"),
        (vec![canceled_with(&json!({"webhooks": {"N": "50"}}))], "ok TooMany"),
        (vec![canceled_with(&json!({"removed": {"BOOL": true}}))], "ok TenantRemoved"),
        (vec![canceled_with(&json!({"removed": {"S": "x"}}))], "dynamodb: unreadable removed"),
    ];
    let cases = cases.into_iter().map(|(replies, expected)| ("webhooks.create", replies, expected, 1));
    all_come_true(7, owned(cases.collect())).await;
}

#[tokio::test]
async fn a_transaction_that_was_canceled_otherwise_tells_why() {
    let mut cases = vec![
        (one(["ThrottlingError", "None"]), "dynamodb throttles".to_owned(), 1),
        (one(["None", "ProvisionedThroughputExceeded"]), "dynamodb throttles".to_owned(), 1),
    ];
    let told = |code: &str| format!("dynamodb.TransactWriteItems: {code}");
    for code in ["ValidationError", "ItemCollectionSizeLimitExceeded", "AccessDenied", "DuplicateItem"] {
        cases.push((one(["None", code]), told(code), 1));
        cases.push((one([code, "None"]), told(code), 1));
    }
    cases.push((one(["None", "None"]), told("TransactionCanceledException"), 1));
    for code in ["TransactionCanceledException", "IdempotentParameterMismatchException"] {
        cases.push((vec![fault(code).into()], told(code), 1));
    }
    // Six tries of ours, each of them three of the SDK's.
    cases.push((vec![fault("TransactionInProgressException").into()], "dynamodb throttles".to_owned(), 18));
    let cases = cases
        .into_iter()
        .map(|(replies, expected, requests)| ("webhooks.create", replies, expected, requests));
    all_come_true(14, cases.collect()).await;
}

#[tokio::test]
async fn a_deletion_follows_the_row_until_it_is_gone() {
    let there = || Reply::from((200, json!({"Item": item_of(&row())})));
    let edited = || {
        let mut item = item_of(&row());
        item["version"] = json!({"N": "2"});
        Reply::from((200, json!({ "Item": item })))
    };
    let with = |codes| Reply::from(canceled(codes));
    let refused = || with(["ConditionalCheckFailed", "None"]);
    let taken = || with(["None", "ConditionalCheckFailed"]);
    let conflict = "dynamodb throttles";
    all_come_true(
        12,
        owned(vec![
            ("webhooks.delete", vec![there(), (200, json!({})).into()], "ok Done", 2),
            ("webhooks.delete", vec![(200, json!({})).into()], "ok Absent", 1),
            ("webhooks.delete", vec![edited()], "ok Stale", 1),
            ("webhooks.delete", vec![there(), refused(), (200, json!({})).into()], "ok Absent", 3),
            ("webhooks.delete", vec![there(), refused(), edited()], "ok Stale", 3),
            // A removal took it, and the count with it: it goes by itself.
            ("webhooks.delete", vec![there(), taken(), (200, json!({})).into()], "ok Done", 3),
            ("webhooks.delete", vec![there(), taken(), refused(), edited()], "ok Stale", 4),
            ("webhooks.delete", vec![there(), with(["TransactionConflict", "None"])], conflict, 7),
            ("webhooks.delete", vec![there(), with(["None", "ThrottlingError"])], "dynamodb throttles", 2),
            (
                "webhooks.delete",
                vec![there(), fault("AccessDeniedException").into()],
                "dynamodb.TransactWriteItems: AccessDeniedException",
                2,
            ),
            ("webhooks.delete", vec![there(), fault("ThrottlingException").into()], "dynamodb throttles", 4),
            (
                "webhooks.delete",
                vec![(200, json!({"Item": {"pk": {"S": "acme"}}})).into()],
                "dynamodb: unreadable sk",
                1,
            ),
        ]),
    )
    .await;
}

#[tokio::test]
async fn what_is_left_undone_is_asked_for_again_and_then_told_as_throttled() {
    let key = json!({"pk": {"S": "B#x"}, "sk": {"S": "y"}});
    let page = || Reply::from((200, json!({"Items": [key]})));
    let unwritten =
        || Reply::from((200, json!({"UnprocessedItems": {"deliveries": [{"DeleteRequest": {"Key": key}}]}})));
    let unread =
        || Reply::from((200, json!({"Responses": {}, "UnprocessedKeys": {"deliveries": {"Keys": [key]}}})));
    let done = || Reply::from((200, json!({})));
    all_come_true(
        9,
        owned(vec![
            ("log.known", vec![unread()], "dynamodb throttles", 6),
            ("log.known", vec![unread(), done()], "ok {}", 2),
            (
                "log.known",
                vec![unread(), fault("AccessDeniedException").into()],
                "dynamodb.BatchGetItem: AccessDeniedException",
                2,
            ),
            ("backlog.purge", vec![page(), unwritten()], "dynamodb throttles", 7),
            ("backlog.purge", vec![page(), unwritten(), done()], "ok false", 3),
            (
                "backlog.purge",
                vec![page(), fault("AccessDeniedException").into()],
                "dynamodb.BatchWriteItem: AccessDeniedException",
                2,
            ),
            (
                "backlog.purge",
                vec![page(), fault("ProvisionedThroughputExceededException").into()],
                "dynamodb throttles",
                4,
            ),
            ("backlog.purge", vec![page(), Reply(String::new())], "dynamodb.BatchWriteItem: not-sent", 4),
            ("log.purge", vec![page(), unwritten()], "dynamodb throttles", 7),
        ]),
    )
    .await;
}
