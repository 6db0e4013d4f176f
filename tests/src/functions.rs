//! The two functions as Lambda runs them: the real binaries, driven over the
//! Lambda Runtime API, over emulated AWS, with a real TLS receiver.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::ports::Ports;
use lambda_simulator::{InvocationStatus, Simulator};
use local::emulators::Resources;
use local::sqs::{Message, Sqs};
use local::{AUDIENCE, Ca, Grant, Issuer, Receiver, SlackStandIn};
use platform::aws::{Aws, Endpoints};
use platform::settings::StoreSettings;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::emulators::{Stores, emulators, endpoints};
use crate::records::{self, Record, arn_of};
use crate::rig::{HOST, SLACK_HOST};

/// How long a function may take to start or to answer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Both functions and all that is around them. Dropping it ends the processes.
pub struct Functions {
    /// What `https://receiver.example.com` reaches.
    pub receiver: Receiver,
    /// Slack, with what was posted to it.
    pub slack: SlackStandIn,
    /// Tables and queues.
    pub resources: Resources,
    /// All that both functions have printed.
    pub output: Arc<Mutex<Vec<u8>>>,
    /// A client of the queues and of the secrets.
    pub sqs: Sqs,
    stores: StoreSettings,
    issuer: Issuer,
    api: Function,
    dispatcher: Function,
}

struct Function {
    simulator: Simulator,
    process: Child,
}

impl Functions {
    /// Starts both; `settings` go over the usual ones.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        let stores = Stores::new().await;
        let (ca, issuer) = (Ca::new().unwrap(), Issuer::start().unwrap());
        let receiver = Receiver::start(&ca, &[HOST]).await.unwrap();
        let slack = SlackStandIn::start(&ca).await.unwrap();
        let file_name = format!("{}-{}-ca.pem", stores.settings.secret_prefix, std::process::id());
        let ca_file = std::env::temp_dir().join(file_name);
        std::fs::write(&ca_file, ca.pem()).unwrap();
        let mut environment = usual_settings(&stores.settings, &endpoints().await, &issuer);
        environment.insert("DELIVERY_EXTRA_CA_FILE".to_owned(), ca_file.to_string_lossy().into_owned());
        let connect_to = format!(
            "{HOST}:443:127.0.0.1:{},{SLACK_HOST}:443:127.0.0.1:{}",
            receiver.port(),
            slack.hooks_port()
        );
        environment.insert("DELIVERY_DANGER_CONNECT_TO".to_owned(), connect_to);
        environment.insert("SLACK_BASE_URL".to_owned(), slack.url());
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let output = Arc::default();
        let api = Function::start("api", &environment, &output).await;
        let dispatcher = Function::start("dispatcher", &environment, &output).await;
        std::fs::remove_file(ca_file).unwrap();
        let sqs = emulators().await.sqs();
        let account =
            json!({ "clientId": SlackStandIn::CLIENT_ID, "clientSecret": SlackStandIn::CLIENT_SECRET });
        let app = &environment["SLACK_APP_SECRET_ID"];
        sqs.create_secret(app, &account.to_string()).await.unwrap();
        Self {
            receiver,
            slack,
            resources: stores.resources,
            output,
            sqs,
            stores: stores.settings,
            issuer,
            api,
            dispatcher,
        }
    }

    /// An admin's token for this tenant.
    pub fn token(&self, tenant: &str) -> String {
        self.issuer.token(&Grant::admin(tenant)).unwrap()
    }

    /// A request to the API as API Gateway passes it on, by an admin of this
    /// tenant; `route` is its method and path.
    pub async fn request(&self, tenant: &str, route: &str, body: Option<Value>) -> Answer {
        self.request_with(tenant, route, body, &[]).await
    }

    /// As [`Functions::request`], with more headers.
    pub async fn request_with(
        &self,
        tenant: &str,
        route: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let (method, path) = route.split_once(' ').unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut all =
            json!({ "authorization": format!("Bearer {}", self.token(tenant)), "host": "localhost" });
        if body.is_some() {
            all["content-type"] = "application/json".into();
        }
        let mut cookies = Vec::new();
        for (name, value) in headers {
            // API Gateway hands cookies over beside the other headers.
            match *name {
                "cookie" => cookies.push(*value),
                name => all[name] = (*value).into(),
            }
        }
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": all,
            "requestContext": {
                "accountId": "123456789012", "apiId": "local", "domainName": "localhost", "domainPrefix": "local",
                "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test" },
                "requestId": "request-1", "routeKey": "$default", "stage": "$default",
                "time": "23/Nov/2026:15:40:00 +0000", "timeEpoch": 1_795_448_400_000_u64
            },
            "cookies": cookies,
            "body": body.map(|body| body.to_string()), "isBase64Encoded": false
        });
        Answer::of(&self.api.invoke(event).await)
    }

    /// Hands the dispatcher a batch and gives its answer.
    pub async fn dispatch(&self, queue: &str, bodies: &[String]) -> Value {
        let url = self.resources.queue_url(queue).unwrap();
        let records = bodies.iter().zip(0..);
        let records = records.map(|(body, id): (_, usize)| Record { id: id.to_string(), body, receives: 1 });
        self.dispatcher.invoke(records::event(&arn_of(&url), records)).await
    }

    /// The ports over the same stores.
    pub async fn ports(&self) -> Ports {
        platform::ports(Aws::emulated(&endpoints().await).unwrap(), &self.stores)
    }

    /// The names of this test's secret objects.
    pub async fn secret_names(&self) -> Vec<String> {
        self.sqs.secret_names(&self.stores.secret_prefix).await.unwrap()
    }

    /// Does what Lambda does with a queue, once: receive, invoke, delete what
    /// did not fail. Waits up to `wait` for messages; gives how many there were.
    pub async fn poll(&self, queue: &str, wait: Duration) -> usize {
        let url = self.resources.queue_url(queue).unwrap();
        let messages: Vec<Message> = self.sqs.receive(&url, 10, wait).await.unwrap();
        if messages.is_empty() {
            return 0;
        }
        let records = messages.iter().map(|message| Record {
            id: message.message_id.clone(),
            body: &message.body,
            receives: message.attributes["ApproximateReceiveCount"].parse().unwrap(),
        });
        let answer = self.dispatcher.invoke(records::event(&arn_of(&url), records)).await;
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let failed: Vec<&str> =
            failures.iter().filter_map(|failure| failure["itemIdentifier"].as_str()).collect();
        let done: Vec<&str> = messages
            .iter()
            .filter(|message| !failed.contains(&message.message_id.as_str()))
            .map(|message| message.receipt_handle.as_str())
            .collect();
        self.sqs.delete(&url, &done).await.unwrap();
        messages.len()
    }
}

