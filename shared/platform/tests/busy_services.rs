//! What emulators never do: services that throttle, leave a part undone, or
//! cancel a transaction for the sake of another.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code: a failure is a panic"
)]

mod scripted;

#[path = "busy_services/broken.rs"]
mod broken;

#[path = "busy_services/calls.rs"]
mod calls;

#[path = "busy_services/codes.rs"]
mod codes;

#[path = "busy_services/faults.rs"]
mod faults;

#[path = "busy_services/hanging.rs"]
mod hanging;

#[path = "busy_services/joint.rs"]
mod joint;

#[path = "busy_services/kept.rs"]
mod kept;

#[path = "busy_services/pages.rs"]
mod pages;

#[path = "busy_services/reads.rs"]
mod reads;

#[path = "busy_services/refusals.rs"]
mod refusals;

#[path = "busy_services/room.rs"]
mod room;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::delivery::{BacklogItem, Counts, LogEntry, Outcome};
use domain::ids::{DeliveryId, EventId, TenantId, WebhookId};
use domain::memory::Memory;
use domain::ports::{BundleError, Created, Deleted, PortError, Ports, Updated};
use domain::row::{BundleName, Change, Guard, WebhookKey, WebhookRow};
use domain::tenant::Tenant;
use domain::time::Timestamp;
use platform::aws::{Aws, Endpoints};
use platform::settings::StoreSettings;
use serde_json::{Value, json};

use self::scripted::Reply;

const START: Timestamp = Timestamp::from_millis(1_795_003_200_000);

/// The ports over a service that gives scripted answers.
struct Scripted {
    ports: Ports,
    aws: Aws,
    requests: scripted::Requests,
}

impl Scripted {
    async fn new<R: Into<Reply>>(answers: Vec<R>) -> Self {
        Self::with_bundle_cache(answers, 32 << 20).await
    }

    async fn with_bundle_cache<R: Into<Reply>>(answers: Vec<R>, bundle_cache_bytes: u64) -> Self {
        Self::at(scripted::serve(answers), bundle_cache_bytes)
    }

    /// Over another service, at this URL.
    fn at((url, requests): (String, scripted::Requests), bundle_cache_bytes: u64) -> Self {
        let endpoints = Endpoints { dynamodb: url.clone(), sqs: url.clone(), secretsmanager: url.clone() };
        let aws = Aws::emulated(&endpoints).unwrap();
        let stores = StoreSettings {
            table_name: "main".to_owned(),
            deliveries_table_name: "deliveries".to_owned(),
            events_queue_url: format!("{url}/1/events"),
            deliveries_queue_url: format!("{url}/1/deliveries"),
            secret_prefix: "test".to_owned(),
            bundle_cache_bytes,
        };
        let memory = Arc::new(Memory::new(START, 1));
        let ports = platform::ports_with(aws.clone(), &stores, memory.clone(), memory);
        Self { ports, aws, requests }
    }

    fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().iter().map(|request| request.body.clone()).collect()
    }
}

fn fault(code: &str) -> (u16, Value) {
    (
        400,
        json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "the item {secret}"}),
    )
}

fn canceled(codes: [&str; 2]) -> (u16, Value) {
    let reasons = codes.map(|code| json!({"Code": code}));
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    (400, json!({"__type": kind, "message": "canceled", "CancellationReasons": reasons}))
}

fn webhook() -> WebhookId {
    WebhookId::new(START, 1)
}

fn delivery(millis: i64) -> DeliveryId {
    DeliveryId::of(&EventId::parse("01J").unwrap(), Timestamp::from_millis(millis), &webhook())
}

fn row() -> WebhookRow {
    use domain::ids::AccountId;
    use domain::row::Stamp;
    let stamp = Stamp { at: START, by: AccountId::parse("a").unwrap() };
    let settings = json!({
        "displayName": "a", "target": {"custom": {"url": "https://a.example.com/"}}, "eventTypes": ["*"],
        "format": "json", "signingSecrets": [], "authorizationScheme": null, "headers": [],
    });
    let key = WebhookKey { tenant: TenantId::parse("acme").unwrap(), webhook: webhook() };
    WebhookRow::new(key, serde_json::from_value(settings).unwrap(), None, stamp)
}

