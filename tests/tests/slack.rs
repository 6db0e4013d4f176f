//! Deliveries to Slack: what arrives, what its answers mean, and the pace.

use std::time::Duration;

use domain::attempt::{AttemptError, SlackError, SlackGone, SlackMalformed, SlackTrouble};
use domain::delivery::Outcome;
use domain::health::DisabledReason;
use domain::ids::WakeToken;
use domain::message::DeliveriesMessage;
use domain::row::{Change, State, Wake, WebhookRow};
use domain::webhook::bundle::Bundle;
use e2e::rig::{Rig, SLACK_HOST};
use local::{Reply, Request};
use serde_json::{Value, json};

const NONE: [usize; 0] = [];
const SECOND: Duration = Duration::from_secs(1);

fn message(request: &Request) -> Value {
    assert_eq!(request.host, SLACK_HOST);
    serde_json::from_slice(&request.body).unwrap()
}

async fn error_of(rig: &Rig, webhook: &WebhookRow) -> Option<AttemptError> {
    let logged = rig.memory.log_of(&webhook.key.webhook);
    let waiting = rig.memory.backlog_of(&webhook.key.webhook);
    let attempts =
        logged.iter().map(|entry| &entry.attempts).chain(waiting.iter().map(|item| &item.attempts));
    attempts.last().unwrap().last().unwrap().error
}

#[tokio::test]
async fn an_event_arrives_as_a_message() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    assert_eq!(rig.events(&[rig.event("1")]).await, NONE);
    let requests = rig.receiver.requests();
    assert_eq!((requests.len(), requests[0].path.as_str()), (1, "/services/T0ACME/B0HOOK/audit"));
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
    assert!(
        requests[0].header("authorization").is_none() && requests[0].header("x-soteri-signature").is_none()
    );
    assert_eq!(message(&requests[0])["blocks"][0]["text"]["text"], "🔍 Finished project scan");
    let entry = rig.memory.log_of(&webhook.key.webhook).remove(0);
    assert_eq!((entry.outcome, entry.attempts.count()), (Outcome::Succeeded, 1));
    assert_eq!(rig.memory.sent_deliveries(), [], "one message costs no wake-up");
}

#[tokio::test]
async fn an_error_that_is_final_disables_the_webhook_with_its_reason() {
    for (code, status) in SlackGone::ALL.iter().zip([404, 404, 404, 404, 404, 410, 403, 403, 403, 400]) {
        let rig = Rig::new().await;
        let webhook = rig.slack_webhook("audit").await;
        let said = code.as_str().strip_prefix("slack_").unwrap();
        rig.receiver.answer(move |_| Reply::status(status).with_body(said));
        assert_eq!(rig.events(&[rig.event("1")]).await, NONE);
        let row = rig.row(&webhook).await;
        assert_eq!(row.state().0, State::Disabled(DisabledReason::Slack(*code)), "{said}");
        let waiting = rig.memory.backlog_of(&webhook.key.webhook);
        assert!(row.holds(&waiting[0]), "{said}: it is held");
        assert_eq!(error_of(&rig, &webhook).await, Some(AttemptError::Slack(SlackError::Gone(*code))));
        let event: Value = serde_json::from_str(&rig.memory.sent_events()[0]).unwrap();
        assert_eq!(
            (&event["type"], &event["details"]["reason"]),
            (&json!("webhook.disabled"), &json!(code.as_str()))
        );
    }
}

#[tokio::test]
async fn a_malformed_message_has_failed_and_the_webhook_is_well() {
    for code in SlackMalformed::ALL {
        let rig = Rig::new().await;
        let webhook = rig.slack_webhook("audit").await;
        let said = code.as_str().strip_prefix("slack_").unwrap();
        rig.receiver.answer(move |_| Reply::status(400).with_body(said));
        assert_eq!(rig.events(&[rig.event("1")]).await, NONE);
        assert_eq!(rig.row(&webhook).await.state().0, State::Active, "{said}");
        let entry = rig.memory.log_of(&webhook.key.webhook).remove(0);
        assert_eq!(entry.outcome, Outcome::Failed);
        assert_eq!(error_of(&rig, &webhook).await, Some(AttemptError::Slack(SlackError::Malformed(*code))));
    }
}

