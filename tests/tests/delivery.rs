//! What a receiver gets, and what its answers lead to.

use std::time::Duration;

use domain::attempt::AttemptError;
use domain::delivery::Outcome;
use domain::health::{DisabledReason, Health};
use domain::row::{Change, State};
use domain::time::Timestamp;
use e2e::rig::{INNER_HOST, Rig, event_ids};
use local::Reply;
use serde_json::json;

const NONE: [usize; 0] = [];

#[tokio::test]
async fn a_delivery_is_the_contract_s_to_the_letter() {
    let rig = Rig::new().await;
    let webhook = rig
        .webhook(json!({
            "signingSecrets": [{ "value": "first-secret-0123456789" }, { "value": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }],
            "authorization": "Splunk 12345678-1234",
            "headers": [{ "name": "X-Source", "value": "jira" }, { "name": "DD-API-KEY", "value": "hunter2hunter2" }],
        }))
        .await;
    let event = rig.event("01J");
    assert_eq!(rig.events(&[event]).await, NONE);

    let requests = rig.receiver.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(
        (request.method.as_str(), request.path.as_str(), request.host.as_str()),
        ("POST", "/hook", "receiver.example.com")
    );
    let body = r#"{"type":"project_scan.finished","id":"01J","label":"Finished project scan","occurredAt":"2026-11-23T15:40:00Z","actor":{"accountId":"5b10","displayName":"Ada"},"details":{"findingsCount":3,"projectId":"10001"},"tenant":{"id":"acme","siteUrl":null}}"#;
    assert_eq!(request.body, body);

    let entry = rig.memory.log_of(&webhook.key.webhook).pop().unwrap();
    let secrets: Vec<_> = ["first-secret-0123456789", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
        .iter()
        .map(|text| domain::secret::SecretText::new((*text).to_owned()).into())
        .collect();
    let at = Timestamp::parse("2026-11-23T15:40:00Z").unwrap();
    let soteri = domain::signature::soteri(secrets.iter(), body.as_bytes()).unwrap();
    let standard = domain::signature::standard(secrets.iter(), &entry.delivery, at, body.as_bytes()).unwrap();
    let expected = [
        ("content-type", "application/json"),
        ("user-agent", "Soteri-Security-for-Jira-Webhooks/1"),
        ("authorization", "Splunk 12345678-1234"),
        ("x-source", "jira"),
        ("dd-api-key", "hunter2hunter2"),
        ("x-soteri-event", "project_scan.finished"),
        ("x-soteri-signature", &soteri),
        ("webhook-id", entry.delivery.as_str()),
        ("webhook-timestamp", "1795448400"),
        ("webhook-signature", &standard),
        ("content-length", &body.len().to_string()),
        ("host", "receiver.example.com"),
    ];
    for (name, value) in expected {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    assert_eq!(request.headers.len(), expected.len(), "{:?}", request.headers);
    assert_eq!((entry.outcome, entry.attempts.count()), (Outcome::Succeeded, 1));
    assert_eq!(rig.memory.counts_of(&webhook.key.webhook).succeeded, 1);
    assert!(rig.memory.sent_deliveries().is_empty());
}

#[tokio::test]
async fn without_secrets_there_is_no_signature_and_a_content_type_may_be_chosen() {
    let rig = Rig::new().await;
    rig.webhook(json!({ "headers": [{ "name": "content-TYPE", "value": "application/cloudevents+json" }] }))
        .await;
    rig.events(&[rig.event("1")]).await;
    let request = &rig.receiver.requests()[0];
    assert_eq!(request.header("content-type"), Some("application/cloudevents+json"));
    assert_eq!((request.header("x-soteri-signature"), request.header("webhook-signature")), (None, None));
    assert!(request.header("webhook-id").is_some());
}

#[tokio::test]
async fn only_webhooks_that_want_an_event_get_it() {
    let rig = Rig::new().await;
    let named = rig.webhook(json!({ "eventTypes": ["findings.exported"] })).await;
    let all = rig.webhook(json!({})).await;
    let paused = rig.webhook(json!({ "enabled": false })).await;
    let foreign = rig.webhook_of("other", json!({})).await;
    rig.events(&[rig.event("1"), rig.event_of("acme", "2", "not.in_the_catalogue")]).await;

    let logged = |row: &domain::row::WebhookRow| rig.memory.log_of(&row.key.webhook).len();
    assert_eq!([&named, &all, &paused, &foreign].map(logged), [0, 2, 0, 0]);
    assert_eq!(rig.memory.backlog_of(&paused.key.webhook).len(), 2, "held");
    assert_eq!(rig.memory.counts_of(&paused.key.webhook).held, 2);
    assert!(rig.memory.sent_deliveries().is_empty(), "nothing wakes a paused webhook");
}

#[tokio::test]
async fn a_webhook_does_not_get_events_about_itself() {
    let rig = Rig::new().await;
    let (one, other) = (rig.webhook(json!({})).await, rig.webhook(json!({})).await);
    let mut event: serde_json::Value =
        serde_json::from_str(&rig.event_of("acme", "1", "webhook.updated")).unwrap();
    event["details"] = json!({ "webhookId": one.key.webhook, "displayName": "x", "changedFields": ["url"] });
    rig.events(&[event.to_string()]).await;
    assert_eq!(rig.memory.log_of(&one.key.webhook).len(), 0);
    assert_eq!(rig.memory.log_of(&other.key.webhook).len(), 1);
    assert!(rig.memory.sent_events().is_empty(), "delivering one never makes another");
}

#[tokio::test]
async fn what_cannot_be_read_never_holds_up_its_batch_mates() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let wake = json!({ "version": 1, "kind": "wakeUp", "tenantId": "acme", "webhookId": webhook.key.webhook, "token": "wt_01ARYZ6S410000000000000000" });
    let batch = [
        "not json".to_owned(),
        rig.event("1"),
        rig.event("2").replace("\"version\":1", "\"version\":2"),
        rig.event("3"),
        wake.to_string(),
        String::new(),
        rig.event("5").replace("10001", &"x".repeat(256 * 1024)),
    ];
    assert_eq!(rig.events(&batch).await, [0, 2, 4, 5, 6]);
    assert_eq!((rig.totals().unreadable, rig.totals().succeeded), (5, 2));
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 2);
}

