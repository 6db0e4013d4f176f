//! What Slack answers to the exchange of a code, when it is no webhook of Slack's.

use axum::http::StatusCode;
use domain::installation::SlackOauthError;
use serde_json::{Value, json};

use crate::slack_flows::assert_says;
use crate::slack_popup::granted;
use crate::world::World;

/// What Slack answers to the exchange instead of a webhook.
pub(crate) struct Grant {
    name: &'static str,
    status: &'static str,
    /// Where in the good answer …
    pointer: &'static str,
    /// … this JSON stands instead; the whole body when there is no pointer.
    value: &'static str,
    error: &'static str,
}

const fn url(name: &'static str, value: &'static str) -> Grant {
    Grant { name, status: "200 OK", pointer: "/incoming_webhook/url", value, error: "unexpected_url" }
}

const fn part(name: &'static str, pointer: &'static str, value: &'static str) -> Grant {
    Grant { name, status: "200 OK", pointer, value, error: "slack_incomplete_answer" }
}

const fn answer(name: &'static str, status: &'static str, value: &'static str, error: &'static str) -> Grant {
    Grant { name, status, pointer: "", value, error }
}

const UNREACHABLE: &str = "slack_unreachable";

pub(crate) const GRANTS: &[Grant] = &[
    url("an inner address", r#""https://169.254.169.254/services/T/B/x""#),
    url("another host", r#""https://evil.example/services/T/B/x""#),
    url("a host that begins like Slack's", r#""https://hooks.slack.com.evil.example/services/T/B/x""#),
    url("Slack's host as user", r#""https://hooks.slack.com@evil.example/services/T/B/x""#),
    url("a port", r#""https://hooks.slack.com:8443/services/T/B/x""#),
    url("plain http", r#""http://hooks.slack.com/services/T/B/x""#),
    url("another path", r#""https://hooks.slack.com/workflows/T/B/x""#),
    url("a path that climbs", r#""https://hooks.slack.com/services/../x""#),
    url("a header behind it", "\"https://hooks.slack.com/services/T/B/x\\r\\nX-A: b\""),
    url("a script", r#""javascript:alert(1)""#),
    url("an empty URL", r#""""#),
    Grant { pointer: "/incoming_webhook", ..url("no webhook at all", "null") },
    part("no workspace", "/team", "null"),
    part("a workspace without a name", "/team/name", r#""""#),
    part("a workspace's id with a slash", "/team/id", r#""T0/x""#),
    part("a channel without an id", "/incoming_webhook/channel_id", r#""""#),
    answer("an error without a name", "200 OK", r#"{"ok":false}"#, "slack_unknown_error"),
    answer(
        "an error with markup",
        "200 OK",
        r#"{"ok":false,"error":"<script>alert(1)"}"#,
        "slack_unknown_error",
    ),
    answer(
        "an error of our own words",
        "200 OK",
        r#"{"ok":false,"error":"unreachable"}"#,
        "slack_unknown_error",
    ),
    answer("not JSON", "200 OK", "<html>", UNREACHABLE),
    answer("JSON of another shape", "200 OK", r#"["ok"]"#, UNREACHABLE),
    answer("nothing", "200 OK", "", UNREACHABLE),
    answer("a status of trouble", "500 Oops", r#"{"ok":true}"#, UNREACHABLE),
    answer("too many requests", "429 Slow Down\r\nretry-after: 30", "", "slack_ratelimited"),
    answer("a redirect", "302 Found\r\nlocation: http://127.0.0.1:1/", "", UNREACHABLE),
];

/// An installation whose code is exchanged for this; its page.
async fn exchange(world: &World, error: &str, name: &str) {
    let popup = world.at_slack("acme").await;
    let page = world.back(&popup).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{name}");
    assert_says(&page, error, name);
    let standing = world.standing(&popup.id).await;
    assert_eq!(standing, json!({"state": "failed", "error": error}), "{name}");
    assert_says(&world.back(&popup).await, "invalid_state", name);
    assert!(world.rows("acme").await.is_empty() && world.memory.bundle_names().is_empty(), "{name}");
    assert!(world.memory.sent_events().is_empty(), "{name}");
}

#[tokio::test]
async fn what_slack_hands_out_is_not_trusted() {
    let world = World::new().await;
    for (number, grant) in GRANTS.iter().enumerate() {
        let value = || serde_json::from_str::<Value>(grant.value).unwrap();
        let mut body = granted("Acme", "audit");
        let body = match grant.pointer {
            "" => grant.value.to_owned(),
            pointer => {
                *body.pointer_mut(pointer).unwrap() = value();
                body.to_string()
            }
        };
        world.slack.answer(grant.status, &body);
        exchange(&world, grant.error, grant.name).await;
        assert_eq!(world.slack.requests().len(), number + 1, "{}: one exchange", grant.name);
    }
}

#[tokio::test]
async fn each_documented_error_has_its_own_sentence() {
    let world = World::new().await;
    for error in SlackOauthError::DOCUMENTED {
        let said = error.as_str().strip_prefix("slack_").unwrap();
        world.slack_grants(&json!({"ok": false, "error": said}));
        exchange(&world, error.as_str(), said).await;
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let world = World::new().await;
    world.slack_grants(&json!({"ok": true, "padding": "x".repeat(70_000)}));
    exchange(&world, UNREACHABLE, "64 KiB and more").await;
}

#[tokio::test]
async fn a_slack_that_never_answers_is_given_up_in_time() {
    let world = World::new().await;
    world.slack.hang();
    exchange(&world, UNREACHABLE, "a time-out").await;
}