/// As it lies in the table.
fn item_of(row: &WebhookRow) -> Value {
    json!({
        "pk": {"S": "acme"}, "sk": {"S": format!("W#{}", row.key.webhook)}, "status": {"S": "on"},
        "settings": {"S": serde_json::to_string(&row.settings).unwrap()}, "version": {"N": "1"},
        "since": {"N": "1"}, "created_at": {"N": "1"}, "created_by": {"S": "a"},
        "updated_at": {"N": "1"}, "updated_by": {"S": "a"},
    })
}

fn throttled(service: &'static str) -> PortError {
    PortError::Throttled { service }
}

#[tokio::test]
async fn a_throttled_write_is_tried_three_times_and_then_told() {
    let service = Scripted::new(vec![fault("ProvisionedThroughputExceededException")]).await;
    let event = "{}".into();
    let item = BacklogItem::untried(delivery(1), event, START);
    let entry: LogEntry = item.clone().into_entry(Outcome::Failed);
    assert_eq!(service.ports.log.put(&webhook(), &entry).await, Err(throttled("dynamodb")));
    assert_eq!(service.requests().len(), 3);
    assert_eq!(service.ports.backlog.put(&webhook(), &item).await, Err(throttled("dynamodb")));
}

#[tokio::test]
async fn a_fault_names_the_operation_and_the_code_alone() {
    let service = Scripted::new(vec![fault("ResourceNotFoundException")]).await;
    let counts = Counts { succeeded: 1, ..Counts::default() };
    let failed = PortError::Failed("dynamodb.UpdateItem: ResourceNotFoundException".to_owned());
    let counts = BTreeMap::from([(webhook(), counts)]);
    assert_eq!(service.ports.log.count(&row().key.tenant, START, &counts).await, Err(failed));
}

#[tokio::test]
async fn keys_that_were_left_out_are_asked_for_again() {
    let item = |id: &DeliveryId| json!({"sk": {"S": id}, "ttl": {"N": "99999999999"}});
    let key = |id: &DeliveryId| json!({"pk": {"S": format!("L#{}", webhook())}, "sk": {"S": id}});
    let (first, second) = (delivery(1), delivery(2));
    let left = json!({"deliveries": {"Keys": [key(&second)], "ConsistentRead": true}});
    let service = Scripted::new(vec![
        (200, json!({"Responses": {"deliveries": [item(&first)]}, "UnprocessedKeys": left})),
        (200, json!({"Responses": {"deliveries": [item(&second)]}, "UnprocessedKeys": {}})),
    ])
    .await;
    let asked = [first.clone(), second.clone(), delivery(3)];
    let known = service.ports.log.known(&webhook(), &asked).await.unwrap();
    assert_eq!(known, [first, second.clone()].into());
    let keys: Vec<_> = service
        .requests()
        .iter()
        .map(|request| request["RequestItems"]["deliveries"]["Keys"].clone())
        .collect();
    assert_eq!(keys[0].as_array().unwrap().len(), 3);
    assert_eq!(keys[1], json!([key(&second)]));
    assert_eq!(service.requests()[0]["RequestItems"]["deliveries"]["ConsistentRead"], true);
}

#[tokio::test]
async fn deletions_that_stay_undone_end_in_throttled() {
    let key = json!({"pk": {"S": "B#x"}, "sk": {"S": "y"}});
    let left = json!({"deliveries": [{"DeleteRequest": {"Key": key}}]});
    let service =
        Scripted::new(vec![(200, json!({"Items": [key]})), (200, json!({"UnprocessedItems": left}))]).await;
    assert_eq!(service.ports.backlog.purge(&webhook()).await, Err(throttled("dynamodb")));
    assert_eq!(service.requests().len(), 1 + 6);
}

#[tokio::test]
async fn a_transaction_that_met_another_is_tried_again() {
    let conflict = canceled(["None", "TransactionConflict"]);
    let service = Scripted::new(vec![conflict.clone(), conflict, (200, json!({}))]).await;
    assert_eq!(service.ports.webhooks.create(&row(), 50).await, Ok(Created::Done));
    let tokens: Vec<_> =
        service.requests().iter().map(|request| request["ClientRequestToken"].clone()).collect();
    assert_eq!(tokens.len(), 3);
    assert!(tokens.iter().all(Value::is_string), "the SDK's own repeats of a call carry its token");
}

