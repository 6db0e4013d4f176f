//! Secrets that are known are looked for in all that the service puts out:
//! log lines, responses, table rows, queue messages. Plain, Base64, hex and
//! URL-encoded. The request to the receiver is the only place for them.

#[path = "canary/seen.rs"]
mod seen;
#[path = "canary/slack.rs"]
mod slack;

use std::time::Duration;

use e2e::functions::Functions;
use local::Reply;
use serde_json::{Value, json};

use self::seen::Seen;

const WAIT: Duration = Duration::from_secs(2);
const SIGNING: &str = "canary-signing-secret/+=%&?";
const BASE64_SIGNING: &str = "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5MTI=";
const CREDENTIALS: &str = "canary-authorization-4711/+==";
const HEADER: &str = "canary-header-value-0815/+==";
const REPLACED: &str = "canary-replaced-secret-42/+==";
const REFUSED: &str = "canary-refused-\u{7f}-secret";
const REJECTED_AUTHORIZATION: &str = "canaryauthorizationwithoutscheme";

#[tokio::test]
async fn no_secret_leaves_by_any_way_but_the_request() {
    let functions = Functions::start(&[("DELIVERY_DANGER_WAIT_FACTOR", "0.01"), ("RUST_LOG", "trace")]).await;
    let mut seen = Seen::default();
    let token = functions.token("acme");

    let path = make_and_edit(&functions, &mut seen).await;
    deliver(&functions, &mut seen).await;
    refuse(&functions, &path, &mut seen).await;
    let etag = functions.request("acme", &format!("GET {path}"), None).await.headers["etag"].clone();
    let gone = functions.request_with("acme", &format!("DELETE {path}"), None, &[("if-match", &etag)]).await;
    assert_eq!(gone.status, 204);
    seen.stores_and_output(&functions).await;

    for secret in
        [SIGNING, BASE64_SIGNING, CREDENTIALS, HEADER, REPLACED, REFUSED, REJECTED_AUTHORIZATION, &token]
    {
        seen.assert_free_of(secret);
    }
    seen.assert_looked_at(&[
        "created",
        "patched",
        "refused",
        "MainTable",
        "DeliveriesTable",
        "EventsQueue",
        "log",
    ]);
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
