//! Slack webhooks take a name, event types and the switch; nothing else.

use domain::webhook::edit::{BundleEdit, Wanted};
use domain::webhook::format::Format;
use domain::webhook::slack::{SlackName, SlackTarget};
use domain::webhook::{Settings, Target};
use serde_json::json;

use crate::support::{faults, pairs, patch, stored};

fn slack() -> Settings {
    let name = |id: &str, name: &str| SlackName { id: id.to_owned(), name: name.to_owned() };
    let target = SlackTarget {
        team: name("T1", "Acme"),
        channel: name("C1", "#audit"),
        configuration_url: "https://acme.slack.com/services/B1".to_owned(),
    };
    Settings {
        target: Target::Slack(target),
        format: Format::Slack,
        signing_secrets: Vec::new(),
        authorization_scheme: None,
        headers: Vec::new(),
        ..stored().0
    }
}

#[test]
fn a_slack_webhook_takes_three_fields() {
    let settings = slack();
    let body = json!({"displayName": "Audit", "eventTypes": null, "enabled": false});
    let draft = patch(&settings, &body).unwrap();
    assert_eq!((draft.settings.display_name.as_str(), draft.wanted), ("Audit", Wanted::Off));
    assert_eq!(draft.changed, ["displayName", "eventTypes"]);
    assert!(matches!(draft.bundle, BundleEdit::Keep));
    assert_eq!((draft.settings.target, draft.settings.format), (settings.target, Format::Slack));
}

#[test]
fn a_slack_webhook_refuses_the_fields_of_the_others() {
    let body = json!({"authorization": null, "displayName": "", "format": "json", "headers": [], "nope": 1,
        "signingSecrets": 7, "slack": {}, "url": "https://example.com"});
    assert_eq!(
        faults(patch(&slack(), &body)),
        pairs(&[
            ("/authorization", "not_for_slack"),
            ("/format", "not_for_slack"),
            ("/headers", "not_for_slack"),
            ("/nope", "unknown_field"),
            ("/signingSecrets", "not_for_slack"),
            ("/slack", "unknown_field"),
            ("/url", "not_for_slack"),
            ("/displayName", "invalid_display_name"),
        ])
    );
}

#[test]
fn slack_settings_read_back_from_a_row() {
    let row = serde_json::to_string(&slack()).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&row).unwrap(), slack());
}
