//! The clients as a function builds them: from its environment. A test's own
//! environment cannot be changed, so each test starts this binary anew with
//! another one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code: a failure is a panic")]

mod scripted;

use std::process::Command;
use std::time::Duration;

use domain::ids::{DeliveryId, TenantId, WebhookId};
use domain::time::Timestamp;
use platform::aws::{Aws, AwsError};
use platform::settings::StoreSettings;
use serde_json::json;

/// Tells a test that it runs in the process that `run` started.
const CHILD: &str = "IN_A_PROCESS_OF_ITS_OWN";

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// Runs the test of this name in a process with these variables alone.
fn run(test: &str, variables: &[(&str, &str)]) {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env_clear()
        .envs(variables.iter().copied())
        .env(CHILD, "")
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"));
}

#[tokio::test]
async fn each_service_is_reached_at_its_endpoint_with_lambda_s_keys() {
    if is_child() {
        return calls_dynamodb_and_sqs().await;
    }
    let (dynamodb, rows) = scripted::serve(vec![(200, json!({}))]);
    let (others, messages) = scripted::serve(vec![(200, json!({"MessageId": "1", "MD5OfMessageBody": "x"}))]);
    let variables = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "key-of-lambda"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", "token"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb),
        ("AWS_ENDPOINT_URL", &others),
        // Were a profile read, it would fail.
        ("AWS_PROFILE", "nobody"),
        ("AWS_CONFIG_FILE", "/nowhere/config"),
    ];
    run("each_service_is_reached_at_its_endpoint_with_lambda_s_keys", &variables);
    let (rows, messages) = (rows.lock().unwrap(), messages.lock().unwrap());
    assert_eq!((rows.len(), messages.len()), (1, 1));
    assert_eq!(rows[0].body["TableName"], "deliveries");
    assert!(rows[0].authorization.contains("Credential=key-of-lambda/"));
    assert!(rows[0].authorization.contains("/eu-central-1/dynamodb/aws4_request"));
    assert_eq!(messages[0].body["MessageGroupId"], "acme");
    assert_eq!(messages[0].body["DelaySeconds"], 2);
    assert!(messages[0].authorization.contains("/eu-central-1/sqs/aws4_request"));
}

#[test]
fn without_a_region_there_are_no_clients() {
    if is_child() {
        assert!(matches!(Aws::from_env(), Err(AwsError::Missing("AWS_REGION"))));
        return;
    }
    let keys = [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    run("without_a_region_there_are_no_clients", &keys);
}

async fn calls_dynamodb_and_sqs() {
    let stores = StoreSettings {
        table_name: "main".to_owned(),
        deliveries_table_name: "deliveries".to_owned(),
        events_queue_url: "https://sqs.eu-central-1.amazonaws.com/1/events".to_owned(),
        deliveries_queue_url: "https://sqs.eu-central-1.amazonaws.com/1/deliveries".to_owned(),
        secret_prefix: "test".to_owned(),
        bundle_cache_bytes: 32 << 20,
    };
    let ports = platform::ports(Aws::from_env().unwrap(), &stores);
    let time = Timestamp::from_millis(1);
    let delivery = DeliveryId::parse("dlv_01ARYZ6S410000000000000000").unwrap();
    assert_eq!(ports.log.get(&WebhookId::new(time, 1), &delivery).await, Ok(None));
    let tenant = TenantId::parse("acme").unwrap();
    ports.queue.send_delivery(&tenant, "wake up", Duration::from_millis(1_001)).await.unwrap();
}
