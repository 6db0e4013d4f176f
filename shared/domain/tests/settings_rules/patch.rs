//! Merge patches of the fields that hold no secret, and moving to another origin.

use domain::webhook::edit::{BundleEdit, Wanted};
use domain::webhook::subscription::Subscription;
use serde_json::{Value, json};

use crate::support::{faults, id_of, pairs, patch, stored};

#[test]
fn a_patch_that_says_what_is_there_changes_nothing() {
    let (settings, _) = stored();
    for body in [
        json!({}),
        json!({"displayName": " Splunk ", "url": "HTTPS://hec.example.com:443/in", "format": "json",
            "eventTypes": ["findings.exported"]}),
        json!({"signingSecrets": [{"id": id_of(&settings, 0)}, {"id": id_of(&settings, 1)}]}),
        json!({"headers": [{"name": "DD-API-KEY", "secret": true}, {"name": "X-Source", "value": "jira"}]}),
        json!({"headers": [{"name": "DD-API-KEY", "secret": true}, {"name": "X-Source", "value": "jira", "secret": false}]}),
        json!({"format": null}),
    ] {
        let draft = patch(&settings, &body).unwrap();
        assert_eq!(draft.settings, settings, "{body}");
        assert!(draft.changed.is_empty() && matches!(draft.bundle, BundleEdit::Keep), "{body}: {draft:?}");
        assert_eq!(draft.wanted, Wanted::Unchanged);
    }
}

#[test]
fn what_changed_is_named_in_the_contract_s_order() {
    let (settings, _) = stored();
    let all = json!({"headers": [], "authorization": "Bearer hunter2", "signingSecrets": [], "eventTypes": ["*"],
        "url": "https://hec.example.com/other", "displayName": "Other", "enabled": false});
    let draft = patch(&settings, &all).unwrap();
    let named = ["displayName", "url", "eventTypes", "signingSecrets", "authorization", "headers"];
    assert_eq!((draft.changed.as_slice(), draft.wanted), (named.as_slice(), Wanted::Off));
    for (body, changed) in [
        (json!({"displayName": "Other"}), "displayName"),
        (json!({"eventTypes": null}), "eventTypes"),
        (
            json!({"signingSecrets": [{"id": id_of(&settings, 1)}, {"id": id_of(&settings, 0)}]}),
            "signingSecrets",
        ),
        (json!({"authorization": null}), "authorization"),
        (json!({"authorization": "Bearer hunter2"}), "authorization"),
        (
            json!({"headers": [{"name": "dd-api-key", "secret": true}, {"name": "X-Source", "value": "jira"}]}),
            "headers",
        ),
        (
            json!({"headers": [{"name": "DD-API-KEY", "secret": true}, {"name": "X-Source", "value": "j"}]}),
            "headers",
        ),
    ] {
        assert_eq!(patch(&settings, &body).unwrap().changed, [changed], "{body}");
    }
}

#[test]
fn null_restores_the_default_of_creation() {
    let (settings, _) = stored();
    let body = json!({"eventTypes": null, "format": null, "signingSecrets": null, "authorization": null,
        "headers": null, "enabled": null});
    let draft = patch(&settings, &body).unwrap();
    assert_eq!(draft.settings.event_types, Subscription::All);
    assert!(draft.settings.signing_secrets.is_empty() && draft.settings.headers.is_empty());
    assert_eq!((draft.settings.authorization_scheme, draft.wanted), (None, Wanted::On));
    let nothing = [("/displayName", "invalid_display_name"), ("/url", "invalid_url")];
    assert_eq!(faults(patch(&settings, &json!({"displayName": null, "url": null}))), pairs(&nothing));
}

