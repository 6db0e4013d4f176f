//! The real binaries over the Lambda Runtime API.

use std::time::Duration;

use domain::ids::TenantId;
use domain::ports::Updated;
use domain::row::Change;
use e2e::functions::Functions;
use e2e::rig::event_ids;
use local::Reply;
use serde_json::{Value, json};

const WAIT: Duration = Duration::from_secs(5);

fn event(tenant: &str, id: &str, second: u32) -> String {
    json!({
        "version": 1, "kind": "auditEvent", "id": id, "tenantId": tenant, "type": "project_scan.finished",
        "occurredAt": format!("2026-11-23T15:40:{second:02}Z"), "actor": null, "details": { "findingsCount": 3 },
    })
    .to_string()
}

fn hook(path: &str) -> Value {
    json!({
        "displayName": "Receiver", "url": format!("https://receiver.example.com{path}"),
        "eventTypes": ["project_scan.finished"],
        "signingSecrets": [{ "value": "correct horse battery staple" }],
    })
}

#[tokio::test]
async fn a_webhook_made_over_api_gateway_gets_an_event_put_on_sqs() {
    let functions = Functions::start(&[]).await;
    let made = functions.request("acme", "POST /v1/webhooks", Some(hook("/splunk"))).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.headers["location"], format!("/v1/webhooks/{}", made.body["id"].as_str().unwrap()));
    assert_eq!(
        functions.dispatch("EventsQueue", &[event("acme", "1", 0)]).await,
        json!({ "batchItemFailures": [] })
    );

    let requests = functions.receiver.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    let secret = domain::secret::SecretText::new("correct horse battery staple".to_owned()).into();
    let expected = domain::signature::soteri(std::iter::once(&secret), &request.body);
    assert_eq!(request.header("x-soteri-signature"), expected.as_deref());

    let list = functions.request("acme", "GET /v1/webhooks", None).await;
    assert_eq!(list.body["items"][0]["status"]["state"], "active");
    // The change was an audit event itself, which this webhook did not choose.
    assert_eq!(functions.poll("EventsQueue", WAIT).await, 1);
    assert_eq!(functions.receiver.requests().len(), 1);
}

#[tokio::test]
async fn a_receiver_that_fails_and_recovers_gets_every_event_once_oldest_first() {
    let functions = Functions::start(&[("DELIVERY_DANGER_WAIT_FACTOR", "0.01")]).await;
    functions.request("acme", "POST /v1/webhooks", Some(hook("/flaky"))).await;
    let failures = e2e::rig::counter();
    let so_far = std::sync::Arc::clone(&failures);
    functions.receiver.answer(move |_| {
        let failed = so_far.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::status(if failed < 3 { 503 } else { 200 })
    });
    for second in 10..30 {
        let answer = functions.dispatch("EventsQueue", &[event("acme", &second.to_string(), second)]).await;
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
    }
    while functions.receiver.requests().len() < 3 + 20 {
        assert!(functions.poll("DeliveriesQueue", WAIT).await > 0, "nothing wakes the webhook");
    }
    let ids = event_ids(&functions.receiver.requests());
    // The fourth request is the probe that got through; then come the waves of
    // 1, 2, 4 and 8, whose members travel side by side.
    let (probe, drained) = (ids[3].clone(), &ids[4..]);
    let mut in_order: Vec<String> = Vec::new();
    for wave in [0..1, 1..3, 3..7, 7..15, 15..19] {
        let mut wave = drained[wave].to_vec();
        wave.sort();
        in_order.extend(wave);
    }
    let expected: Vec<String> = (10..30).map(|n| n.to_string()).filter(|id| *id != probe).collect();
    assert_eq!(in_order, expected, "each once, oldest first");
    let list = functions.request("acme", "GET /v1/webhooks", None).await;
    assert_eq!(list.body["items"][0]["status"]["state"], "active");
}

#[tokio::test]
async fn a_poison_record_leaves_its_batch_mates_delivered() {
    let functions = Functions::start(&[]).await;
    functions.request("acme", "POST /v1/webhooks", Some(hook("/"))).await;
    let batch = [event("acme", "1", 1), "{\"version\":7}".to_owned(), event("acme", "2", 2)];
    let answer = functions.dispatch("EventsQueue", &batch).await;
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "1" }] }));
    let mut ids = event_ids(&functions.receiver.requests());
    ids.sort();
    assert_eq!(ids, ["1", "2"]);
}

#[tokio::test]
async fn a_tenant_neither_sees_nor_changes_nor_receives_anything_of_another() {
    let functions = Functions::start(&[]).await;
    let theirs = functions.request("theirs", "POST /v1/webhooks", Some(hook("/theirs"))).await;
    let path = format!("/v1/webhooks/{}", theirs.body["id"].as_str().unwrap());
    let etag = theirs.headers["etag"].clone();
    let list = functions.request("ours", "GET /v1/webhooks", None).await;
    assert_eq!((list.status, &list.body["items"]), (200, &json!([])));
    let matching = [("if-match", etag.as_str())];
    let rename = Some(json!({ "displayName": "Taken" }));
    let unknown = functions.request("ours", "GET /v1/webhooks/wh_01ARYZ6S410000000000000000", None).await;
    for answer in [
        functions.request("ours", &format!("GET {path}"), None).await,
        functions.request_with("ours", &format!("PATCH {path}"), rename, &matching).await,
        functions.request_with("ours", &format!("DELETE {path}"), None, &matching).await,
        functions.request("ours", &format!("POST {path}/test"), None).await,
    ] {
        assert_eq!((answer.status, &answer.body["code"]), (404, &unknown.body["code"]), "{:?}", answer.body);
    }
    functions.dispatch("EventsQueue", &[event("ours", "1", 1)]).await;
    assert!(functions.receiver.requests().is_empty());
    functions.dispatch("EventsQueue", &[event("theirs", "1", 1)]).await;
    assert_eq!(functions.receiver.requests().len(), 1);
    assert_eq!(
        functions.request("theirs", &format!("GET {path}"), None).await.body["displayName"],
        "Receiver"
    );
}

