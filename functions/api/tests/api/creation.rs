//! Creations: how many there may be, and the ones that are repeated.

use std::time::Duration;

use axum::http::StatusCode;
use domain::tenant::Edition;
use serde_json::{Value, json};

use crate::routes::everything;
use crate::trial::{every_row_is_whole, orphans};
use crate::unreliable::{Moment, Trap};
use crate::world::{Answer, URL, World, token};

fn body(name: &str) -> Value {
    json!({"displayName": name, "url": URL, "authorization": "Splunk hunter2"})
}

async fn keyed(world: &World, key: &str, body: &Value) -> Answer {
    world.create(body).header("idempotency-key", key).send().await
}

#[tokio::test]
async fn a_tenant_has_at_most_50_webhooks() {
    let world = World::new().await;
    let mut last = String::new();
    for place in 0..50 {
        last = world.webhook(&json!({"displayName": place.to_string()})).await;
    }
    let answer = keyed(&world, "k", &body("one more")).await;
    assert_eq!(answer.problem(), (409, "too_many_webhooks"));
    assert!(world.memory.bundle_names().is_empty(), "no secrets are left of it");
    let theirs = world.create(&body("theirs")).token(&token("other", "u1", "admin")).send().await;
    assert_eq!(theirs.status, StatusCode::CREATED);
    world.delete(&format!("/v1/webhooks/{last}")).header("if-match", "*").send().await;
    let again = keyed(&world, "k", &body("one more")).await;
    assert_eq!(again.status, StatusCode::CREATED, "the key was given back");
}

#[tokio::test]
async fn a_creation_beyond_the_limit_makes_no_secrets() {
    let trap = Trap::new(Moment::Before);
    let world = World::over(|ports| trap.over(ports)).await;
    for place in 0..50 {
        world.webhook(&json!({"displayName": place.to_string()})).await;
    }
    // Behind the tenant there would be the secrets.
    trap.set(2);
    assert_eq!(world.create(&body("one more")).send().await.problem(), (409, "too_many_webhooks"));
    assert!(trap.is_set(), "no other call was made");
}

#[tokio::test]
async fn the_last_creation_within_the_limit_can_be_repeated_though_its_outcome_was_unknown() {
    let trap = Trap::new(Moment::After);
    let world = World::over(|ports| trap.over(ports)).await;
    for place in 0..49 {
        world.webhook(&json!({"displayName": place.to_string()})).await;
    }
    // Tenant, key, secrets, then the row and the look at what became of it.
    trap.set_lasting(4, 2);
    assert_eq!(keyed(&world, "k", &body("the last")).await.problem(), (500, "internal"));
    assert_eq!(keyed(&world, "l", &body("one more")).await.problem(), (409, "too_many_webhooks"));
    for _ in 0..2 {
        let again = keyed(&world, "k", &body("the last")).await;
        assert_eq!(again.status, StatusCode::CREATED, "{}", again.text);
    }
    assert_eq!(world.rows("acme").await.len(), 50);
    every_row_is_whole(&world, "the last").await;
    assert!(orphans(&world).await.is_empty());
}

#[tokio::test]
async fn a_repeated_creation_gets_the_first_answer_again() {
    let world = World::new().await;
    let first = keyed(&world, "k", &everything()).await;
    assert_eq!(first.status, StatusCode::CREATED);
    world.memory.advance(Duration::from_secs(3_600));
    let again = keyed(&world, "k", &everything()).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    for name in ["location", "etag", "content-type"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert_eq!((world.rows("acme").await.len(), world.memory.sent_events().len()), (1, 1));
    let other_key = keyed(&world, "K", &everything()).await;
    assert_ne!(other_key.text, first.text);
    world.memory.advance(Duration::from_secs(24 * 3_600 - 3_601));
    let a_day_later =
        world.create(&everything()).header("idempotency-key", "k").token(&long_lived()).send().await;
    assert_eq!(a_day_later.text, first.text);
    world.memory.advance(Duration::from_secs(1));
    let later = world.create(&everything()).header("idempotency-key", "k").token(&long_lived()).send().await;
    assert_eq!(later.status, StatusCode::CREATED);
    assert_ne!(later.text, first.text);
}

fn long_lived() -> String {
    let mut claims = crate::world::claims("acme", "u1", "admin");
    claims["exp"] = json!(claims["exp"].as_i64().unwrap() + 86_400);
    crate::issuer::ec().sign(&claims)
}

#[tokio::test]
async fn a_tenant_that_was_removed_and_is_back_has_used_no_key() {
    let world = World::new().await;
    let first = keyed(&world, "k", &body("a")).await;
    world.memory.advance(Duration::from_secs(1));
    world.remove_tenant("acme").await;
    world.memory.advance(Duration::from_secs(1));
    world.set_edition("acme", Edition::Advanced).await;
    for _ in 0..2 {
        let created = keyed(&world, "k", &body("a")).await;
        assert_eq!(created.status, StatusCode::CREATED);
        assert_ne!(created.text, first.text);
        assert_eq!(world.get(created.header("location").unwrap()).send().await.status, StatusCode::OK);
    }
    assert_eq!(world.rows("acme").await.len(), 1);
}

#[tokio::test]
async fn a_key_is_of_one_body_and_one_tenant() {
    let world = World::new().await;
    keyed(&world, "k", &body("a")).await;
    assert_eq!(keyed(&world, "k", &body("b")).await.faults(), [" idempotency_key_reused"]);
    let theirs =
        world.create(&body("b")).header("idempotency-key", "k").token(&token("other", "u1", "admin"));
    assert_eq!(theirs.send().await.status, StatusCode::CREATED);
    assert_eq!(
        keyed(&world, "k", &json!({})).await.faults().len(),
        2,
        "a body that breaks rules uses no key"
    );
}

#[tokio::test]
async fn a_key_is_1_to_255_visible_ascii_characters() {
    let world = World::new().await;
    for bad in ["", "a b", "\u{e4}", &"x".repeat(256)] {
        assert_eq!(keyed(&world, bad, &body("n")).await.faults(), [" invalid_idempotency_key"], "{bad}");
    }
    let twice =
        world.create(&body("n")).another("idempotency-key", "a").another("idempotency-key", "b").send().await;
    assert_eq!(twice.faults(), [" invalid_idempotency_key"]);
    let longest = "~".repeat(255);
    assert_eq!(keyed(&world, &longest, &body("n")).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_refused_creation_gives_its_key_back() {
    let world = World::new().await;
    assert_eq!(keyed(&world, "k", &json!({"displayName": "n", "url": "x"})).await.faults().len(), 1);
    assert_eq!(keyed(&world, "k", &body("n")).await.status, StatusCode::CREATED);
}
