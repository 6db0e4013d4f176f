//! Rows that were written by other means than the API, and an environment that
//! names proxies: the real binaries over emulated AWS.

use std::net::Ipv4Addr;

use e2e::emulators::endpoints;
use e2e::functions::Functions;
use e2e::trap::Trap;
use local::Reply;
use serde_json::{Value, json};

/// What is put in place of a part of a row's settings.
const FORGED: &[(&str, &str, &str)] = &[
    ("an address", "https://receiver.example.com/hook", "https://127.0.0.1:PORT/hook"),
    ("an address in brackets", "https://receiver.example.com/hook", "https://[::1]:PORT/hook"),
    ("a mapped address", "https://receiver.example.com/hook", "https://[::ffff:127.0.0.1]:PORT/hook"),
    ("an address without brackets", "https://receiver.example.com/hook", "https://::1/hook"),
    ("a short address", "https://receiver.example.com/hook", "https://127.1:PORT/hook"),
    ("a number for an address", "https://receiver.example.com/hook", "https://2130706433:PORT/hook"),
    ("a hexadecimal address", "https://receiver.example.com/hook", "https://0x7f000001:PORT/hook"),
    ("an octal address", "https://receiver.example.com/hook", "https://0177.0.0.1:PORT/hook"),
    ("the metadata service", "https://receiver.example.com/hook", "https://169.254.169.254/hook"),
    (
        "an address behind a user",
        "https://receiver.example.com/hook",
        "https://receiver.example.com@127.0.0.1:PORT/",
    ),
    ("plain http", "https://receiver.example.com/hook", "http://receiver.example.com:PORT/hook"),
    ("a file", "https://receiver.example.com/hook", "file:///etc/passwd"),
    ("a backslash", "https://receiver.example.com/hook", "https://receiver.example.com\\\\@127.0.0.1/"),
    ("a port below 1024", "https://receiver.example.com/hook", "https://receiver.example.com:25/hook"),
    ("our signature", "X-Source", "X-Soteri-Signature"),
    ("our event type", "X-Source", "X-Soteri-Event"),
    ("a header of ours to be", "X-Source", "x-soteri-anything"),
    ("the delivery's id", "X-Source", "Webhook-Id"),
    ("the time of signing", "X-Source", "webhook-timestamp"),
    ("the other signature", "X-Source", "webhook-signature"),
    ("the agent", "X-Source", "User-Agent"),
    ("the host", "X-Source", "Host"),
    ("a length", "X-Source", "Content-Length"),
    ("an encoding", "X-Source", "Transfer-Encoding"),
    ("an authorization", "X-Source", "authorization"),
    ("a line within a name", "X-Source", "X-A: b\\r\\nX-Soteri-Event"),
    ("no name", "X-Source", ""),
    ("a line within a value", "honest", "honest\\r\\nX-Soteri-Event: forged"),
    ("a bare line feed within a value", "honest", "honest\\nX-Soteri-Signature: forged"),
    ("a zero within a value", "honest", "honest\\u0000"),
];

fn hook(tenant: &str) -> Value {
    json!({
        "displayName": "Receiver", "url": "https://receiver.example.com/hook",
        "headers": [{ "name": "X-Source", "value": "honest" }, { "name": "X-Tenant", "value": tenant }],
        "eventTypes": ["project_scan.finished"],
    })
}

fn event(tenant: &str) -> String {
    json!({
        "version": 1, "kind": "auditEvent", "id": "1", "tenantId": tenant, "type": "project_scan.finished",
        "occurredAt": "2026-11-23T15:40:00Z", "actor": null, "details": {},
    })
    .to_string()
}

/// Asks DynamoDB for something, as any program could.
async fn dynamodb(operation: &str, request: Value) -> Value {
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(endpoints().await.dynamodb)
        .header("authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none")
        .header("x-amz-date", "20260101T000000Z")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("content-type", "application/x-amz-json-1.0")
        .body(request.to_string())
        .send()
        .await
        .unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{operation}: {text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_forged_row_is_not_sent_and_harms_no_other_tenant() {
    assert!(FORGED.len() >= 30, "{}", FORGED.len());
    let functions = Functions::start(&[]).await;
    let trap = Trap::on(Ipv4Addr::LOCALHOST).await;
    let table = functions.resources.table("MainTable").unwrap();
    let made = functions.request("well", "POST /v1/webhooks", Some(hook("well"))).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    for (place, (name, from, to)) in FORGED.iter().enumerate() {
        let tenant = format!("forged-{place}");
        let made = functions.request(&tenant, "POST /v1/webhooks", Some(hook(&tenant))).await;
        assert_eq!(made.status, 201, "{:?}", made.body);
        let key = json!({ "pk": { "S": tenant }, "sk": { "S": format!("W#{}", made.body["id"].as_str().unwrap()) } });
        let got = dynamodb("GetItem", json!({ "TableName": table, "Key": key })).await;
        let mut item = got["Item"].clone();
        let settings = item["settings"]["S"].as_str().unwrap();
        let forged = settings.replace(from, &to.replace("PORT", &trap.address().port().to_string()));
        assert_ne!(settings, forged, "{name}");
        item["settings"]["S"] = forged.into();
        dynamodb("PutItem", json!({ "TableName": table, "Item": item })).await;
    }
    for (place, (name, from, _)) in FORGED.iter().enumerate() {
        functions.receiver.clear();
        let batch = [event(&format!("forged-{place}")), event("well")];
        let answer = functions.dispatch("EventsQueue", &batch).await;
        // A row that cannot be read is its message's failure; one that cannot be sent waits.
        let failed = if *from == "honest" { json!([]) } else { json!([{ "itemIdentifier": "0" }]) };
        assert_eq!(answer["batchItemFailures"], failed, "{name}");
        let requests = functions.receiver.requests();
        let tenants: Vec<_> = requests.iter().map(|request| request.header("x-tenant")).collect();
        assert_eq!(tenants, [Some("well")], "{name}");
    }
    assert_eq!(trap.sprung().await, 0);
}

#[tokio::test]
async fn no_proxy_of_the_environment_is_asked() {
    const VARIABLES: [&str; 8] = [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "FTP_PROXY",
        "SOCKS_PROXY",
    ];
    let mut proxies = Vec::new();
    for name in VARIABLES {
        let trap = Trap::on(Ipv4Addr::LOCALHOST).await;
        proxies.push((name, format!("http://{}", trap.address()), trap));
    }
    let settings: Vec<(&str, &str)> = proxies.iter().map(|(name, url, _)| (*name, url.as_str())).collect();
    let functions = Functions::start(&settings).await;
    let made = functions.request("well", "POST /v1/webhooks", Some(hook("well"))).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    functions.receiver.answer(|_| Reply::status(200).with_header("connection", "close"));
    for _ in 0..2 {
        let answer = functions.dispatch("EventsQueue", &[event("well")]).await;
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
    }
    assert_eq!(functions.receiver.requests().len(), 2);
    for (name, _, trap) in proxies {
        assert_eq!(trap.sprung().await, 0, "{name}");
    }
}
