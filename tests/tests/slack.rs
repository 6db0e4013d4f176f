//! Deliveries to Slack: what arrives, and what its answers mean.

use domain::attempt::{AttemptError, SlackError, SlackGone, SlackMalformed, SlackTrouble};
use domain::delivery::Outcome;
use domain::health::DisabledReason;
use domain::row::{Change, State, WebhookRow};
use domain::webhook::bundle::Bundle;
use e2e::rig::{Rig, SLACK_HOST};
use local::{Reply, Request};
use serde_json::{Value, json};

const NONE: [usize; 0] = [];

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
