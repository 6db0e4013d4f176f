//! `make run`, from the outside: what its `stack.json` promises is there.

use std::process::Command;
use std::time::Duration;

use e2e::rig::event_ids;
use local::{Grant, Options, Stack};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);

const SECRET: &str = "correct horse battery staple";

/// What the sample of the README says of a signature, run by Node.
fn is_genuine(body: &[u8], signature: &str, secret: &str) -> bool {
    let readme = include_str!("../../README.md");
    let sample = readme.split("```js\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let call = "const [body, header, secret] = process.argv.slice(-3);
        console.log(isGenuine(Buffer.from(body), header, secret));";
    let node = Command::new("node")
        .args(["--input-type=module", "--eval", &format!("{sample}\n{call}"), "--"])
        .args([std::str::from_utf8(body).unwrap(), signature, secret])
        .output()
        .unwrap();
    match String::from_utf8(node.stdout).unwrap().trim() {
        "true" => true,
        "false" => false,
        other => panic!("{other} {}", String::from_utf8_lossy(&node.stderr)),
    }
}

async fn start(name: &str) -> Stack {
    let state_dir = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    Stack::start(Options { state_dir, ..Options::default() }).await.unwrap()
}

async fn request(stack: &Stack, tenant: &str, route: &str, body: Option<Value>) -> (u16, Value) {
    let (method, path) = route.split_once(' ').unwrap();
    let token = stack.issuer().token(&Grant::admin(tenant)).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request =
        client.request(method.parse().unwrap(), format!("{}{path}", stack.file().api_url)).bearer_auth(token);
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
}

#[tokio::test]
async fn a_newcomer_makes_a_webhook_and_sees_an_event_arrive() {
    let stack = start("stack-one").await;
    let (status, tenant) = request(&stack, &stack.file().tenant_id, "GET /v1/tenant", None).await;
    assert_eq!(
        (status, &tenant["edition"], &tenant["webhooksEnabled"]),
        (200, &json!("advanced"), &json!(true))
    );
    let hook = json!({
        "displayName": "Receiver", "url": format!("{}hook", stack.file().receiver_url),
        "signingSecrets": [{ "value": SECRET }],
    });
    let (status, made) = request(&stack, &stack.file().tenant_id, "POST /v1/webhooks", Some(hook)).await;
    assert_eq!(status, 201, "{made}");
    let event = include_str!("../events/project_scan_finished.json");
    stack.sqs().send(&stack.file().events_queue_url, event, Some("acme")).await.unwrap();
    let requests = stack.receiver().wait_for(1, PATIENCE).await;
    assert_eq!(event_ids(&requests), ["01JDCX7T2Q4V9M8R6W0KZBN5EH"]);
    let (body, signature) = (&requests[0].body, requests[0].header("x-soteri-signature").unwrap());
    assert!(is_genuine(body, signature, SECRET));
    assert!(!is_genuine(body, signature, "correct horse battery stable"));
    assert!(!is_genuine(b"{}", signature, SECRET));
    stack.stop().await;
}

#[tokio::test]
async fn two_stacks_run_side_by_side_and_a_stopped_one_leaves_no_file() {
    let (one, other) = tokio::join!(start("stack-two"), start("stack-three"));
    assert_ne!(one.file().api_url, other.file().api_url);
    let hook = json!({ "displayName": "Receiver", "url": "https://receiver.example.com/" });
    assert_eq!(request(&one, "acme", "POST /v1/webhooks", Some(hook)).await.0, 201);
    assert_eq!(request(&other, "acme", "GET /v1/webhooks", None).await.1["items"], json!([]));
    let file = std::env::temp_dir().join(format!("stack-two-{}", std::process::id())).join("stack.json");
    assert!(file.exists());
    one.stop().await;
    assert!(!file.exists());
    assert_eq!(request(&other, "acme", "GET /health", None).await.0, 200);
    other.stop().await;
}
