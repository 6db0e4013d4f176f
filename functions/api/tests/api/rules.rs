//! Each rule of the contract's table is refused with its own code, and all
//! broken rules of a body are told at once.

use serde_json::{Value, json};

use crate::world::{URL, World};

#[tokio::test]
async fn each_rule_is_refused_with_its_own_code() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    for (field, value, expected) in rows() {
        let mut body = json!({"displayName": "n", "url": URL});
        body[field] = value.clone();
        let expected: Vec<&str> = expected.split(", ").collect();
        assert_eq!(world.create(&body).send().await.faults(), expected, "created: {field} {value}");
        let patch = json!({field: value});
        assert_eq!(world.patch(&id, &patch).send().await.faults(), expected, "patched: {field} {value}");
    }
    assert_eq!(world.rows("acme").await.len(), 1);
    assert_eq!(world.row(&id).await.version, 1);
}

fn rows() -> Vec<(&'static str, Value, &'static str)> {
    let mut rows = plain_rows();
    rows.extend(url_rows());
    rows.extend(credential_rows());
    rows
}

fn plain_rows() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("displayName", json!(" "), "/displayName invalid_display_name"),
        ("displayName", json!("x".repeat(101)), "/displayName invalid_display_name"),
        ("displayName", json!("a\u{7}b"), "/displayName invalid_display_name"),
        ("displayName", json!(null), "/displayName invalid_display_name"),
        ("displayName", json!(7), "/displayName invalid_type"),
        ("eventTypes", json!([]), "/eventTypes invalid_event_type"),
        ("eventTypes", json!(["nope"]), "/eventTypes/0 invalid_event_type"),
        ("eventTypes", json!(["webhook.created", "webhook.created"]), "/eventTypes/1 invalid_event_type"),
        ("eventTypes", json!(["*", "webhook.created"]), "/eventTypes/0 invalid_event_type"),
        ("eventTypes", json!("*"), "/eventTypes invalid_type"),
        ("format", json!("xml"), "/format invalid_format"),
        ("format", json!("slack"), "/format invalid_format"),
        ("enabled", json!("yes"), "/enabled invalid_type"),
        ("id", json!("wh_1"), "/id unknown_field"),
        ("createdAt", json!("2026-11-23T15:40:00Z"), "/createdAt unknown_field"),
        ("a/b~c", json!(1), "/a~1b~0c unknown_field"),
    ]
}

fn url_rows() -> Vec<(&'static str, Value, &'static str)> {
    [
        ("https://ex ample.com/", "/url invalid_url"),
        ("https:example.com", "/url invalid_url"),
        ("https://example.com\\x", "/url invalid_url"),
        ("https://example.com/#f", "/url invalid_url"),
        ("http://example.com/", "/url https_required"),
        ("https://127.1/", "/url ip_host"),
        ("https://0x7f.1/", "/url ip_host"),
        ("https://[::1]/", "/url ip_host"),
        ("https://@example.com/", "/url userinfo"),
        ("https://u:p@example.com/", "/url userinfo"),
        ("https://localhost/", "/url invalid_host"),
        ("https://siem.internal/", "/url invalid_host"),
        ("https://a..example.com/", "/url invalid_host"),
        ("https://example.com./", "/url invalid_host"),
        ("https://example.com:80/", "/url invalid_port"),
        ("https://example.com:1023/", "/url invalid_port"),
    ]
    .into_iter()
    .map(|(url, expected)| ("url", json!(url), expected))
    .chain([("url", json!(null), "/url invalid_url")])
    .collect()
}

fn credential_rows() -> Vec<(&'static str, Value, &'static str)> {
    let secret = |text: &str| json!([{ "value": text }]);
    let header = |name: &str, value: &str| json!([{"name": name, "value": value}]);
    let many = |count: usize| -> Value { (0..count).map(|n| json!({"value": format!("{n:016}")})).collect() };
    let headers = |count: usize| -> Value {
        (0..count).map(|n| json!({"name": format!("x-{n}"), "value": "v"})).collect()
    };
    vec![
        ("signingSecrets", many(11), "/signingSecrets too_many_secrets"),
        ("signingSecrets", secret("short"), "/signingSecrets/0/value invalid_secret"),
        (
            "signingSecrets",
            json!([{"id": "ss_01ARYZ6S410000000000000000"}]),
            "/signingSecrets/0/id invalid_secret",
        ),
        ("authorization", json!("Bearer"), "/authorization invalid_authorization"),
        ("authorization", json!("Bearer a\r\nb"), "/authorization invalid_authorization"),
        ("headers", headers(21), "/headers invalid_header"),
        ("headers", header("a b", "v"), "/headers/0/name invalid_header"),
        ("headers", header("x", "v\n"), "/headers/0/value invalid_header"),
        ("headers", header("Authorization", "v"), "/headers/0/name reserved_header"),
        ("headers", header("X-Soteri-Event", "v"), "/headers/0/name reserved_header"),
    ]
}

