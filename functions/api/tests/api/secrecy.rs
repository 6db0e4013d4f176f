//! A secret value goes into the bundle and comes out of nothing else.

use std::time::Duration;

use serde_json::json;

use crate::canary::{CANARY, log_lines};
use crate::routes::everything;
use crate::unreliable::{Moment, Trap};
use crate::world::World;

#[tokio::test]
async fn no_answer_message_or_row_holds_a_secret() {
    let world = World::new().await;
    let created = world.create(&everything()).header("idempotency-key", "k").send().await;
    let id = created.body["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/webhooks/{id}");
    let long = format!("{CANARY}{}", "\u{e4}".repeat(300));
    let mut texts = vec![created.text];
    for call in [
        world.create(&everything()).header("idempotency-key", "k"),
        world.get(&path),
        world.get("/v1/webhooks?include=lastDelivery"),
        world.patch(&id, &json!({"displayName": "b", "authorization": "Bearer hunter2-again"})),
        world.patch(&id, &json!({"authorization": CANARY})),
        world.patch(&id, &json!({"signingSecrets": [{"value": long}, {"value": CANARY, "id": "x"}]})),
        world.patch(&id, &json!({"headers": [{"name": "X-Key", "value": "hunter2\n"}, {"name": "x-key", "value": CANARY}]})),
        world.patch(&id, &json!({"url": "https://other.example.com/"})),
        world.post("/v1/webhooks").header("content-type", "application/json").body("{\"authorization\": \"hunter2"),
        world.post(&format!("{path}/test")),
        world.delete(&path).header("if-match", "*"),
    ] {
        world.memory.advance(Duration::from_secs(10));
        texts.push(call.send().await.text);
    }
    texts.extend(world.memory.sent_events());
    texts.extend(world.memory.sent_deliveries().into_iter().map(|sent| sent.message));
    for row in world.rows("acme").await {
        texts.push(format!("{row:?}"));
        texts.push(serde_json::to_string(&row.settings).unwrap());
    }
    for text in texts {
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[tokio::test]
async fn a_failure_that_is_logged_says_no_secret() {
    let trap = Trap::new(Moment::Before);
    let world = World::over(|ports| trap.over(ports)).await;
    for call in 1..=8 {
        let lines = log_lines();
        trap.set(call);
        world.create(&everything()).header("idempotency-key", &format!("hunter-{call}")).send().await;
        assert!(call > 6 || log_lines() > lines, "call {call} is logged, and the log is listened to");
        trap.disarm();
    }
}
