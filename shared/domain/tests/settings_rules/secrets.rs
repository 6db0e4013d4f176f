//! What a write makes of the stored secrets, and that none of them is ever shown.

use domain::webhook::Settings;
use domain::webhook::bundle::Bundle;
use domain::webhook::edit::{BuildFault, BundleEdit};
use serde_json::{Value, json};

use crate::support::{built, create_with, faults, id_of, pairs, patch, stored};

fn values(bundle: &Bundle) -> (Vec<&str>, Option<&str>, Vec<(&str, &str)>) {
    (
        bundle.signing_secrets.iter().map(|(_, value)| value.secret().expose()).collect(),
        bundle.authorization.as_ref().map(|value| value.expose()),
        bundle.headers.iter().map(|(name, value)| (name.as_str(), value.expose())).collect(),
    )
}

#[test]
fn a_creation_puts_every_secret_into_the_bundle_and_none_into_the_row() {
    let (settings, bundle) = stored();
    let secrets = vec!["first-hunter2-first", "second-hunter2-second"];
    assert_eq!(values(&bundle), (secrets, Some("Bearer hunter2"), vec![("DD-API-KEY", "hunter2-key")]));
    let ids: Vec<_> = bundle.signing_secrets.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, [id_of(&settings, 0), id_of(&settings, 1)]);
    let hints: Vec<_> = settings.signing_secrets.iter().map(|secret| secret.hint.as_str()).collect();
    assert_eq!((hints, settings.authorization_scheme.as_deref()), (vec!["fir", "sec"], Some("Bearer")));
    let shown: Vec<_> = settings.headers.iter().map(|line| (line.secret(), line.value.as_deref())).collect();
    assert_eq!(shown, [(true, None), (false, Some("jira"))]);
}

#[test]
fn the_flag_beats_the_name() {
    let body = json!({"headers": [{"name": "X-Api-Key", "value": "plain", "secret": false},
        {"name": "X-Source", "value": "hidden", "secret": true}]});
    let draft = create_with(&body).unwrap();
    assert_eq!(draft.settings.headers[0].value.as_deref(), Some("plain"));
    assert!(draft.settings.headers[1].secret());
    assert_eq!(values(&built(draft.bundle, None)).2, [("X-Source", "hidden")]);
}

#[test]
fn a_new_bundle_keeps_what_was_not_edited_and_needs_the_old_one_for_it() {
    let (settings, bundle) = stored();
    let body = json!({"signingSecrets": [{"value": "third-secret-here"}, {"id": id_of(&settings, 1)}],
        "headers": [{"name": "X-Token", "value": "new"}, {"name": "dd-api-key", "secret": true}]});
    let BundleEdit::Rebuild(plan) = patch(&settings, &body).unwrap().bundle else {
        panic!("secrets changed")
    };
    assert!(plan.needs_stored());
    let new = plan.build(Some(&bundle)).unwrap();
    let expected = (
        vec!["third-secret-here", "second-hunter2-second"],
        Some("Bearer hunter2"),
        vec![("X-Token", "new"), ("dd-api-key", "hunter2-key")],
    );
    assert_eq!(values(&new), expected);
}

#[test]
fn clearing_every_secret_needs_nothing_and_leaves_no_bundle() {
    let (settings, _) = stored();
    let body = json!({"signingSecrets": [], "authorization": null, "headers": [{"name": "X-Source", "value": "jira"}]});
    let BundleEdit::Rebuild(plan) = patch(&settings, &body).unwrap().bundle else {
        panic!("secrets changed")
    };
    assert!(!plan.needs_stored());
    assert!(plan.build(None).unwrap().is_empty());
}

#[test]
fn a_secret_that_the_stored_bundle_lacks_is_a_fault_of_ours() {
    let (settings, _) = stored();
    for old in [None, Some(Bundle::default())] {
        let edit = patch(&settings, &json!({"authorization": null})).unwrap().bundle;
        let BundleEdit::Rebuild(plan) = edit else { panic!("secrets changed") };
        assert_eq!(plan.build(old.as_ref()).unwrap_err(), BuildFault::MissingSecret);
    }
}

#[test]
fn a_kept_header_must_be_there_and_secret() {
    let (settings, _) = stored();
    let headers = json!([{"name": "X-Source", "secret": true}, {"name": "X-Other", "secret": true},
        {"name": "DD-API-KEY"}]);
    let expected = [("/headers/0", "invalid_header"), ("/headers/1", "invalid_header")];
    let found = faults(patch(&settings, &json!({"headers": headers})));
    assert_eq!(found[..2], pairs(&expected));
    assert_eq!(found[2..], pairs(&[("/headers/2/value", "invalid_header")]));
    let plain = json!({"headers": [{"name": "DD-API-KEY", "secret": false}]});
    assert_eq!(faults(patch(&settings, &plain)), pairs(&[("/headers/0", "invalid_header")]));
}

