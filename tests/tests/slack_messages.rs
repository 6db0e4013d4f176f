//! The Slack messages, judged by two that know Slack and not us: the compiler
//! with Slack's own types, and the block classes of Slack's SDK.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dispatcher::format::body;
use domain::catalogue::CATALOGUE;
use domain::message::EventsMessage;
use domain::webhook::format::Format;
use serde_json::{Value, json};

const TYPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/checkers/node_modules/@slack/types");
const TSC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/checkers/node_modules/.bin/tsc");
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/python");
const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/checkers/slack_blocks.py");

type Messages = BTreeMap<String, Value>;

/// A folder for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes the file, runs the program on it and gives back what it said.
    fn run(&self, program: &str, arguments: &[&str], file: &str, text: &str) -> Output {
        assert!(Path::new(program).exists(), "{program} is missing: run `make test`");
        std::fs::write(self.0.join(file), text).unwrap();
        Command::new(program).args(arguments).arg(file).current_dir(&self.0).output().unwrap()
    }

    /// The messages that do not have Slack's types. Each stands on a line of
    /// its own, as a literal, so that a key too many is a fault.
    fn refused_by_types(&self, messages: &Messages) -> BTreeMap<String, String> {
        let head = format!(
            "import type {{ KnownBlock }} from {};\n\
             type Message = {{ text: string; blocks: KnownBlock[]; unfurl_links: false; unfurl_media: false }};\n\
             export const messages: Record<string, Message> = {{\n",
            json!(TYPES)
        );
        let names: Vec<_> = messages.keys().cloned().collect();
        let lines: String =
            messages.iter().map(|(name, message)| format!("{}: {message},\n", json!(name))).collect();
        let options = ["--noEmit", "--strict", "--ignoreConfig", "--pretty", "false"];
        let output = self.run(TSC, &options, "messages.ts", &format!("{head}{lines}}};\n"));
        let said = said(&output);
        let faults = said.lines().filter_map(|line| line.strip_prefix("messages.ts("));
        let refused: BTreeMap<_, _> = faults
            .map(|fault| {
                let line: usize = fault.split(',').next().unwrap().parse().unwrap();
                (names[line - 4].clone(), fault.to_owned())
            })
            .collect();
        assert_eq!(output.status.success(), refused.is_empty(), "{said}");
        refused
    }

    /// The messages that Slack's SDK would not build.
    fn refused_by_sdk(&self, messages: &Messages) -> BTreeMap<String, String> {
        let output = self.run(PYTHON, &[SDK], "messages.json", &json!(messages).to_string());
        let said = said(&output);
        let refused: BTreeMap<_, _> = said
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, fault)| (name.to_owned(), fault.to_owned()))
            .collect();
        let code = Some(i32::from(!refused.is_empty()));
        assert!(
            output.status.code() == code && refused.keys().all(|name| messages.contains_key(name)),
            "{said}"
        );
        refused
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn message(event_type: &str, actor: &Value, details: &str) -> Value {
    let text = format!(
        r#"{{"version":1,"kind":"auditEvent","id":"1","tenantId":"acme","type":"{event_type}","occurredAt":"2026-11-23T15:40:00Z","actor":{actor},"details":{details}}}"#
    );
    let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else { panic!("{event_type}") };
    serde_json::from_slice(&body(Format::Slack, &event, Some("https://acme.atlassian.net"))).unwrap()
}

/// What the app sends, as the catalogue has it.
fn of_the_catalogue() -> Messages {
    let known = CATALOGUE.iter().map(|entry| (entry.id, entry.detail_fields));
    let all = known.chain([("webhook.test", &[] as &[&str]), ("made.up", &["someKey", "other key"])]);
    all.map(|(event_type, fields)| {
        let details: serde_json::Map<_, _> = fields
            .iter()
            .map(|field| ((*field).to_owned(), json!("https://acme.atlassian.net/browse/A-1")))
            .collect();
        let jo = json!({ "accountId": "5b10", "displayName": "Jo" });
        (event_type.to_owned(), message(event_type, &jo, &json!(details).to_string()))
    })
    .collect()
}

