//! The delivery log through both real functions: what the dispatcher has done
//! is what the API shows, and what an admin asks for is what is sent.

use std::time::Duration;

use e2e::functions::Functions;
use local::Reply;
use serde_json::{Value, json};

const WAIT: Duration = Duration::from_secs(5);

async fn webhook(functions: &Functions) -> String {
    let body = json!({ "displayName": "Receiver", "url": "https://receiver.example.com/hook" });
    let made = functions.request("acme", "POST /v1/webhooks", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    format!("/v1/webhooks/{}", made.body["id"].as_str().unwrap())
}

async fn event(functions: &Functions, id: &str) {
    let event = json!({
        "version": 1, "kind": "auditEvent", "id": id, "tenantId": "acme", "type": "findings.exported",
        "occurredAt": "2026-11-23T15:40:00Z", "actor": null, "details": { "projectId": "1" },
    });
    functions.dispatch("EventsQueue", &[event.to_string()]).await;
}

async fn get(functions: &Functions, path: &str) -> Value {
    let answer = functions.request("acme", &format!("GET {path}"), None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

/// Hands out what waits on the deliveries queue until `n` requests have arrived.
async fn until_arrived(functions: &Functions, n: usize) {
    while functions.receiver.requests().len() < n {
        assert!(functions.poll("DeliveriesQueue", WAIT).await > 0, "nothing waits any more");
    }
}

#[tokio::test]
async fn a_refused_delivery_is_shown_and_sent_again_by_hand() {
    let functions = Functions::start(&[("DELIVERY_DANGER_WAIT_FACTOR", "0.01")]).await;
    let path = webhook(&functions).await;
    functions.receiver.answer(|_| Reply::status(400));
    event(&functions, "1").await;
    let list = get(&functions, &format!("{path}/deliveries")).await;
    let failed = &list["items"][0];
    assert_eq!((&failed["status"], &failed["lastAttempt"]["statusCode"]), (&json!("failed"), &json!(400)));
    let one = format!("{path}/deliveries/{}", failed["id"].as_str().unwrap());

    functions.receiver.answer(|_| Reply::status(200));
    let asked = functions.request("acme", &format!("POST {one}/redeliver"), None).await;
    assert_eq!((asked.status, &asked.body["deliveryId"]), (202, &failed["id"]));
    until_arrived(&functions, 2).await;
    let delivered = get(&functions, &one).await;
    assert_eq!((&delivered["status"], &delivered["attempts"]), (&json!("succeeded"), &json!(2)));
    assert_eq!(delivered["attemptLog"].as_array().unwrap().len(), 2);
    assert_eq!(delivered["event"]["details"], json!({ "projectId": "1" }));
    assert_eq!(get(&functions, &format!("{path}/deliveries?status=failed")).await["items"], json!([]));
    let summary = get(&functions, &format!("{path}/deliveries/summary?window=24h")).await;
    // In one hour or in two: the clock goes on.
    let buckets = summary["buckets"].as_array().unwrap();
    let sum = |of: &str| buckets.iter().map(|bucket| bucket[of].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("succeeded"), sum("failed"), &summary["pending"]), (1, 1, &json!(0)));
}

#[tokio::test]
async fn what_came_while_it_was_paused_is_sent_when_it_is_asked_for() {
    let functions = Functions::start(&[("DELIVERY_DANGER_WAIT_FACTOR", "0.01")]).await;
    let path = webhook(&functions).await;
    let switch = async |enabled: bool| {
        let body = json!({ "enabled": enabled });
        let route = format!("PATCH {path}");
        let answer = functions.request_with("acme", &route, Some(body), &[("if-match", "*")]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    };
    switch(false).await;
    for id in ["1", "2", "3"] {
        event(&functions, id).await;
    }
    let held = get(&functions, &format!("{path}/deliveries?status=held&limit=2")).await;
    assert_eq!(held["items"].as_array().unwrap().len(), 2);
    let cursor = held["nextCursor"].as_str().unwrap();
    let rest = get(&functions, &format!("{path}/deliveries?status=held&limit=2&cursor={cursor}")).await;
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["nextCursor"]), (1, &Value::Null));

    let ask = json!({ "status": "held", "since": "2026-11-23T15:40:00Z" });
    let route = format!("POST {path}/deliveries/redeliver");
    assert_eq!(functions.request("acme", &route, Some(ask.clone())).await.body["code"], "webhook_not_active");
    switch(true).await;
    assert_eq!(functions.receiver.requests().len(), 0, "resuming sends nothing");
    let mut counted = ask.clone();
    counted["dryRun"] = json!(true);
    let counted = functions.request("acme", &route, Some(counted)).await;
    assert_eq!((counted.status, &counted.body), (200, &json!({ "count": 3, "more": false })));
    let asked = functions.request("acme", &route, Some(ask)).await;
    assert_eq!((asked.status, &asked.body["count"]), (202, &json!(3)));
    until_arrived(&functions, 3).await;
    let mut ids = e2e::rig::event_ids(&functions.receiver.requests());
    ids.sort();
    assert_eq!(ids, ["1", "2", "3"]);
    assert_eq!(get(&functions, &format!("{path}/deliveries?status=held")).await["items"], json!([]));
}

#[tokio::test]
async fn a_test_event_is_found_by_the_id_that_was_promised() {
    let functions = Functions::start(&[]).await;
    let path = webhook(&functions).await;
    let asked = functions.request("acme", &format!("POST {path}/test"), None).await;
    let one = format!("{path}/deliveries/{}", asked.body["deliveryId"].as_str().unwrap());
    assert_eq!(functions.request("acme", &format!("GET {one}"), None).await.status, 404, "not there yet");
    until_arrived(&functions, 1).await;
    let delivered = get(&functions, &one).await;
    assert_eq!(
        (&delivered["status"], &delivered["eventType"]),
        (&json!("succeeded"), &json!("webhook.test"))
    );
}
