//! Writes and what is stored, in short.

use domain::fault::Fault;
use domain::ids::SigningSecretId;
use domain::json::Node;
use domain::time::Timestamp;
use domain::webhook::Settings;
use domain::webhook::bundle::Bundle;
use domain::webhook::edit::{BundleEdit, Draft, Reading, read_create, read_patch};
use domain::webhook::host::AllowedSuffixes;
use serde_json::{Value, json};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_763_912_400_000);

fn with_reading<T>(read: impl FnOnce(Reading<'_>) -> T) -> T {
    let mut next = 0;
    let mut new_id = || {
        next += 1;
        SigningSecretId::new(NOW, next)
    };
    read(Reading { suffixes: &AllowedSuffixes::default(), now: NOW, new_id: &mut new_id })
}

pub(crate) fn create_text(body: &str) -> Result<Draft, Vec<Fault>> {
    let node = Node::parse(body.as_bytes()).unwrap();
    with_reading(|reading| read_create(&node, reading))
}

pub(crate) fn create(body: &Value) -> Result<Draft, Vec<Fault>> {
    create_text(&body.to_string())
}

/// A creation with the required fields and these.
pub(crate) fn create_with(fields: &Value) -> Result<Draft, Vec<Fault>> {
    let mut body = json!({"displayName": "Splunk", "url": "https://hec.example.com/in"});
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    create(&body)
}

pub(crate) fn patch(current: &Settings, body: &Value) -> Result<Draft, Vec<Fault>> {
    let node = Node::parse(body.to_string().as_bytes()).unwrap();
    with_reading(|reading| read_patch(&node, current, reading))
}

/// The faults as pointer and code.
pub(crate) fn faults(read: Result<Draft, Vec<Fault>>) -> Vec<(String, &'static str)> {
    let found = read.map(|_| ()).unwrap_err();
    for fault in &found {
        assert!(fault.detail.ends_with('.'), "{fault:?} is no sentence");
    }
    found.into_iter().map(|fault| (fault.pointer, fault.code.as_str())).collect()
}

pub(crate) fn pairs(expected: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect()
}

/// A webhook with two signing secrets, an authorization, a secret and a plain header.
pub(crate) fn stored() -> (Settings, Bundle) {
    let draft = create_with(&json!({
        "eventTypes": ["findings.exported"],
        "signingSecrets": [{"value": "first-hunter2-first"}, {"value": "second-hunter2-second"}],
        "authorization": "Bearer hunter2",
        "headers": [{"name": "DD-API-KEY", "value": "hunter2-key"}, {"name": "X-Source", "value": "jira"}],
    }))
    .unwrap();
    (draft.settings, built(draft.bundle, None))
}

pub(crate) fn built(edit: BundleEdit, stored: Option<&Bundle>) -> Bundle {
    match edit {
        BundleEdit::Rebuild(plan) => plan.build(stored).unwrap(),
        BundleEdit::Keep => panic!("no new bundle is wanted"),
    }
}

pub(crate) fn id_of(settings: &Settings, place: usize) -> &str {
    settings.signing_secrets[place].id.as_str()
}
