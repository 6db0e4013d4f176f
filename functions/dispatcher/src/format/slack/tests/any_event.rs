//! Whatever the event, the message is one that Slack takes. The checker below
//! shares nothing with the code: its limits are those of Slack's documents.

use std::borrow::Cow;

use bytes::Bytes;
use domain::catalogue::CATALOGUE;
use domain::ids::{EventId, EventTypeId, TenantId};
use domain::message::{Actor, AuditEvent, OccurredAt};
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::body;

const SITE: &str = "https://acme.atlassian.net";

/// An object with these keys, in order of the alphabet, and no others.
fn object(value: &Value, keys: &[&str]) {
    let mut found: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, keys, "{value}");
}

/// Text with all its entities taken out has none of the three characters left.
fn has_no_markup(text: &str) {
    let rest = text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
    assert!(!rest.contains(['&', '<', '>']), "{text}");
}

/// A date, the site or a page of it, and nothing else.
fn is_our_own_markup(markup: &str) {
    let inner = markup.strip_prefix('<').unwrap().strip_suffix('>').unwrap();
    has_no_markup(inner);
    if let Some(date) = inner.strip_prefix("!date^") {
        let (unix, rest) = date.split_once('^').unwrap();
        assert!(unix.parse::<u32>().is_ok(), "{markup}");
        let utc = rest.strip_prefix("{date_short_pretty} at {time_secs}|").unwrap();
        assert!(utc.len() == 23 && utc.ends_with(" UTC"), "{markup}");
    } else {
        let path = inner.strip_prefix(SITE).unwrap();
        let is_home = path == "|acme.atlassian.net";
        assert!(is_home || path.starts_with('/') && !path.contains(['|', ' ']), "{markup}");
    }
}

/// One text object of at most so many units.
fn text_object(value: &Value, limit: usize) {
    let text = value["text"].as_str().unwrap();
    assert!(!text.trim().is_empty());
    assert!(text.encode_utf16().count() <= limit, "{text}");
    let odd = |c: char| {
        c.is_control() && !"\n\t".contains(c)
            || "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".contains(c)
    };
    assert!(!text.contains(odd), "{text:?}");
    match value["type"].as_str().unwrap() {
        "plain_text" => {
            object(value, &["emoji", "text", "type"]);
            assert!(value["emoji"].is_boolean());
            has_no_markup(text);
        }
        "mrkdwn" => {
            object(value, &["text", "type"]);
            if text.starts_with('<') {
                is_our_own_markup(text);
            } else {
                let label = text.strip_prefix('*').and_then(|text| text.strip_suffix('*')).unwrap();
                assert!(label.chars().all(|c| c.is_ascii_alphanumeric() || c == ' '), "{text}");
            }
        }
        other => panic!("{other}"),
    }
}

/// So many text objects.
fn texts(value: &Value, counts: std::ops::RangeInclusive<usize>, limit: usize) -> usize {
    let texts = value.as_array().unwrap();
    assert!(counts.contains(&texts.len()));
    texts.iter().for_each(|text| text_object(text, limit));
    texts.len()
}

/// Holds a message to all limits; how many details it shows and counts.
pub(super) fn check(bytes: &Bytes) -> usize {
    let message: Value = serde_json::from_slice(bytes).unwrap();
    object(&message, &["blocks", "text", "unfurl_links", "unfurl_media"]);
    assert_eq!(
        (&message["unfurl_links"], &message["unfurl_media"]),
        (&Value::Bool(false), &Value::Bool(false))
    );
    let text = message["text"].as_str().unwrap();
    assert!(!text.trim().is_empty() && text.encode_utf16().count() < 4_000 && !text.contains('\n'));
    has_no_markup(text);
    assert!(message["blocks"].to_string().encode_utf16().count() <= 11_000);
    let blocks = message["blocks"].as_array().unwrap();
    assert!((2..=50).contains(&blocks.len()));
    let mut details = 0;
    for (index, block) in blocks.iter().enumerate() {
        match block["type"].as_str().unwrap() {
            "header" => {
                object(block, &["text", "type"]);
                assert_eq!((index, &block["text"]["type"]), (0, &Value::from("plain_text")));
                text_object(&block["text"], 150);
            }
            "context" if index == 1 => {
                object(block, &["elements", "type"]);
                texts(&block["elements"], 3..=3, 3_000);
            }
            "section" => {
                object(block, &["fields", "type"]);
                let fields = texts(&block["fields"], 2..=10, 2_000);
                assert_eq!(fields % 2, 0);
                details += fields / 2;
            }
            "context" => {
                object(block, &["elements", "type"]);
                assert_eq!((texts(&block["elements"], 1..=1, 3_000), index), (1, blocks.len() - 1));
                let count = block["elements"][0]["text"].as_str().unwrap().split(' ').nth(1).unwrap();
                details += count.parse::<usize>().unwrap();
            }
            other => panic!("{other}"),
        }
    }
    details
}