#[tokio::test]
async fn what_slack_does_not_explain_means_what_its_status_does() {
    let rollup = AttemptError::Slack(SlackError::Trouble(SlackTrouble::RollupError));
    let long = format!("no_service{}", " ".repeat(100));
    for (status, said, error, state) in [
        (500, "rollup_error", rollup, State::Failing),
        (500, "<html>oops</html>", AttemptError::HttpStatus, State::Failing),
        (404, "", AttemptError::HttpStatus, State::Failing),
        (403, "no_such_code", AttemptError::HttpStatus, State::Failing),
        (404, long.as_str(), AttemptError::HttpStatus, State::Failing),
        (
            302,
            "no_service",
            AttemptError::Slack(SlackError::Gone(SlackGone::NoService)),
            State::Disabled(DisabledReason::Slack(SlackGone::NoService)),
        ),
        (410, "", AttemptError::HttpStatus, State::Disabled(DisabledReason::Gone)),
    ] {
        let rig = Rig::new().await;
        let webhook = rig.slack_webhook("audit").await;
        let body = said.to_owned();
        rig.receiver.answer(move |_| Reply::status(status).with_body(&body));
        rig.events(&[rig.event("1")]).await;
        assert_eq!(rig.row(&webhook).await.state().0, state, "{status} {said}");
        assert_eq!(error_of(&rig, &webhook).await, Some(error), "{status} {said}");
    }
}

#[tokio::test]
async fn a_custom_receiver_that_talks_like_slack_is_not_slack() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver.answer(|_| Reply::status(404).with_body("no_service"));
    rig.events(&[rig.event("1")]).await;
    assert_eq!(rig.row(&webhook).await.state().0, State::Failing);
    assert_eq!(error_of(&rig, &webhook).await, Some(AttemptError::HttpStatus));
}

#[tokio::test]
async fn a_burst_goes_through_the_backlog_one_message_a_second() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    let mut burst = Vec::new();
    for n in 10..20 {
        rig.memory.advance(Duration::from_millis(1));
        burst.push(rig.event(&n.to_string()));
    }
    assert_eq!(rig.events(&burst).await, NONE);
    assert_eq!(rig.receiver.requests().len(), 1, "one goes at once");
    assert_eq!(rig.memory.backlog_of(&webhook.key.webhook).len(), 9);
    assert_eq!(rig.row(&webhook).await.state().0, State::Active, "to wait is no trouble");
    for sent in 2..=10 {
        assert_eq!(rig.wake().await, SECOND);
        assert_eq!(rig.receiver.requests().len(), sent);
    }
    assert_eq!(rig.memory.sent_deliveries(), []);
    let row = rig.row(&webhook).await;
    assert_eq!((row.state().0, row.wake), (State::Active, None));
    let log = rig.memory.log_of(&webhook.key.webhook);
    assert_eq!(log.len(), 10);
    assert!(log.iter().all(|entry| entry.attempts.count() == 1), "no attempt was wasted");
}

#[tokio::test]
async fn events_keep_apart_from_the_last_message_and_behind_what_waits() {
    let mut rig = Rig::new().await;
    rig.settings.tenant_cache = Duration::from_secs(5);
    rig.restart();
    let webhook = rig.slack_webhook("audit").await;
    rig.events(&[rig.event("1")]).await;
    rig.memory.advance(Duration::from_millis(400));
    // The cached row knows nothing of the first message.
    rig.events(&[rig.event("2")]).await;
    assert_eq!(rig.receiver.requests().len(), 1);
    rig.memory.advance(Duration::from_millis(700));
    rig.events(&[rig.event("3")]).await;
    assert_eq!(rig.receiver.requests().len(), 1, "another one waits already");
    while !rig.memory.sent_deliveries().is_empty() {
        rig.wake().await;
    }
    assert_eq!(rig.receiver.requests().len(), 3);
    rig.memory.advance(SECOND * 6);
    rig.events(&[rig.event("4")]).await;
    assert_eq!(rig.receiver.requests().len(), 4, "nothing waits any more: at once");
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 4);
}