#[test]
fn the_rules_of_creation_hold_in_a_patch() {
    let (settings, _) = stored();
    let body = json!({"displayName": "", "url": "https://[::1]", "eventTypes": ["x"], "format": "slack",
        "signingSecrets": [{"value": "short"}], "authorization": "", "headers": [1], "enabled": 0, "id": "x"});
    assert_eq!(
        faults(patch(&settings, &body)),
        pairs(&[
            ("/id", "unknown_field"),
            ("/displayName", "invalid_display_name"),
            ("/url", "ip_host"),
            ("/eventTypes/0", "invalid_event_type"),
            ("/format", "invalid_format"),
            ("/signingSecrets/0/value", "invalid_secret"),
            ("/authorization", "invalid_authorization"),
            ("/headers/0", "invalid_type"),
            ("/enabled", "invalid_type"),
        ])
    );
    assert_eq!(faults(patch(&settings, &json!([]))), pairs(&[("", "invalid_type")]));
}

const AUTHORIZATION: (&str, &str) = ("/authorization", "credentials_required");
const HEADERS: (&str, &str) = ("/headers", "credentials_required");
const KEPT: (&str, &str) = ("/headers/0", "credentials_required");

#[test]
fn another_origin_wants_the_stored_credentials_anew() {
    let (settings, _) = stored();
    let kept = json!([{"name": "DD-API-KEY", "secret": true}, {"name": "X-Source", "value": "jira"}]);
    for url in ["https://evil.example.org/in", "https://hec.example.com:8443/in", "https://example.com/in"] {
        let moved = |fields: Value| {
            let mut body = json!({"url": url});
            for (name, value) in fields.as_object().unwrap() {
                body[name] = value.clone();
            }
            patch(&settings, &body)
        };
        assert_eq!(faults(moved(json!({}))), pairs(&[AUTHORIZATION, HEADERS]));
        assert_eq!(faults(moved(json!({"headers": []}))), pairs(&[AUTHORIZATION]));
        assert_eq!(faults(moved(json!({"authorization": null}))), pairs(&[HEADERS]));
        assert_eq!(faults(moved(json!({"headers": kept}))), pairs(&[AUTHORIZATION, KEPT]));
        assert_eq!(faults(moved(json!({"headers": kept, "authorization": "B x"}))), pairs(&[KEPT]));
        let lower = json!([{"name": "dd-api-key", "secret": true}]);
        assert_eq!(faults(moved(json!({"headers": lower, "authorization": null}))), pairs(&[KEPT]));
        assert!(moved(json!({"headers": [], "authorization": null})).is_ok());
        assert!(moved(json!({"headers": null, "authorization": "Bearer new"})).is_ok());
        let anew = json!([{"name": "DD-API-KEY", "value": "new"}]);
        assert!(moved(json!({"headers": anew, "authorization": "Bearer new"})).is_ok());
    }
    assert!(patch(&settings, &json!({"url": "https://hec.example.com/elsewhere?x"})).is_ok());
}

#[test]
fn only_the_kinds_that_are_stored_are_wanted_anew() {
    let (settings, _) = stored();
    let url = json!({"url": "https://evil.example.org/"});
    let with = |authorization: bool, headers: &[usize]| {
        let mut settings = settings.clone();
        settings.authorization_scheme = settings.authorization_scheme.filter(|_| authorization);
        settings.headers = headers.iter().map(|place| settings.headers[*place].clone()).collect();
        settings
    };
    assert_eq!(faults(patch(&with(true, &[]), &url)), pairs(&[AUTHORIZATION]));
    assert_eq!(faults(patch(&with(false, &[0]), &url)), pairs(&[HEADERS]));
    assert_eq!(faults(patch(&with(false, &[1]), &url)), pairs(&[HEADERS]), "a plain value is a value");
    assert!(patch(&with(false, &[]), &url).is_ok(), "signing secrets may stay");
}

#[test]
fn settings_read_back_from_a_row_as_they_were() {
    let (settings, _) = stored();
    let row = serde_json::to_string(&settings).unwrap();
    assert!(!row.contains("hunter2"));
    assert_eq!(serde_json::from_str::<domain::webhook::Settings>(&row).unwrap(), settings);
}