#[test]
fn a_kept_signing_secret_is_kept_once() {
    let (settings, _) = stored();
    let id = id_of(&settings, 0);
    let body = json!({"signingSecrets": [{"id": id}, {"id": id}, {"id": "ss_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"}, {"id": ""}]});
    let expected = ["/signingSecrets/1/id", "/signingSecrets/2/id", "/signingSecrets/3/id"];
    assert_eq!(faults(patch(&settings, &body)), pairs(&expected.map(|pointer| (pointer, "invalid_secret"))));
}

/// What an edit breaks together with what is stored.
fn faults_with(settings: &Settings, bundle: &Bundle, body: &Value) -> Vec<(String, &'static str)> {
    let BundleEdit::Rebuild(plan) = patch(settings, body).unwrap().bundle else { panic!("secrets changed") };
    match plan.build(Some(bundle)) {
        Ok(_) => Vec::new(),
        Err(BuildFault::OfWrite(faults)) => {
            faults.into_iter().map(|fault| (fault.pointer, fault.code.as_str())).collect()
        }
        Err(fault) => panic!("{fault}"),
    }
}

#[test]
fn no_new_signing_secret_is_one_that_is_kept() {
    let values = ["0123456789abcdef", "fedcba9876543210"].map(|value| json!({"value": value}));
    let large = |name: &str| json!({"name": name, "value": "v".repeat(4_000), "secret": true});
    let kept = |name: &str| json!({"name": name, "secret": true});
    let headers = ["A", "B", "C"].map(large);
    let first = create_with(&json!({"signingSecrets": values, "headers": headers})).unwrap();
    let (settings, bundle) = (first.settings, built(first.bundle, None));
    let [one, other] = [0, 1].map(|place| json!({"id": id_of(&settings, place)}));
    let [again, too] = values;
    let headers = [kept("A"), kept("B"), kept("C"), large("D"), large("E")];
    let body = json!({"signingSecrets": [one, other, again, too], "headers": headers});
    let expected = [
        ("/signingSecrets/2/value", "invalid_secret"),
        ("/signingSecrets/3/value", "invalid_secret"),
        ("/headers", "invalid_header"),
    ];
    assert_eq!(faults_with(&settings, &bundle, &body), pairs(&expected));
}

#[test]
fn kept_header_values_count_towards_the_total() {
    let large = |name: &str| json!({"name": name, "value": "v".repeat(4_000), "secret": true});
    let first = create_with(&json!({"headers": [large("A"), large("B"), large("C")]})).unwrap();
    let (settings, bundle) = (first.settings, built(first.bundle, None));
    let kept = |name: &str| json!({"name": name, "secret": true});
    let plain = |name: &str| json!({"name": name, "value": "v".repeat(4_000)});
    for (more, fits) in [
        (vec![large("D")], true),
        (vec![large("D"), large("E")], false),
        (vec![plain("D"), plain("E")], false),
    ] {
        let mut headers = vec![kept("A"), kept("B"), kept("C")];
        headers.extend(more);
        let expected = if fits { Vec::new() } else { pairs(&[("/headers", "invalid_header")]) };
        assert_eq!(faults_with(&settings, &bundle, &json!({"headers": headers})), expected);
    }
}

#[test]
fn no_secret_is_printed_by_anything_that_holds_one() {
    let (settings, bundle) = stored();
    let draft = patch(
        &settings,
        &json!({"signingSecrets": [{"value": "third-hunter2-third"}],
        "authorization": "Basic hunter2", "headers": [{"name": "X-Key", "value": "hunter2"}]}),
    );
    let printed = format!("{settings:?} {bundle:?} {draft:?}");
    assert!(printed.contains("[secret]") && !printed.contains("hunter2"), "{printed}");
    let wrong = json!({"displayName": "", "signingSecrets": [{"value": "hunter2"}, {"hunter": "hunter2"}],
        "authorization": "hunter2", "url": "https://hunter2@example.com/",
        "headers": [{"name": "X-Key", "value": " hunter2"}, {"name": "hunter2 hunter2", "value": "x"}]});
    let faults = create_with(&wrong).map(|_| ()).unwrap_err();
    assert_eq!(faults.len(), 8);
    assert!(!format!("{faults:?}").contains("hunter2"), "{faults:?}");
}