#[tokio::test]
async fn a_refused_message_fails_alone() {
    for status in [400, 413, 415, 422] {
        let rig = Rig::new().await;
        let webhook = rig.webhook(json!({})).await;
        rig.receiver.answer(move |_| Reply::status(status));
        rig.events(&[rig.event("1")]).await;
        let entry = rig.memory.log_of(&webhook.key.webhook).pop().unwrap();
        let last = entry.attempts.last().unwrap();
        assert_eq!(
            (entry.outcome, last.status_code, last.error),
            (Outcome::Failed, Some(status), Some(AttemptError::HttpStatus))
        );
        assert_eq!(rig.row(&webhook).await, webhook, "the webhook stays as it is");
    }
}

#[tokio::test]
async fn a_receiver_that_is_gone_disables_its_webhook() {
    let rig = Rig::new().await;
    let (gone, other) = (
        rig.webhook(json!({ "url": "https://receiver.example.com/gone" })).await,
        rig.webhook(json!({})).await,
    );
    rig.receiver.answer(|request| Reply::status(if request.path == "/gone" { 410 } else { 200 }));
    assert_eq!(rig.events(&[rig.event("1")]).await, NONE);

    assert_eq!(rig.row(&gone).await.state().0, State::Disabled(DisabledReason::Gone));
    assert_eq!(rig.memory.backlog_of(&gone.key.webhook).len(), 1, "held");
    assert!(rig.memory.log_of(&gone.key.webhook).is_empty());
    let audit: serde_json::Value = serde_json::from_str(&rig.memory.sent_events()[0]).unwrap();
    assert_eq!((&audit["type"], &audit["details"]["reason"]), (&json!("webhook.disabled"), &json!("gone")));
    assert_eq!(audit["details"]["webhookId"], json!(gone.key.webhook));

    rig.events(&rig.memory.sent_events()).await;
    assert_eq!(rig.memory.log_of(&other.key.webhook).len(), 2, "the others learn of it");
    assert_eq!(rig.memory.backlog_of(&gone.key.webhook).len(), 1, "it does not feed itself");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    rig.receiver
        .answer(|_| Reply::status(307).with_header("location", "https://receiver.example.com/elsewhere"));
    rig.events(&[rig.event("1")]).await;
    assert_eq!(rig.receiver.requests().len(), 1);
    let item = rig.memory.backlog_of(&webhook.key.webhook).pop().unwrap();
    assert_eq!(item.attempts.last().unwrap().error, Some(AttemptError::Redirect));
    assert_eq!(rig.row(&webhook).await.state().0, State::Failing);
}