#[tokio::test]
async fn an_allowed_suffix_passes() {
    let world = World::new().await;
    let answer = world.create(&json!({"displayName": "n", "url": "https://siem.corp/"})).send().await;
    assert_eq!(answer.body["url"], "https://siem.corp/", "{}", answer.text);
}

#[tokio::test]
async fn all_faults_of_a_request_are_told_at_once() {
    let world = World::new().await;
    let body = r#"{"url": "http://127.0.0.1/", "eventTypes": ["nope", "*"], "format": 1, "kind": "slack",
        "signingSecrets": [{"value": "x"}, 7], "authorization": "x", "headers": [{"name": "Host", "value": ""}],
        "enabled": 0, "enabled": true}"#;
    let answer = world
        .post("/v1/webhooks")
        .header("content-type", "application/json")
        .header("idempotency-key", "a b")
        .body(body)
        .send()
        .await;
    insta::assert_json_snapshot!("all_faults", answer.body);
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let world = World::new().await;
    for body in ["[]", "\"x\"", "null", "7"] {
        let answer =
            world.post("/v1/webhooks").header("content-type", "application/json").body(body).send().await;
        assert_eq!(answer.faults(), [" invalid_type"], "{body}");
    }
}

#[tokio::test]
async fn a_body_is_json_declared_as_json_and_at_most_64_kib() {
    let world = World::new().await;
    let body = json!({"displayName": "n", "url": URL}).to_string();
    let post = |content_type: &str| world.post("/v1/webhooks").header("content-type", content_type);
    for good in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
    {
        assert_eq!(post(good).body(body.clone()).send().await.status, 201, "{good}");
    }
    for bad in [
        "text/plain",
        "application/json; charset=latin1",
        "application/merge-patch+json",
        "",
        "application/jsonp",
    ] {
        assert_eq!(
            post(bad).body(body.clone()).send().await.problem(),
            (415, "unsupported_media_type"),
            "{bad}"
        );
    }
    let undeclared = world.post("/v1/webhooks").body(body.clone()).send().await;
    assert_eq!(undeclared.problem(), (415, "unsupported_media_type"));
    let coded = post("application/json").header("content-encoding", "gzip").body(body.clone()).send().await;
    assert_eq!(coded.problem(), (415, "unsupported_media_type"));

    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    assert_eq!(post("application/json").body(padded(65_536)).send().await.status, 201);
    assert_eq!(post("application/json").body(padded(65_537)).send().await.problem(), (413, "body_too_large"));
    for bad in ["", "{", "{} {}", "{'a':1}", "\u{feff}{}"] {
        assert_eq!(post("application/json").body(bad).send().await.problem(), (400, "not_json"), "{bad}");
    }
    assert_eq!(post("application/json").body([b'"', 0xff, b'"']).send().await.problem(), (400, "not_json"));
}

#[tokio::test]
async fn a_move_to_another_origin_needs_the_credentials_anew() {
    let world = World::new().await;
    let id = world
        .webhook(&json!({
            "authorization": "Splunk hunter2", "headers": [{"name": "X-Key", "value": "hunter2"}],
            "signingSecrets": [{"value": "hunter2-hunter2-1"}],
        }))
        .await;
    let url = "https://hec.example.com/services";
    let answer = world.patch(&id, &json!({"url": url})).send().await;
    assert_eq!(answer.faults(), ["/authorization credentials_required", "/headers credentials_required"]);
    let kept =
        json!({"url": url, "authorization": "Splunk x", "headers": [{"name": "X-Key", "secret": true}]});
    assert!(world.patch(&id, &kept).send().await.faults()[0].ends_with("credentials_required"));
    let cleared = world.patch(&id, &json!({"url": url, "authorization": null, "headers": []})).send().await;
    assert_eq!(cleared.status, 200, "{}", cleared.text);
    assert_eq!(cleared.body["signingSecrets"].as_array().unwrap().len(), 1);
}
