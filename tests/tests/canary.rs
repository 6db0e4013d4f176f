//! Secrets that are known are looked for in all that the service puts out:
//! log lines, responses, table rows, queue messages. Plain, Base64, hex and
//! URL-encoded. The request to the receiver is the only place for them.

use std::fmt::Write as _;
use std::time::Duration;

use e2e::emulators::endpoints;
use e2e::functions::{Answer, Functions};
use local::Reply;
use serde_json::{Value, json};

const WAIT: Duration = Duration::from_secs(2);
const SIGNING: &str = "canary-signing-secret/+=%&?";
const BASE64_SIGNING: &str = "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5MTI=";
const CREDENTIALS: &str = "canary-authorization-4711/+==";
const HEADER: &str = "canary-header-value-0815/+==";
const REPLACED: &str = "canary-replaced-secret-42/+==";
const REFUSED: &str = "canary-refused-\u{7f}-secret";
const REJECTED_AUTHORIZATION: &str = "canaryauthorizationwithoutscheme";

/// The spellings under which a secret could hide.
fn spellings(secret: &str) -> Vec<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let (mut hex, mut url) = (String::new(), String::new());
    for byte in secret.bytes() {
        write!(hex, "{byte:02x}").unwrap();
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => url.push(char::from(byte)),
            _ => write!(url, "%{byte:02X}").unwrap(),
        }
    }
    // Base64 of a text that stands inside another depends on where it begins.
    let base64 = (0..3).flat_map(|skip| {
        let inner = secret.get(skip..).unwrap_or_default();
        let whole = inner.get(..inner.len() / 3 * 3).unwrap_or_default();
        [STANDARD_NO_PAD.encode(whole), URL_SAFE_NO_PAD.encode(whole)]
    });
    let json = serde_json::to_string(secret).unwrap();
    let mut all = vec![secret.to_owned(), hex.to_uppercase(), hex, url, json.trim_matches('"').to_owned()];
    all.extend(base64);
    all
}

struct Seen(Vec<(String, String)>);

impl Seen {
    fn add(&mut self, place: &str, text: impl Into<String>) {
        self.0.push((place.to_owned(), text.into()));
    }

    fn answer(&mut self, place: &str, answer: &Answer) {
        self.add(place, format!("{:?} {}", answer.headers, answer.body));
    }

