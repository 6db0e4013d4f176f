//! Slack in `make run`: installed in a popup, posted to, archived, installed again.

use std::time::Duration;

use e2e::person::{Decision, install};
use local::{Options, PostError, Stack};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);
const AUDIT: &str = "C0ACMEAUDIT";
const ALLOW: Decision = Decision::Allow { team: "T0ACME", channel: AUDIT };

/// A stack, and an admin who asks its API.
struct Site {
    stack: Stack,
    http: reqwest::Client,
}

impl Site {
    async fn start(name: &str) -> Self {
        let state_dir = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        // What is edited is seen at once.
        let environment = [("TENANT_CACHE_SECONDS", "0")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let stack = Stack::start(Options { state_dir, environment, ..Options::default() }).await.unwrap();
        Self { stack, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn ask(&self, method: reqwest::Method, path: &str) -> Value {
        let url = format!("{}{path}", self.stack.file().api_url);
        let answer = self.http.request(method, url).bearer_auth(&self.stack.file().admin_token).send().await;
        serde_json::from_str(&answer.unwrap().text().await.unwrap()).unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        self.ask(reqwest::Method::GET, path).await
    }

    /// Begins an installation; its popup's address and its id.
    async fn begin(&self) -> (String, String) {
        let begun = self.ask(reqwest::Method::POST, "/v1/slack/installations").await;
        let text = |key: &str| begun[key].as_str().unwrap().to_owned();
        (text("startUrl"), text("installationId"))
    }

    async fn webhook(&self) -> Value {
        self.get("/v1/webhooks").await["items"][0].clone()
    }

    async fn event(&self, id: &str) {
        let event = json!({
            "version": 1, "kind": "auditEvent", "id": id, "tenantId": "acme", "type": "findings.exported",
            "occurredAt": "2026-11-23T15:40:00Z", "actor": { "accountId": "5b10", "displayName": "Ada" },
            "details": { "projectId": id },
        });
        let queue = &self.stack.file().events_queue_url;
        self.stack.sqs().send(queue, &event.to_string(), Some("acme")).await.unwrap();
    }

    /// Asks until the webhook is in this state.
    async fn wait_for_state(&self, state: &str) -> Value {
        let waiting = async {
            loop {
                let webhook = self.webhook().await;
                if webhook["status"]["state"] == state {
                    return webhook;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never {state}"))
    }
}

#[tokio::test]
async fn a_channel_is_installed_archived_and_installed_again() {
    let site = Site::start("slack-life").await;
    let slack = site.stack.slack();
    let (start_url, id) = site.begin().await;
    assert!(start_url.starts_with(&format!("{}/v1/slack/start?ticket=", site.stack.file().api_url)));
    let end = install(&start_url, ALLOW).await;
    assert_eq!(end.status, 200, "{}", end.html);
    assert!(end.html.contains("Audit events of acme.atlassian.net go to #audit (Acme)."), "{}", end.html);
    let webhook = site.webhook().await;
    let standing = site.get(&format!("/v1/slack/installations/{id}")).await;
    assert_eq!(standing, json!({ "state": "completed", "webhookId": webhook["id"] }));
    assert_eq!((&webhook["displayName"], &webhook["kind"]), (&json!("#audit (Acme)"), &json!("slack")));
    assert!(webhook.get("url").is_none());

    site.event("10001").await;
    let messages = slack.wait_for(1, PATIENCE).await;
    assert_eq!((messages[0].channel.as_str(), messages.len()), (AUDIT, 1));
    assert_eq!(messages[0].body["blocks"][0]["text"]["text"], "🚩 Exported findings");

    slack.archive(AUDIT).unwrap();
    site.event("10002").await;
    let disabled = site.wait_for_state("disabled").await;
    assert_eq!(disabled["status"]["reason"], "slack_channel_is_archived");
    let reason = disabled["status"]["reasonText"].as_str().unwrap();
    assert!(reason.starts_with("The channel #audit was archived: unarchive it or install again"), "{reason}");
    assert_eq!(slack.refusals().get(&PostError::ChannelIsArchived), Some(&1), "no attempt is wasted on it");

    slack.unarchive(AUDIT).unwrap();
    let end = install(&site.begin().await.0, ALLOW).await;
    assert_eq!(end.status, 200, "{}", end.html);
    let renewed = site.webhook().await;
    assert_eq!((&renewed["id"], &renewed["status"]["state"]), (&webhook["id"], &json!("active")));
    assert_eq!(site.get("/v1/webhooks").await["items"].as_array().unwrap().len(), 1);
    site.event("10003").await;
    let messages = slack.wait_for(2, PATIENCE).await;
    assert!(messages.last().unwrap().body.to_string().contains("10003"));
    assert_ne!(messages[0].webhook_id, messages.last().unwrap().webhook_id, "the new URL is used");
    site.stack.stop().await;
}

#[tokio::test]
async fn a_burst_reaches_slack_whole_and_is_never_too_fast() {
    let site = Site::start("slack-burst").await;
    let (start_url, _) = site.begin().await;
    assert_eq!(install(&start_url, ALLOW).await.status, 200);
    // At its real pace, so the burst is short; the stand-in refuses what is faster.
    for n in 0..6 {
        site.event(&format!("burst-{n}")).await;
    }
    let slack = site.stack.slack();
    let messages = slack.wait_for(6, PATIENCE).await;
    let mut numbers: Vec<String> = messages
        .iter()
        .map(|message| {
            let text = message.body.to_string();
            (0..6).map(|n| format!("burst-{n}")).find(|id| text.contains(id)).unwrap()
        })
        .collect();
    numbers.sort();
    assert_eq!(numbers, (0..6).map(|n| format!("burst-{n}")).collect::<Vec<_>>());
    assert_eq!(slack.refusals().get(&PostError::RateLimited), None);
    assert_eq!(site.webhook().await["status"]["state"], "active");
    site.stack.stop().await;
}

#[tokio::test]
async fn who_cancels_gets_no_webhook_and_the_page_is_told() {
    let site = Site::start("slack-cancel").await;
    let (start_url, id) = site.begin().await;
    let end = install(&start_url, Decision::Cancel).await;
    assert_eq!(end.status, 400);
    assert!(end.html.contains("The installation was canceled at Slack."), "{}", end.html);
    let standing = site.get(&format!("/v1/slack/installations/{id}")).await;
    assert_eq!(standing, json!({ "state": "failed", "error": "access_denied" }));
    assert_eq!(site.get("/v1/webhooks").await["items"], json!([]));
    site.stack.stop().await;
}
