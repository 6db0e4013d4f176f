//! Creations: defaults, and every rule with its code.

use domain::webhook::edit::BundleEdit;
use domain::webhook::format::Format;
use domain::webhook::subscription::Subscription;
use serde_json::{Value, json};

use crate::support::{create, create_text, create_with, faults, pairs};

#[test]
fn what_is_left_out_or_null_takes_its_default() {
    let nulls = json!({"eventTypes": null, "format": null, "signingSecrets": null, "authorization": null,
        "headers": null, "enabled": null});
    for (fields, enabled) in [(json!({}), None), (nulls, Some(true))] {
        let draft = create_with(&fields).unwrap();
        let settings = &draft.settings;
        assert_eq!(settings.display_name.as_str(), "Splunk");
        assert_eq!(settings.target.url().unwrap().as_str(), "https://hec.example.com/in");
        assert_eq!((&settings.event_types, settings.format), (&Subscription::All, Format::Json));
        assert!(settings.signing_secrets.is_empty() && settings.headers.is_empty());
        assert_eq!((settings.authorization_scheme.as_deref(), draft.wanted), (None, enabled.into()));
        assert!(matches!(draft.bundle, BundleEdit::Keep) && draft.changed.is_empty());
    }
}

#[test]
fn a_body_that_is_no_object_is_one_fault() {
    for body in ["[]", "null", "1", "\"x\"", "true", "[{\"a\":1,\"a\":2}]"] {
        assert_eq!(faults(create_text(body)), pairs(&[("", "invalid_type")]), "{body}");
    }
    assert_eq!(
        faults(create_text("{}")),
        pairs(&[("/displayName", "invalid_display_name"), ("/url", "invalid_url")])
    );
}