    fn assert_free_of(&self, secret: &str) {
        for (place, text) in &self.0 {
            for spelling in spellings(secret) {
                assert!(!text.contains(&spelling), "{place} holds a secret as {spelling:?}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn no_secret_leaves_by_any_way_but_the_request() {
    let functions = Functions::start(&[("DELIVERY_DANGER_WAIT_FACTOR", "0.01"), ("RUST_LOG", "trace")]).await;
    let mut seen = Seen(Vec::new());
    let token = functions.token("acme");

    let path = make_and_edit(&functions, &mut seen).await;
    deliver(&functions, &mut seen).await;
    refuse(&functions, &path, &mut seen).await;
    for table in ["MainTable", "DeliveriesTable"] {
        seen.add(table, scan(&functions.resources.table(table).unwrap()).await);
    }
    let etag = functions.request("acme", &format!("GET {path}"), None).await.headers["etag"].clone();
    let gone = functions.request_with("acme", &format!("DELETE {path}"), None, &[("if-match", &etag)]).await;
    assert_eq!(gone.status, 204);
    for queue in ["EventsQueue", "DeliveriesQueue", "EventsDeadLetterQueue", "DeliveriesDeadLetterQueue"] {
        let url = functions.resources.queue_url(queue).unwrap();
        while let messages @ [_, ..] =
            functions.sqs.receive(&url, 10, Duration::ZERO).await.unwrap().as_slice()
        {
            messages.iter().for_each(|message| seen.add(queue, message.body.clone()));
        }
    }
    let output = String::from_utf8(functions.output.lock().unwrap().clone()).unwrap();
    assert!(output.contains("danger"), "the output was caught");
    seen.add("log", output);

    for secret in
        [SIGNING, BASE64_SIGNING, CREDENTIALS, HEADER, REPLACED, REFUSED, REJECTED_AUTHORIZATION, &token]
    {
        seen.assert_free_of(secret);
    }
    let places: Vec<&str> = seen.0.iter().map(|(place, _)| place.as_str()).collect();
    for place in ["created", "patched", "refused", "MainTable", "DeliveriesTable", "EventsQueue", "log"] {
        assert!(places.contains(&place), "{place} was not looked at: {places:?}");
    }
}

async fn make_and_edit(functions: &Functions, seen: &mut Seen) -> String {
    let body = json!({
        "displayName": "Canary", "url": "https://receiver.example.com/hook",
        "signingSecrets": [{ "value": SIGNING }, { "value": BASE64_SIGNING }],
        "authorization": format!("Splunk {CREDENTIALS}"),
        "headers": [{ "name": "X-Api-Key", "value": HEADER }],
    });
    let key = [("idempotency-key", "canary-1")];
    let made = functions.request_with("acme", "POST /v1/webhooks", Some(body.clone()), &key).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    seen.answer("created", &made);
    let again = functions.request_with("acme", "POST /v1/webhooks", Some(body), &key).await;
    assert_eq!(again.body["id"], made.body["id"]);
    seen.answer("created", &again);

    let path = format!("/v1/webhooks/{}", made.body["id"].as_str().unwrap());
    let kept = made.body["signingSecrets"][0]["id"].clone();
    let edit = json!({ "signingSecrets": [{ "id": kept }, { "value": REPLACED }] });
    let etag = made.headers["etag"].clone();
    let patched =
        functions.request_with("acme", &format!("PATCH {path}"), Some(edit), &[("if-match", &etag)]).await;
    assert_eq!(patched.status, 200, "{:?}", patched.body);
    seen.answer("patched", &patched);
    seen.answer("read", &functions.request("acme", &format!("GET {path}"), None).await);
    seen.answer("listed", &functions.request("acme", "GET /v1/webhooks", None).await);
    path
}

async fn deliver(functions: &Functions, seen: &mut Seen) {
    let failures = e2e::rig::counter();
    functions.receiver.answer(move |request| {
        // A hostile receiver sends back what it was sent.
        let echo = format!("{:?}", request.headers);
        let failed = failures.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::status(if failed == 0 { 503 } else { 200 })
            .with_header("x-echo", echo.replace('"', "'"))
            .with_body(&echo)
    });
    let event = json!({
        "version": 1, "kind": "auditEvent", "id": "1", "tenantId": "acme", "type": "findings.exported",
        "occurredAt": "2026-11-23T15:40:00Z", "actor": null, "details": { "projectId": "1" },
    });
    functions.dispatch("EventsQueue", &[event.to_string(), "{".to_owned()]).await;
    while functions.receiver.requests().len() < 2 {
        assert!(functions.poll("DeliveriesQueue", Duration::from_secs(5)).await > 0);
    }
    let request = &functions.receiver.requests()[1];
    assert_eq!(request.header("authorization"), Some(format!("Splunk {CREDENTIALS}").as_str()));
    assert_eq!(request.header("x-api-key"), Some(HEADER));
    while functions.poll("EventsQueue", WAIT).await > 0 {}
    let tested =
        functions.request("acme", "POST /v1/webhooks/wh_01ARYZ6S410000000000000000/test", None).await;
    seen.answer("test", &tested);
}

async fn refuse(functions: &Functions, path: &str, seen: &mut Seen) {
    let etag = functions.request("acme", &format!("GET {path}"), None).await.headers["etag"].clone();
    let bad: [Value; 3] = [
        json!({ "signingSecrets": [{ "value": REFUSED }, { "value": SIGNING, "x": SIGNING }], "authorization": REJECTED_AUTHORIZATION }),
        json!({ "headers": [{ "name": "Cookie", "value": HEADER }], SIGNING: true, "format": CREDENTIALS }),
        json!({ "url": format!("https://{CREDENTIALS}@receiver.example.com/"), "displayName": [SIGNING] }),
    ];
    for body in bad {
        let answer = functions
            .request_with("acme", &format!("PATCH {path}"), Some(body), &[("if-match", &etag)])
            .await;
        assert_eq!(answer.status, 422, "{:?}", answer.body);
        // A pointer names the field at fault, so an unknown field's own name stands there.
        let shown = answer.body.to_string().replace(&SIGNING.replace('/', "~1"), "the field's name");
        seen.add("refused", shown);
    }
    for (name, value) in
        [("authorization", format!("Bearer {SIGNING}")), ("authorization", format!("Basic {CREDENTIALS}"))]
    {
        let answer = functions.request_with("acme", &format!("GET {path}"), None, &[(name, &value)]).await;
        assert_eq!(answer.status, 401);
        seen.answer("refused", &answer);
    }
}

/// All items of a table as JSON text; what is compressed is an event.
async fn scan(table: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client
        .post(endpoints().await.dynamodb)
        .header("x-amz-target", "DynamoDB_20120810.Scan")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-date", "20261123T154000Z")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0")
        .body(json!({ "TableName": table }).to_string())
        .send()
        .await
        .unwrap();
    let text = response.text().await.unwrap();
    let items: Value = serde_json::from_str(&text).unwrap();
    assert!(items["Count"].as_u64().unwrap_or_default() > 0, "{text}");
    text
}