#[tokio::test]
async fn an_event_waits_behind_what_another_invocation_has_kept() {
    let mut rig = Rig::new().await;
    rig.settings.tenant_cache = Duration::from_secs(5);
    rig.restart();
    let webhook = rig.slack_webhook("audit").await;
    rig.events(&[rig.event("1")]).await;
    rig.memory.advance(SECOND);
    // The cached row knows nothing of it.
    let now = rig.ports().clock.now();
    let wake = Wake { token: WakeToken::new(now, 1), at: now.plus(SECOND), busy: false };
    rig.change(&webhook, Change::Wake(wake)).await;
    rig.events(&[rig.event("2")]).await;
    assert_eq!(rig.receiver.requests().len(), 1);
    assert_eq!(rig.memory.backlog_of(&webhook.key.webhook).len(), 1);
}

#[tokio::test]
async fn a_wake_up_that_comes_at_once_keeps_the_pace_too() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    rig.events(&[rig.event("1"), rig.event("2")]).await;
    rig.memory.take_deliveries();
    // As an edit does.
    let now = rig.ports().clock.now();
    let wake = Wake { token: WakeToken::new(now, 1), at: now, busy: false };
    rig.change(&webhook, Change::Wake(wake.clone())).await;
    let message = DeliveriesMessage::wake_up(&webhook.key.tenant, &webhook.key.webhook, &wake.token);
    rig.deliveries(&[message]).await;
    assert_eq!(rig.receiver.requests().len(), 1, "the first message was sent this very moment");
    assert_eq!(rig.wake().await, SECOND);
    assert_eq!(rig.receiver.requests().len(), 2);
}

#[tokio::test]
async fn invocations_at_the_same_time_do_not_hurry_slack() {
    let rig = Rig::new().await;
    rig.slack_webhook("audit").await;
    let events: Vec<[String; 1]> = (0..8).map(|n| [rig.event(&n.to_string())]).collect();
    futures::future::join_all(events.iter().map(|event| rig.events(event))).await;
    assert_eq!(rig.receiver.requests().len(), 1);
}

#[tokio::test]
async fn each_channel_has_a_pace_of_its_own() {
    let rig = Rig::new().await;
    for channel in ["audit", "security"] {
        rig.slack_webhook(channel).await;
    }
    rig.webhook(json!({})).await;
    rig.events(&[rig.event("1"), rig.event("2")]).await;
    let mut hosts: Vec<String> =
        rig.receiver.requests().into_iter().map(|one| one.host + &one.path).collect();
    hosts.sort();
    assert_eq!(
        hosts,
        [
            "hooks.slack.com/services/T0ACME/B0HOOK/audit",
            "hooks.slack.com/services/T0ACME/B0HOOK/security",
            "receiver.example.com/hook",
            "receiver.example.com/hook",
        ]
    );
}

#[tokio::test]
async fn too_many_messages_wait_as_slack_asks_and_follow_at_its_pace() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    rig.receiver.answer(|_| Reply::status(429).with_header("retry-after", 30).with_body("rate_limited"));
    rig.events(&[rig.event("1"), rig.event("2"), rig.event("3")]).await;
    assert_eq!(rig.row(&webhook).await.state().0, State::Failing);
    let first = rig.receiver.requests().len();
    assert_eq!(first, 1);
    rig.receiver.answer(|_| Reply::status(200).with_body("ok"));
    // The wake-up of what waited is stale by now; the one that acts waits for 30 s.
    let before = rig.ports().clock.now();
    while rig.receiver.requests().len() == first {
        rig.wake().await;
    }
    assert!(rig.ports().clock.now().since(before) >= Duration::from_secs(30));
    assert_eq!(rig.receiver.requests().len(), 2);
    while !rig.memory.sent_deliveries().is_empty() {
        let sent = rig.receiver.requests().len();
        assert_eq!(rig.wake().await, SECOND);
        assert_eq!(rig.receiver.requests().len(), sent + 1);
    }
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 3);
    assert_eq!(rig.row(&webhook).await.state().0, State::Active);
}