#[tokio::test]
async fn an_update_that_met_a_transaction_is_tried_again() {
    let conflict = fault("TransactionConflictException");
    let service = Scripted::new(vec![conflict.clone(), (200, json!({"Attributes": item_of(&row())}))]).await;
    let updated = service.ports.webhooks.update(&row().key, &[Guard::On], &[Change::LastOk(START)]).await;
    assert!(matches!(updated, Ok(Updated::Done(_))), "{updated:?}");
    assert_eq!(service.requests().len(), 2);

    let service = Scripted::new(vec![conflict, (200, json!({}))]).await;
    let removed = Tenant::Removed { updated_at: START };
    assert_eq!(service.ports.webhooks.record_tenant(&row().key.tenant, &removed).await, Ok(true));
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn a_transaction_that_always_meets_another_is_throttled_after_six_tries() {
    let service = Scripted::new(vec![canceled(["TransactionConflict", "None"])]).await;
    assert_eq!(service.ports.webhooks.create(&row(), 50).await, Err(throttled("dynamodb")));
    assert_eq!(service.requests().len(), 6);
}

#[tokio::test]
async fn a_throttled_transaction_is_throttled() {
    let service = Scripted::new(vec![canceled(["ThrottlingError", "None"])]).await;
    assert_eq!(service.ports.webhooks.create(&row(), 50).await, Err(throttled("dynamodb")));
}

#[tokio::test]
async fn a_webhook_that_went_while_it_was_deleted_is_absent() {
    let refused = canceled(["ConditionalCheckFailed", "None"]);
    let service =
        Scripted::new(vec![(200, json!({"Item": item_of(&row())})), refused, (200, json!({}))]).await;
    assert_eq!(service.ports.webhooks.delete(&row().key, None).await, Ok(Deleted::Absent));
}

#[tokio::test]
async fn secrets_tell_missing_from_marked_from_throttled() {
    let name = || BundleName("test/acme/wh/1".to_owned());
    for (code, expected) in [
        ("ResourceNotFoundException", BundleError::Missing),
        ("InvalidRequestException", BundleError::Missing),
        ("ThrottlingException", throttled("secretsmanager").into()),
        (
            "DecryptionFailure",
            PortError::Failed("secretsmanager.GetSecretValue: DecryptionFailure".to_owned()).into(),
        ),
    ] {
        let service = Scripted::new(vec![fault(code)]).await;
        assert_eq!(service.ports.secrets.read(&name()).await.unwrap_err(), expected, "{code}");
    }
    // What is no bundle is neither missing nor repeated in the error.
    let service = Scripted::new(vec![(200, json!({"SecretString": "{\"oops\":\"hunter2\"}"}))]).await;
    let unreadable = PortError::Failed("secretsmanager: unreadable bundle".to_owned());
    assert_eq!(service.ports.secrets.read(&name()).await.unwrap_err(), unreadable.into());
}

#[tokio::test]
async fn a_bundle_is_fetched_once_for_many_readers() {
    let text = "{\"signingSecrets\":[],\"headers\":[]}";
    let service = Scripted::new(vec![(200, json!({"SecretString": text}))]).await;
    let name = BundleName("test/acme/wh/1".to_owned());
    let reads = futures::future::join_all((0..20).map(|_| service.ports.secrets.read(&name))).await;
    assert!(reads.iter().all(Result::is_ok));
    service.ports.secrets.read(&name).await.unwrap();
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test]
async fn a_secret_s_name_has_no_colon_and_is_new_each_time() {
    let service = Scripted::new(vec![(200, json!({}))]).await;
    let key = WebhookKey { tenant: TenantId::parse("ari:cloud-1").unwrap(), webhook: webhook() };
    let bundle = domain::webhook::bundle::Bundle::default();
    let first = service.ports.secrets.create(&key, 1, &bundle).await.unwrap();
    let second = service.ports.secrets.create(&key, 2, &bundle).await.unwrap();
    assert_ne!(first, second);
    assert!(first.0.starts_with(&format!("test/ari=cloud-1/{}/", webhook())), "{first}");
    let request = &service.requests()[0];
    assert_eq!(request["Name"], first.0);
    assert!(first.0.ends_with(request["ClientRequestToken"].as_str().unwrap()));
}