/// Pieces of markup, what is invisible, what takes one to four bytes, what
/// JSON escapes, and line breaks.
const PIECES: &str = "& < > <!channel> <@U1> <#C1> <!date^1^x|y> &amp; &lt &#60; * _ ` | \" \\ \n \r\n \r \t \0 \
    \u{1b} \u{7f} \u{85} \u{202e} \u{2066} \u{200b} \u{feff} \u{2028} \u{2003} 🔍 é 日 👨‍👩‍👧 https:// acme.atlassian.net /";

/// Text of those, of any characters and of words, short or long.
fn text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(PIECES.split(' ').chain([" "]).collect::<Vec<_>>());
    let piece = prop_oneof![4 => odd.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from), 1 => "[a-z]{1,9}"];
    let short = prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    (short, prop_oneof![6 => Just(1), 1 => 2..400_usize]).prop_map(|(text, times)| text.repeat(times))
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        text(),
        "[a-zA-Z0-9_]{0,70}",
        prop::sample::select(vec!["projectId", "findingsCount", "errorMessage", "", "_", "webhookId"])
            .prop_map(str::to_owned),
    ]
}

/// JSON text, so that numbers of any length, half surrogates and double keys
/// are among it.
fn json() -> impl Strategy<Value = String> {
    let quoted = |text: String| serde_json::to_string(&text).unwrap();
    let scalar = prop_oneof![
        4 => text().prop_map(quoted),
        2 => text().prop_map(move |text| quoted(format!("{SITE}/{text}"))),
        1 => r"-?(0|[1-9][0-9]{0,300})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,9})?",
        1 => prop::sample::select(vec!["null", "true", "false", r#""\ud800""#, r#""\udc00\ud83d""#, "[]", "{}"]).prop_map(str::to_owned),
        1 => (1..3_000_usize, any::<bool>()).prop_map(|(depth, array)| {
            let (open, close) = if array { ("[1,", "]") } else { (r#"{"<a>":"#, "}") };
            format!("{}2{}", open.repeat(depth), close.repeat(depth))
        }),
    ];
    scalar.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(", "))),
            members(inner, 6).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

fn members(value: impl Strategy<Value = String>, most: usize) -> impl Strategy<Value = Vec<String>> {
    let member =
        (key(), value).prop_map(|(key, value)| format!("{}: {value}", serde_json::to_string(&key).unwrap()));
    prop::collection::vec(member, 0..most)
}

fn event_type() -> impl Strategy<Value = String> {
    let known = CATALOGUE.iter().map(|entry| entry.id).chain(["webhook.test"]).collect::<Vec<_>>();
    prop_oneof![prop::sample::select(known).prop_map(str::to_owned), "[a-z0-9_.]{1,100}"]
}

fn time() -> impl Strategy<Value = String> {
    (0..10_000_u32, 1..13_u32, 1..29_u32, 0..24_u32, r"(\.[0-9]{1,9})?", r"(Z|[+-]1[0-4]:30)")
        .prop_map(|(year, month, day, hour, part, zone)| {
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:59:59{part}{zone}")
        })
        .prop_filter("within the years of RFC 3339", |text| OccurredAt::parse(Cow::Borrowed(text)).is_some())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_event_makes_a_message_that_slack_takes(
        event_type in event_type(),
        time in time(),
        actor in prop::option::of((text(), prop::option::of(text()))),
        members in prop_oneof![3 => members(json(), 8), 1 => members(json(), 120), 1 => members("[0-9]", 300)],
        tenant in "[A-Za-z0-9._:-]{1,128}",
        site in any::<bool>(),
    ) {
        let details = RawValue::from_string(format!("{{{}}}", members.join(","))).unwrap();
        let event = AuditEvent {
            id: EventId::parse("1").unwrap(),
            tenant: TenantId::parse(&tenant).unwrap(),
            event_type: EventTypeId::parse(&event_type).unwrap(),
            occurred_at: OccurredAt::parse(Cow::Owned(time)).unwrap(),
            actor: actor.map(|(id, name)| Actor { account_id: id.into(), display_name: name.map(Cow::Owned) }),
            details: &details,
        };
        let shown = check(&body(&event, site.then_some(SITE)));
        prop_assert_eq!(shown, members.len());
    }
}