/// A creation with this field is refused with exactly these faults.
fn refused(field: &str, value: Value, expected: &[(&str, &'static str)]) {
    let found = faults(create_with(&json!({field: value.clone()})));
    assert_eq!(found, pairs(expected), "{field}: {value}");
}

#[test]
fn every_rule_of_a_plain_field_has_its_code() {
    for value in [json!(null), json!(""), json!("  "), json!("a\u{0}"), json!("a\nb"), json!("x".repeat(101))]
    {
        refused("displayName", value, &[("/displayName", "invalid_display_name")]);
    }
    for (field, wrong) in [
        ("displayName", json!(1)),
        ("url", json!(["https://example.com"])),
        ("eventTypes", json!("*")),
        ("format", json!({})),
        ("signingSecrets", json!({})),
        ("authorization", json!({"scheme": "Bearer"})),
        ("headers", json!({"X-A": "b"})),
        ("enabled", json!("true")),
    ] {
        refused(field, wrong, &[(&format!("/{field}"), "invalid_type")]);
    }
    refused("url", json!(null), &[("/url", "invalid_url")]);
    refused("url", json!("http://127.0.0.1"), &[("/url", "https_required"), ("/url", "ip_host")]);
    refused("url", json!("https://127.1"), &[("/url", "ip_host")]);
    for value in ["slack", "JSON", "cef", ""] {
        refused("format", json!(value), &[("/format", "invalid_format")]);
    }
    refused("eventTypes", json!([]), &[("/eventTypes", "invalid_event_type")]);
    refused(
        "eventTypes",
        json!([1, null]),
        &[("/eventTypes/0", "invalid_type"), ("/eventTypes/1", "invalid_type")],
    );
    refused(
        "eventTypes",
        json!([1, "nope", "findings.exported", "*", "findings.exported"]),
        &[
            ("/eventTypes/0", "invalid_type"),
            ("/eventTypes/1", "invalid_event_type"),
            ("/eventTypes/3", "invalid_event_type"),
            ("/eventTypes/4", "invalid_event_type"),
        ],
    );
}

#[test]
fn every_rule_of_the_signing_secrets_has_its_code() {
    let value = |text: &str| json!({"value": text});
    let many: Vec<_> = (0..11).map(|place| value(&format!("secret-number-{place:02}"))).collect();
    refused("signingSecrets", json!(many), &[("/signingSecrets", "too_many_secrets")]);
    assert!(create_with(&json!({"signingSecrets": many[1..]})).is_ok());
    refused(
        "signingSecrets",
        json!([
            value("0123456789abcdef"), value("short"), value("0123456789abcdef"), value("0123456789abcdeü"),
            {"id": "ss_01ARYZ6S410000000000000000"}, {}, {"id": "x", "value": "0123456789abcdefg"}, 7,
            {"value": 7}, {"value": null}, {"id": 7}, {"value": "0123456789abcdefh", "hint": "012"},
        ]),
        &[
            ("/signingSecrets", "too_many_secrets"),
            ("/signingSecrets/1/value", "invalid_secret"),
            ("/signingSecrets/2/value", "invalid_secret"),
            ("/signingSecrets/3/value", "invalid_secret"),
            ("/signingSecrets/4/id", "invalid_secret"),
            ("/signingSecrets/5", "invalid_secret"),
            ("/signingSecrets/6", "invalid_secret"),
            ("/signingSecrets/7", "invalid_type"),
            ("/signingSecrets/8/value", "invalid_type"),
            ("/signingSecrets/9/value", "invalid_type"),
            ("/signingSecrets/10/id", "invalid_type"),
            ("/signingSecrets/11/hint", "unknown_field"),
        ],
    );
}

#[test]
fn every_rule_of_the_authorization_and_headers_has_its_code() {
    for text in ["", "Bearer", "Bearer  x", "Bearer x ", "Bearer x\r\ny", &format!("B {}", "x".repeat(4_095))]
    {
        refused("authorization", json!(text), &[("/authorization", "invalid_authorization")]);
    }
    let line = |name: &str, value: &str| json!({"name": name, "value": value});
    let many: Vec<_> = (0..21).map(|place| line(&format!("X-{place}"), "v")).collect();
    refused("headers", json!(many), &[("/headers", "invalid_header")]);
    assert!(create_with(&json!({"headers": many[1..]})).is_ok());
    let large: Vec<_> = (0..4).map(|place| line(&format!("X-{place}"), &"v".repeat(4_093))).collect();
    assert!(create_with(&json!({"headers": large})).is_ok(), "16 KiB to the byte");
    let larger = json!([large[0], large[1], large[2], line("X-33", &"v".repeat(4_093))]);
    refused("headers", larger, &[("/headers", "invalid_header")]);
    refused(
        "headers",
        json!([
            line("X-A", "b"), line("x-a", "c"), line("X B", "c"), line("X-C", " d"), {"name": "X-D"}, {"value": "e"},
            {"name": "X-F", "secret": true}, {"name": "X-G", "value": "g", "secret": "yes"}, {"name": 7, "value": 8},
            "X-H: i", {"name": "X-J", "value": null, "secret": null}, line("Host", ""),
            {"name": "X-K", "value": "k", "note": 1}, line(&"x".repeat(129), "v"), line("X-L", &"v".repeat(4_097)),
        ]),
        &[
            ("/headers/1/name", "invalid_header"),
            ("/headers/2/name", "invalid_header"),
            ("/headers/3/value", "invalid_header"),
            ("/headers/4/value", "invalid_header"),
            ("/headers/5/name", "invalid_header"),
            ("/headers/6", "invalid_header"),
            ("/headers/7/secret", "invalid_type"),
            ("/headers/8/name", "invalid_type"),
            ("/headers/8/value", "invalid_type"),
            ("/headers/9", "invalid_type"),
            ("/headers/10/secret", "invalid_type"),
            ("/headers/10/value", "invalid_type"),
            ("/headers/11/name", "reserved_header"),
            ("/headers/11/value", "invalid_header"),
            ("/headers/12/note", "unknown_field"),
            ("/headers/13/name", "invalid_header"),
            ("/headers/14/value", "invalid_header"),
        ],
    );
}

#[test]
fn a_reserved_header_is_reserved_in_any_case() {
    for name in [
        "Authorization",
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "Date",
        "User-Agent",
        "Cookie",
        "Proxy-Authorization",
        "Proxy-",
        "X-Soteri-Signature",
        "X-Soteri-Anything",
        "webhook-id",
        "Webhook-Whatever",
        "X-Amz-Security-Token",
        "X-Amz-",
    ] {
        for name in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
            refused(
                "headers",
                json!([{"name": name, "value": "v"}]),
                &[("/headers/0/name", "reserved_header")],
            );
        }
    }
    for name in [
        "Content-Type",
        "Accept",
        "Proxy",
        "X-Soteri",
        "X-Webhook-Id",
        "webhook",
        "X-Amzn-Trace",
        "Set-Cookie",
    ] {
        assert!(create_with(&json!({"headers": [{"name": name, "value": "v"}]})).is_ok(), "{name}");
    }
}

#[test]
fn every_fault_of_a_body_is_named_at_once() {
    let body = r#"{"displayName":"","url":"http://h","eventTypes":[],"format":"x","signingSecrets":[{}],
        "authorization":"x","headers":[{"name":"Host","value":"h"}],"enabled":1,
        "id":"wh_1","a/b~c":{"d":1,"d":2,"d":3},"displayName":"again"}"#;
    assert_eq!(
        faults(create_text(body)),
        pairs(&[
            ("/id", "unknown_field"),
            ("/a~1b~0c", "unknown_field"),
            ("/a~1b~0c/d", "duplicate_field"),
            ("/displayName", "duplicate_field"),
            ("/displayName", "invalid_display_name"),
            ("/url", "https_required"),
            ("/url", "invalid_host"),
            ("/eventTypes", "invalid_event_type"),
            ("/format", "invalid_format"),
            ("/signingSecrets/0", "invalid_secret"),
            ("/authorization", "invalid_authorization"),
            ("/headers/0/name", "reserved_header"),
            ("/enabled", "invalid_type"),
        ])
    );
}