impl Function {
    async fn start(
        binary: &str,
        environment: &BTreeMap<String, String>,
        output: &Arc<Mutex<Vec<u8>>>,
    ) -> Self {
        let simulator = Simulator::builder()
            .function_name(binary)
            .invocation_timeout(PATIENCE)
            .region("us-east-1")
            .build()
            .await
            .unwrap();
        let mut process = Command::new(program(binary))
            .env_clear()
            .envs(simulator.lambda_env_vars())
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        collect(process.stdout.take().unwrap(), output);
        collect(process.stderr.take().unwrap(), output);
        let started = simulator.wait_for(|| simulator.is_initialized(), PATIENCE).await;
        assert!(
            started.is_ok(),
            "{binary} did not start: {}",
            String::from_utf8_lossy(&output.lock().unwrap())
        );
        Self { simulator, process }
    }

    async fn invoke(&self, event: Value) -> Value {
        let id = self.simulator.enqueue_payload(event).await;
        let state = self.simulator.wait_for_invocation_complete(&id, PATIENCE).await.unwrap();
        assert_eq!(state.status, InvocationStatus::Success, "{:?}", state.error);
        state.response.unwrap().payload
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // It may have ended already.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn usual_settings(
    stores: &StoreSettings,
    endpoints: &Endpoints,
    issuer: &Issuer,
) -> BTreeMap<String, String> {
    [
        ("TABLE_NAME", stores.table_name.as_str()),
        ("DELIVERIES_TABLE_NAME", &stores.deliveries_table_name),
        ("EVENTS_QUEUE_URL", &stores.events_queue_url),
        ("DELIVERIES_QUEUE_URL", &stores.deliveries_queue_url),
        ("SECRET_PREFIX", &stores.secret_prefix),
        ("AUTH_ISSUER", issuer.url()),
        ("AUTH_JWKS_URL", &issuer.jwks_url()),
        ("AUTH_AUDIENCE", AUDIENCE),
        ("AUTH_TENANT_CLAIM", "/tenant"),
        ("AUTH_USER_CLAIM", "/sub"),
        ("AUTH_ADMIN_CLAIM", "/role"),
        ("AUTH_ADMIN_VALUE", "admin"),
        ("PUBLIC_URL", "http://localhost"),
        ("SLACK_APP_SECRET_ID", &format!("{}-slack-app", stores.secret_prefix)),
        ("DEFAULT_EDITION", "advanced"),
        ("TENANT_CACHE_SECONDS", "0"),
        ("DELIVERY_DANGER_ALLOWED_CIDRS", "127.0.0.0/8"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &endpoints.dynamodb),
        ("AWS_ENDPOINT_URL_SQS", &endpoints.sqs),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &endpoints.secretsmanager),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The program beside this test, which `make test` has built.
fn program(binary: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(|deps| deps.parent()).unwrap().join(binary);
    assert!(program.exists(), "build the functions first: cargo build --workspace --bins");
    program
}

fn collect(mut pipe: impl std::io::Read + Send + 'static, output: &Arc<Mutex<Vec<u8>>>) {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = pipe.by_ref().read(&mut bytes) {
            output.lock().unwrap().extend_from_slice(&bytes[..count]);
        }
    });
}