/// What nobody should send.
fn hostile() -> Messages {
    let long = "<!channel>&\"\u{2028}🔍\u{0}\u{202e}".repeat(300);
    let many: serde_json::Map<_, _> = (0..5_000).map(|n| (format!("<@U{n}>"), json!(n))).collect();
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let all = [
        (
            "long",
            json!({ "accountId": long, "displayName": long }),
            json!({ &*long: long, "b": [long] }).to_string(),
        ),
        ("many", Value::Null, json!(many).to_string()),
        ("deep", Value::Null, deep),
        (
            "empty",
            json!({ "accountId": "\u{0}", "displayName": "" }),
            r#"{"":"","a":null,"b":[],"c":" "}"#.to_owned(),
        ),
        ("odd", Value::Null, r#"{"\ud800":"\ud800","n":1e999999,"z":-0.000,"a b":"*x* `y`"}"#.to_owned()),
        (
            "fullest",
            Value::Null,
            json!((0..90).map(|n| (format!("k{n}"), json!("日\n".repeat(50)))).collect::<Messages>())
                .to_string(),
        ),
    ];
    all.map(|(name, actor, details)| (name.to_owned(), message(&"x".repeat(100), &actor, &details))).into()
}

#[test]
fn every_message_has_the_types_of_slack() {
    let folder = Folder::new("slack-types");
    let messages = of_the_catalogue().into_iter().chain(hostile()).collect();
    assert_eq!(folder.refused_by_types(&messages), BTreeMap::new());
}

#[test]
fn the_sdk_of_slack_builds_every_message() {
    let folder = Folder::new("slack-sdk");
    let messages = of_the_catalogue().into_iter().chain(hostile()).collect();
    assert_eq!(folder.refused_by_sdk(&messages), BTreeMap::new());
}

/// A good message with one place of it replaced, or added.
fn spoiled(place: &str, value: Value) -> Value {
    let mut message = message("custom_rule.updated", &Value::Null, r#"{"name":"n","id":"1"}"#);
    let (parent, key) = place.rsplit_once('/').unwrap();
    match message.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        Value::Object(members) => drop(members.insert(key.to_owned(), value)),
        other => panic!("{other}"),
    }
    message
}

#[test]
fn each_of_the_two_refuses_what_it_can_see() {
    let text = |text: String| json!({ "type": "plain_text", "text": text, "emoji": false });
    let (types, sdk, both) = (["types"].as_slice(), ["sdk"].as_slice(), ["types", "sdk"].as_slice());
    let table = [
        ("a long header", "/blocks/0/text/text", json!("x".repeat(151)), sdk),
        ("a header with markup", "/blocks/0/text", json!({ "type": "mrkdwn", "text": "x" }), types),
        ("eleven fields", "/blocks/2/fields", json!(vec![text("x".into()); 11]), sdk),
        ("a long field", "/blocks/2/fields/1", text("x".repeat(2_001)), sdk),
        ("an empty field", "/blocks/2/fields/1", text(String::new()), sdk),
        ("eleven elements", "/blocks/1/elements", json!(vec![text("x".into()); 11]), sdk),
        ("no text", "/blocks/1/elements/0", json!({ "type": "plain_text" }), both),
        ("an unknown key of a text", "/blocks/0/text/size", json!(1), both),
        ("an unknown key of a block", "/blocks/2/color", json!("red"), both),
        ("an unknown key of the message", "/title", json!("x"), both),
        ("a wrong type of block", "/blocks/2/type", json!("paragraph"), both),
        ("a wrong type of text", "/blocks/1/elements/0/type", json!("markdown"), both),
        ("previews", "/unfurl_links", json!("no"), types),
        ("no blocks", "/blocks", json!([]), sdk),
    ];
    let messages: Messages = table
        .iter()
        .map(|(name, place, value, _)| ((*name).to_owned(), spoiled(place, value.clone())))
        .collect();
    let folder = Folder::new("slack-spoiled");
    let names = |refused: BTreeMap<String, String>| refused.into_keys().collect::<BTreeSet<_>>();
    let expected = |checker| {
        let seen = table.iter().filter(|(.., checkers)| checkers.contains(&checker));
        seen.map(|(name, ..)| (*name).to_owned()).collect::<BTreeSet<_>>()
    };
    assert_eq!(names(folder.refused_by_types(&messages)), expected("types"));
    let refused = folder.refused_by_sdk(&messages);
    assert!(refused["a long header"].starts_with("block 0 (header): "), "{refused:?}");
    assert_eq!(names(refused), expected("sdk"));
}