#[test]
fn a_key_given_twice_is_refused_at_any_depth() {
    let body = r#"{"displayName":"a","url":"https://example.com","headers":[{"name":"X-A","value":"b","value":"b"}],
        "signingSecrets":[{"value":"0123456789abcdef","value":"0123456789abcdef"}]}"#;
    let expected = [("/headers/0/value", "duplicate_field"), ("/signingSecrets/0/value", "duplicate_field")];
    assert_eq!(faults(create_text(body)), pairs(&expected));
}

#[test]
fn what_only_the_service_sets_is_an_unknown_field() {
    for field in
        ["id", "kind", "slack", "status", "lastDelivery", "createdAt", "createdBy", "updatedAt", "updatedBy"]
    {
        for value in [json!(null), json!({}), json!("x")] {
            refused(field, value, &[(&format!("/{field}"), "unknown_field")]);
        }
    }
    assert_eq!(create(&json!({"displayname": "a"})).unwrap_err().len(), 3);
}

#[test]
fn a_hostile_body_is_answered_in_bounds() {
    let key = "k".repeat(30_000);
    let twice: String = (0..2_500).map(|place| format!(",\"{place}\":{{}},\"{place}\":{{}}")).collect();
    for body in [
        format!("{{\"{key}\":{{\"x\":1{twice}}}}}"),
        format!("{{\"eventTypes\":[{}1]}}", "1,".repeat(32_000)),
        format!("{{\"headers\":[{}1]}}", "{},".repeat(16_000)),
    ] {
        let found = create_text(&body).map(|_| ()).unwrap_err();
        assert!(serde_json::to_vec(&found).unwrap().len() < 2_000_000);
    }
}