#[tokio::test]
async fn a_test_event_travels_through_the_queue() {
    let functions = Functions::start(&[]).await;
    let made = functions.request("acme", "POST /v1/webhooks", Some(hook("/"))).await;
    let path = format!("/v1/webhooks/{}/test", made.body["id"].as_str().unwrap());
    let asked = functions.request("acme", &format!("POST {path}"), None).await;
    assert_eq!(asked.status, 202, "{:?}", asked.body);
    let again = functions.request("acme", &format!("POST {path}"), None).await;
    assert_eq!(again.status, 429);
    assert!(again.headers.contains_key("retry-after"));
    while functions.receiver.requests().is_empty() {
        assert!(functions.poll("DeliveriesQueue", WAIT).await > 0, "nothing was queued");
    }
    let request = &functions.receiver.requests()[0];
    assert_eq!(request.header("webhook-id"), asked.body["deliveryId"].as_str());
    assert_eq!(request.header("x-soteri-event"), Some("webhook.test"));
}

#[tokio::test]
async fn secret_objects_follow_their_rows() {
    let functions = Functions::start(&[]).await;
    let made = functions.request("acme", "POST /v1/webhooks", Some(hook("/"))).await;
    let first = functions.secret_names().await;
    assert_eq!(first.len(), 1, "{first:?}");

    let path = format!("/v1/webhooks/{}", made.body["id"].as_str().unwrap());
    let patch = async |body: Value| {
        let etag = functions.request("acme", &format!("GET {path}"), None).await.headers["etag"].clone();
        let headers = [("if-match", etag.as_str())];
        let answer = functions.request_with("acme", &format!("PATCH {path}"), Some(body), &headers).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    };
    patch(json!({ "displayName": "Renamed" })).await;
    assert_eq!(
        functions.secret_names().await,
        first,
        "an edit that touches no secret leaves the object alone"
    );
    patch(json!({ "authorization": "Bearer 0123456789" })).await;
    let second = functions.secret_names().await;
    assert!(second.len() == 1 && second != first, "a new object under a new name, and the old one is gone");

    functions.dispatch("EventsQueue", &[event("acme", "1", 1)]).await;
    let request = &functions.receiver.requests()[0];
    assert_eq!(request.header("authorization"), Some("Bearer 0123456789"));
    assert!(request.header("x-soteri-signature").is_some(), "what was kept moved along");

    patch(json!({ "authorization": null, "signingSecrets": [] })).await;
    assert!(functions.secret_names().await.is_empty());
    functions.dispatch("EventsQueue", &[event("acme", "2", 2)]).await;
    assert_eq!(functions.receiver.requests()[1].header("authorization"), None);
}

#[tokio::test]
async fn a_webhook_too_many_leaves_no_secret_behind() {
    let functions = Functions::start(&[]).await;
    for _ in 0..50 {
        let plain = json!({ "displayName": "One of many", "url": "https://receiver.example.com/" });
        assert_eq!(functions.request("acme", "POST /v1/webhooks", Some(plain)).await.status, 201);
    }
    let refused = functions.request("acme", "POST /v1/webhooks", Some(hook("/"))).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("too_many_webhooks")));
    assert!(functions.secret_names().await.is_empty());
}

#[tokio::test]
async fn a_sweep_wakes_a_backlog_that_a_crash_left_without_a_wake_up() {
    let functions = Functions::start(&[("DELIVERY_DANGER_WAIT_FACTOR", "0.01")]).await;
    functions.request("acme", "POST /v1/webhooks", Some(hook("/flaky"))).await;
    functions.receiver.answer(|_| Reply::status(503));
    functions.dispatch("EventsQueue", &[event("acme", "1", 0)]).await;
    let ports = functions.ports().await;
    let row = ports.webhooks.rows(&TenantId::parse("acme").unwrap()).await.unwrap().remove(0);
    let forgotten = ports.webhooks.update(&row.key, &[], &[Change::ClearWake]).await;
    assert!(matches!(forgotten, Ok(Updated::Done(_))), "{forgotten:?}");
    functions.receiver.answer(|_| Reply::status(200));

    let sweep = [r#"{"version":1,"kind":"sweep"}"#.to_owned()];
    assert_eq!(functions.dispatch("DeliveriesQueue", &sweep).await, json!({ "batchItemFailures": [] }));
    while functions.receiver.requests().len() < 2 {
        assert!(functions.poll("DeliveriesQueue", WAIT).await > 0, "nothing waits any more");
    }
    assert_eq!(event_ids(&functions.receiver.requests()), ["1", "1"], "it failed once, then got through");
}