#[tokio::test]
async fn a_malformed_message_among_others_keeps_the_pace_too() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    rig.events(&[rig.event("1"), rig.event("2"), rig.event("3"), rig.event("4")]).await;
    rig.receiver.answer(|_| Reply::status(400).with_body("invalid_blocks"));
    for sent in 2..=4 {
        assert_eq!(rig.wake().await, SECOND);
        assert_eq!(rig.receiver.requests().len(), sent);
    }
    let failed =
        rig.memory.log_of(&webhook.key.webhook).into_iter().filter(|one| one.outcome == Outcome::Failed);
    assert_eq!(failed.count(), 3);
    let row = rig.row(&webhook).await;
    assert_eq!((row.state().0, row.wake), (State::Active, None));
}

#[tokio::test]
async fn a_message_that_fails_alone_does_not_stop_the_others() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    rig.receiver.answer(|request| {
        let is_poison = String::from_utf8_lossy(&request.body).contains("poison");
        Reply::status(if is_poison { 500 } else { 200 })
    });
    let mut events = vec![rig.event("0").replace("10001", "poison")];
    for n in 1..12 {
        rig.memory.advance(Duration::from_millis(1));
        events.push(rig.event(&n.to_string()));
    }
    rig.events(&events).await;
    for _ in 0..200 {
        if !rig.memory.sent_deliveries().is_empty() {
            rig.wake().await;
        }
    }
    let log = rig.memory.log_of(&webhook.key.webhook);
    let (failed, others): (Vec<_>, Vec<_>) = log.iter().partition(|entry| entry.outcome == Outcome::Failed);
    assert_eq!((failed.len(), others.len()), (1, 11));
    assert_eq!(failed[0].attempts.count(), 8);
    assert!(failed[0].event.contains("poison"));
    assert_eq!(rig.row(&webhook).await.wake, None);
}

#[tokio::test]
async fn a_test_event_goes_at_once_in_any_state() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    let now = rig.ports().clock.now();
    rig.events(&[rig.event("1")]).await;
    rig.change(&webhook, Change::Pause(now)).await;
    let event = rig.event_of("acme", "test-1", "webhook.test");
    let test = json!({
        "version": 1, "kind": "test", "tenantId": "acme", "webhookId": webhook.key.webhook,
        "event": serde_json::from_str::<Value>(&event).unwrap(),
    });
    assert_eq!(rig.deliveries(&[test.to_string()]).await, NONE);
    let requests = rig.receiver.requests();
    assert_eq!(message(&requests[1])["blocks"][0]["text"]["text"], "🧪 Test event");
}

#[tokio::test]
async fn without_its_url_nothing_is_sent_and_the_health_stays() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    // Another bundle, without the URL, under a name that the row gets.
    let ports = rig.ports();
    let empty = ports.secrets.create(&webhook.key, 7, &Bundle::default()).await.unwrap();
    let updated = webhook.updated.clone();
    let settings = Box::new(webhook.settings.clone());
    rig.change(&webhook, Change::Settings { settings, bundle: Some(empty), updated }).await;
    rig.events(&[rig.event("1")]).await;
    assert_eq!(rig.receiver.requests().len(), 0);
    assert_eq!(error_of(&rig, &webhook).await, Some(AttemptError::SecretUnavailable));
    assert_eq!(rig.row(&webhook).await.state().0, State::Active);
}
