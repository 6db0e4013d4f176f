//! What the messages look like.

mod any_event;

use domain::catalogue::CATALOGUE;
use domain::message::EventsMessage;
use serde_json::{Value, json};

use super::*;

const SITE: Option<&str> = Some("https://acme.atlassian.net");

fn message_of(event: &str, site_url: Option<&str>) -> Value {
    let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(event) else { panic!("{event}") };
    serde_json::from_slice(&body(&event, site_url)).unwrap()
}

fn event(event_type: &str, occurred_at: &str, actor: &Value, details: &str) -> String {
    format!(
        r#"{{"version":1,"kind":"auditEvent","id":"01J","tenantId":"acme-id","type":"{event_type}","occurredAt":"{occurred_at}","actor":{actor},"details":{details}}}"#
    )
}

fn simple(event_type: &str, details: &str) -> String {
    event(event_type, "2026-11-23T15:40:00Z", &Value::Null, details)
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

fn mrkdwn(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text })
}

#[test]
fn a_finished_scan_tells_what_who_when_where_and_the_rest() {
    let jo = json!({ "accountId": "5b10", "displayName": "Jo <Ann> & \"x\"" });
    let details = r#"{"note":"<!channel> *now*","findingsCount":12,"projectId":"10001","Prüfer":null,"page":"https://acme.atlassian.net/browse/SEC"}"#;
    let message = message_of(&event("project_scan.finished", "2026-11-23T15:40:00.5Z", &jo, details), SITE);
    let expected = json!({
        "text": "Finished project scan · By Jo &lt;Ann&gt; &amp; \"x\" · acme.atlassian.net",
        "blocks": [
            {
                "type": "header",
                "text": { "type": "plain_text", "text": "🔍 Finished project scan", "emoji": true },
            },
            {
                "type": "context",
                "elements": [
                    plain("By Jo &lt;Ann&gt; &amp; \"x\""),
                    mrkdwn("<!date^1795448400^{date_short_pretty} at {time_secs}|2026-11-23 15:40:00 UTC>"),
                    mrkdwn("<https://acme.atlassian.net|acme.atlassian.net>"),
                ],
            },
            {
                "type": "section",
                "fields": [
                    mrkdwn("*Project ID*"), plain("10001"),
                    mrkdwn("*Findings count*"), plain("12"),
                    plain("Prüfer"), plain("–"),
                    mrkdwn("*Note*"), plain("&lt;!channel&gt; *now*"),
                    mrkdwn("*Page*"), mrkdwn("<https://acme.atlassian.net/browse/SEC>"),
                ],
            },
        ],
        "unfurl_links": false,
        "unfurl_media": false,
    });
    assert_eq!(message, expected, "{message:#}");
}

#[test]
fn without_details_there_is_no_section() {
    let message = message_of(&simple("new.thing", "{}"), None);
    assert_eq!(message["blocks"].as_array().unwrap().len(), 2);
    assert_eq!(message["text"], "new.thing · By System · acme-id");
    assert_eq!(message["blocks"][0]["text"]["text"], "📋 new.thing");
    assert_eq!(message["blocks"][1]["elements"][2], plain("acme-id"));
}

#[test]
fn every_category_has_a_sign_of_its_own() {
    let icon_of = |event_type: &str| {
        let message = message_of(&simple(event_type, "{}"), None);
        message["blocks"][0]["text"]["text"].as_str().unwrap().split(' ').next().unwrap().to_owned()
    };
    let mut signs: Vec<_> = CATALOGUE.iter().map(|entry| (entry.category, icon_of(entry.id))).collect();
    signs.extend([("test", icon_of("webhook.test")), ("other", icon_of("made.up"))]);
    signs.sort();
    signs.dedup();
    let distinct: std::collections::BTreeSet<_> = signs.iter().map(|(_, icon)| icon).collect();
    assert_eq!((signs.len(), distinct.len()), (7, 7), "{signs:?}");
}

#[test]
fn who_did_it_is_the_name_or_the_account() {
    for (actor, who) in [
        (json!({ "accountId": "5b10" }), "By 5b10"),
        (json!({ "accountId": "5b10", "displayName": " \u{202e}\n" }), "By 5b10"),
        (json!({ "accountId": "5b10", "displayName": "Jo\nBy System" }), "By Jo By System"),
        (Value::Null, "By System"),
    ] {
        let message = message_of(&event("made.up", "2026-11-23T15:40:00Z", &actor, "{}"), None);
        assert_eq!(message["blocks"][1]["elements"][0], plain(who));
    }
}

#[test]
fn a_time_that_slack_cannot_show_is_in_utc() {
    for (occurred_at, utc) in [
        ("1969-12-31T23:59:59Z", "1969-12-31 23:59:59 UTC"),
        ("0000-01-01T00:00:00Z", "0000-01-01 00:00:00 UTC"),
        ("9999-12-30T12:00:00+01:00", "9999-12-30 11:00:00 UTC"),
    ] {
        let message = message_of(&event("made.up", occurred_at, &Value::Null, "{}"), None);
        assert_eq!(message["blocks"][1]["elements"][1], plain(utc));
    }
}

fn last_block(event_type: &str, details: &Value) -> Value {
    let message = message_of(&simple(event_type, &details.to_string()), SITE);
    message["blocks"].as_array().unwrap().last().unwrap().clone()
}

#[test]
fn what_does_not_fit_is_counted() {
    let last = |count: u32| {
        let details = (0..count).map(|n| (format!("k{n:04}"), json!(n)));
        last_block("made.up", &Value::Object(details.collect()))
    };
    let more = |text| json!({ "type": "context", "elements": [plain(text)] });
    assert_eq!(last(50)["type"], "section");
    assert_eq!(last(51), more("and 1 more field"));
    assert_eq!(last(1_050), more("and 1000 more fields"));
}

#[test]
fn the_catalogue_s_fields_fit_however_long() {
    for entry in CATALOGUE {
        let long = || Value::from("\"".repeat(5_000));
        let fields = entry.detail_fields.iter().map(|field| ((*field).to_owned(), long()));
        let last = last_block(entry.id, &Value::Object(fields.collect()));
        assert_eq!(last["fields"].as_array().unwrap().len(), 2 * entry.detail_fields.len(), "{}", entry.id);
    }
}

#[test]
fn a_message_is_full_when_its_blocks_are_and_never_fuller() {
    let longest = (30..1_000).step_by(7).map(|length| {
        let details = (0..60).map(|n| (format!("k{n}"), Value::from("日\"&".repeat(length / 6))));
        let event = simple("made.up", &Value::Object(details.collect()).to_string());
        let message = message_of(&event, SITE);
        assert_eq!(any_event::check(&Bytes::from(message.to_string())), 60);
        message["blocks"].to_string().encode_utf16().count()
    });
    assert!((10_900..=11_000).contains(&longest.max().unwrap()));
}
