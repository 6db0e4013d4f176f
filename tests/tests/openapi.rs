//! The API held to its own document by a stranger: schemathesis makes requests of all
//! kinds from `/openapi.json`, good and bad ones, and judges every answer by it.
//! `tests/checkers/schemathesis.toml` says how.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use local::{Ca, Options, Receiver, Reply, Stack};
use reqwest::Method;
use serde_json::{Value, json};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/schemathesis");
const SETTINGS: &str = include_str!("../checkers/schemathesis.toml");
const HOST: &str = "receiver.example.com";
const PATIENCE: Duration = Duration::from_secs(60);

/// What becomes of an event at each of these paths of the receiver.
const OUTCOMES: [(&str, &str); 4] =
    [("taken", "succeeded"), ("refused", "failed"), ("down", "pending"), ("paused", "held")];
/// Webhooks to be edited and deleted; with the others they are well below the limit of 50.
const SPARE: usize = 8;
/// Installations into Slack that have begun.
const BEGUN: usize = 5;

/// A stack with a tenant that has some of everything.
struct Site {
    stack: Stack,
    // Every host leads here, so that no name that schemathesis makes up is asked for
    // elsewhere. It has a certificate of one of them.
    _receiver: Receiver,
    http: reqwest::Client,
    folder: PathBuf,
}

impl Site {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("openapi-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let ca = Ca::new().unwrap();
        let receiver = Receiver::start(&ca, &[HOST]).await.unwrap();
        receiver.answer(|request| {
            Reply::status(match request.path.as_str() {
                "/refused" => 422,
                "/down" => 503,
                _ => 200,
            })
        });
        let ca_file = folder.join("ca.pem");
        std::fs::write(&ca_file, ca.pem()).unwrap();
        let environment = [
            ("DELIVERY_EXTRA_CA_FILE", ca_file.to_string_lossy().into_owned()),
            ("DELIVERY_DANGER_CONNECT_TO", format!("::127.0.0.1:{}", receiver.port())),
            // A new webhook gets the next event.
            ("TENANT_CACHE_SECONDS", "0".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
        let options = Options { state_dir: folder.join("stack"), environment, ..Options::default() };
        let stack = Stack::start(options).await.unwrap();
        Self {
            stack,
            _receiver: receiver,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            folder,
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let file = self.stack.file();
        let request =
            self.http.request(method, format!("{}{path}", file.api_url)).bearer_auth(&file.admin_token);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    async fn webhook(&self, path: &str) -> String {
        let body = json!({
            "displayName": path, "url": format!("https://{HOST}/{path}"), "enabled": path != "paused",
            "eventTypes": ["project_scan.finished"],
            "signingSecrets": [{ "value": "correct horse battery staple" }],
            "headers": [{ "name": "X-Source", "value": "jira" }],
        });
        text(&self.ask(Method::POST, "/v1/webhooks", body).await["id"])
    }

    /// Asks until the webhook has a delivery that stands so.
    async fn delivery(&self, webhook: &str, status: &str) -> String {
        let path = format!("/v1/webhooks/{webhook}/deliveries?status={status}");
        let waiting = async {
            loop {
                let deliveries = self.ask(Method::GET, &path, Value::Null).await;
                if let [delivery, ..] = deliveries["items"].as_array().unwrap().as_slice() {
                    return text(&delivery["id"]);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never {status}"))
    }

    /// Makes what there is to be found, and writes its ids down for schemathesis.
    async fn fill(&self) {
        let mut ids: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut note = |file, id| ids.entry(file).or_default().push(id);
        let mut webhooks = Vec::new();
        for (path, _) in OUTCOMES {
            webhooks.push(self.webhook(path).await);
        }
        let file = self.stack.file();
        let event = include_str!("../events/project_scan_finished.json");
        self.stack.sqs().send(&file.events_queue_url, event, Some(&file.tenant_id)).await.unwrap();
        for (webhook, (_, status)) in webhooks.iter().zip(OUTCOMES) {
            note("deliveries", self.delivery(webhook, status).await);
            note("webhooks", webhook.clone());
        }
        for _ in 0..SPARE {
            note("spare_webhooks", self.webhook("spare").await);
        }
        for _ in 0..BEGUN {
            let begun = self.ask(Method::POST, "/v1/slack/installations", Value::Null).await;
            note("installations", text(&begun["installationId"]));
            note("tickets", text(&begun["startUrl"]).rsplit('=').next().unwrap().to_owned());
        }
        for (file, ids) in ids {
            let lines: String = ids.iter().map(|id| format!("\"{id}\"\n")).collect();
            std::fs::write(self.folder.join(file), lines).unwrap();
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Lets schemathesis test all that the document names; its report, when it has no complaint.
fn judge(folder: &Path, document: &Value, api_url: &str, token: &str) -> Value {
    assert!(Path::new(PROGRAM).exists(), "{PROGRAM} is missing: run `make test`");
    std::fs::write(folder.join("schemathesis.toml"), SETTINGS).unwrap();
    // From where the document is served, it would not test the route that serves it.
    std::fs::write(folder.join("openapi.json"), document.to_string()).unwrap();
    let output = Command::new(PROGRAM)
        .args(["--config-file", "schemathesis.toml", "run", "openapi.json", "--url", api_url])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--report", "json", "--report-json-path", "report.json"])
        // No proxy, no home: it asks the API alone, and writes into its folder alone.
        .env_clear()
        .env("HOME", folder)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    serde_json::from_str(&std::fs::read_to_string(folder.join("report.json")).unwrap()).unwrap()
}

/// How many of the requests that fit the document were carried out, by operation.
fn accepted(report: &Value) -> BTreeMap<&str, u64> {
    let of_phases = |phases: &Value| {
        phases.as_object().unwrap().values().map(|phase| phase["accepted"].as_u64().unwrap()).sum()
    };
    let rates = report["valid_rates"].as_object().unwrap();
    rates.iter().map(|(operation, phases)| (operation.as_str(), of_phases(phases))).collect()
}

#[tokio::test]
async fn every_answer_is_one_that_the_document_names() {
    let site = Site::start().await;
    site.fill().await;
    let document = site.ask(Method::GET, "/openapi.json", Value::Null).await;
    let operations: usize =
        document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    let (folder, file) = (site.folder.clone(), site.stack.file().clone());
    let judging =
        tokio::task::spawn_blocking(move || judge(&folder, &document, &file.api_url, &file.admin_token));
    let report = judging.await.unwrap();

    assert_eq!((&report["complete"], &report["operations"]["tested"]), (&json!(true), &json!(operations)));
    assert!(report["test_cases"]["generated"].as_u64() >= Some(3_000), "{}", report["test_cases"]);
    let mut accepted = accepted(&report);
    assert_eq!(accepted.len(), operations, "{accepted:?}");
    // It has no cookie of an installation's popup.
    assert_eq!(accepted.remove("GET /v1/slack/callback"), Some(0));
    assert!(accepted.values().all(|&times| times > 0), "some were only refused: {accepted:?}");
    site.stack.stop().await;
    std::fs::remove_dir_all(site.folder).unwrap();
}