#[tokio::test]
async fn an_inner_address_is_refused_and_no_one_is_dialed() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({ "url": format!("https://{INNER_HOST}/") })).await;
    rig.events(&[rig.event("1")]).await;
    let item = rig.memory.backlog_of(&webhook.key.webhook).pop().unwrap();
    assert_eq!(item.attempts.last().unwrap().error, Some(AttemptError::AddressRefused));
}

#[tokio::test]
async fn a_receiver_that_is_not_there_or_not_trusted_has_its_own_code() {
    let mut rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    // Nobody listens there, and nobody else takes the port.
    let bound = tokio::net::TcpSocket::new_v4().unwrap();
    bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = bound.local_addr().unwrap().port();
    let trusted = rig.settings.clone();
    for (settings, code) in [
        (
            platform::settings::DispatcherSettings {
                connect_to: platform::settings::ConnectTo::parse(
                    &format!("*:443:127.0.0.1:{port}").replace('*', ""),
                )
                .unwrap(),
                ..trusted.clone()
            },
            AttemptError::ConnectFailed,
        ),
        (
            platform::settings::DispatcherSettings { extra_ca_pem: None, ..trusted.clone() },
            AttemptError::TlsFailed,
        ),
    ] {
        rig.settings = settings;
        rig.restart();
        rig.change(&webhook, Change::Enable(rig.now())).await;
        rig.change(&webhook, Change::ClearWake).await;
        rig.memory.advance(Duration::from_secs(1));
        rig.events(&[rig.event(code.as_str())]).await;
        let item = rig.memory.backlog_of(&webhook.key.webhook).pop().unwrap();
        assert_eq!(item.attempts.last().unwrap().error, Some(code));
    }
    assert!(rig.receiver.requests().is_empty());
}

#[tokio::test]
async fn a_receiver_that_never_ends_its_handshake_or_its_answer_is_cut_off() {
    let mut rig = Rig::new().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = rig.webhook(json!({ "url": "https://receiver.example.com/slow" })).await;
    let mute = rig.webhook(json!({ "url": "https://mute.example.com/" })).await;
    rig.settings.connect_to = platform::settings::ConnectTo::parse(&format!(
        "mute.example.com:443:127.0.0.1:{},:443:127.0.0.1:{}",
        silent.local_addr().unwrap().port(),
        rig.receiver.port()
    ))
    .unwrap();
    rig.restart();
    rig.receiver.answer(|_| Reply::status(200).after(Duration::from_secs(60)));
    rig.events(&[rig.event("1")]).await;

    let failure = |row: &domain::row::WebhookRow| {
        let item = rig.memory.backlog_of(&row.key.webhook).pop().unwrap();
        let last = *item.attempts.last().unwrap();
        (last.error, last.duration_ms)
    };
    let (error, took) = failure(&mute);
    assert_eq!(error, Some(AttemptError::TlsFailed));
    assert!((3_000..8_000).contains(&took), "{took} ms");
    let (error, took) = failure(&slow);
    assert_eq!(error, Some(AttemptError::Timeout));
    assert!((10_000..15_000).contains(&took), "{took} ms");
}

#[tokio::test]
async fn without_time_for_an_attempt_the_delivery_waits() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    assert_eq!(rig.events_within(&[rig.event("1")], Duration::from_secs(9)).await, NONE);
    assert!(rig.receiver.requests().is_empty());
    assert_eq!(rig.row(&webhook).await.health, Health::Healthy);
    assert_eq!(rig.wake().await, Duration::ZERO, "at once");
    assert_eq!(event_ids(&rig.receiver.requests()), ["1"]);
    assert_eq!(rig.row(&webhook).await.wake, None);
}

#[tokio::test]
async fn an_event_handed_out_again_is_not_sent_again() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let event = rig.event("1");
    rig.events(std::slice::from_ref(&event)).await;
    rig.events_again(std::slice::from_ref(&event)).await;
    assert_eq!(rig.receiver.requests().len(), 1);

    let lost = rig.event("2");
    rig.events_again(&[lost]).await;
    assert_eq!(rig.receiver.requests().len(), 1, "it goes through the backlog");
    rig.wake().await;
    assert_eq!(event_ids(&rig.receiver.requests()), ["1", "2"]);
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 2);
}
