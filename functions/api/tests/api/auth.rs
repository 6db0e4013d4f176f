//! Keys over time: how often they are asked for, and which of them count.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;

use crate::forgeries::{admin, changed};
use crate::issuer::{ec, foreign, rsa};
use crate::world::{World, start};

const INVALID: (u16, Option<&str>) = (401, Some("Bearer"));

async fn asked_with(world: &World, token: &str) -> (u16, Option<String>) {
    let answer = world.get("/v1/tenant").token(token).send().await;
    (answer.status.as_u16(), answer.header("www-authenticate").map(str::to_owned))
}

async fn is_refused(world: &World, token: &str, why: &str) {
    let (status, challenge) = asked_with(world, token).await;
    assert_eq!((status, challenge.as_deref()), INVALID, "{why}");
}

#[tokio::test]
async fn a_token_expires_by_the_clock_port() {
    let world = World::new().await;
    let token = rsa().sign(&admin());
    let left = start().plus(Duration::from_secs(86_400)).since(world.now());
    world.memory.advance(left - Duration::from_millis(1));
    assert_eq!(asked_with(&world, &token).await.0, 200);
    world.memory.advance(Duration::from_millis(1));
    is_refused(&world, &token, "expired").await;
}

#[tokio::test]
async fn who_is_no_admin_is_forbidden() {
    let world = World::new().await;
    for role in [
        json!("user"),
        json!("ADMIN"),
        json!("admin "),
        json!(""),
        json!(null),
        json!([]),
        json!(["user"]),
        json!([["admin"]]),
        json!({"admin": true}),
        json!(true),
        json!(1),
    ] {
        let answer = world
            .get("/v1/event-types")
            .token(&rsa().sign(&changed("role", Some(role.clone()))))
            .send()
            .await;
        assert_eq!(answer.problem(), (403, "not_admin"), "{role}");
    }
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_at_most_once_a_minute() {
    let world = World::new().await;
    world.issuer.publish(&[ec().jwk()]);
    assert_eq!(asked_with(&world, &ec().sign(&admin())).await.0, 200);
    for _ in 0..3 {
        is_refused(&world, &rsa().sign(&admin()), "not published").await;
    }
    assert_eq!(world.issuer.fetches(), 1);
    world.issuer.publish(&[ec().jwk(), rsa().jwk()]);
    is_refused(&world, &rsa().sign(&admin()), "too soon").await;
    world.memory.advance(Duration::from_secs(60));
    assert_eq!(asked_with(&world, &rsa().sign(&admin())).await.0, 200);
    assert_eq!(world.issuer.fetches(), 2);
}

#[tokio::test]
async fn keys_are_fetched_anew_every_hour_and_a_withdrawn_one_is_dropped() {
    let world = World::new().await;
    assert_eq!(asked_with(&world, &rsa().sign(&admin())).await.0, 200);
    world.issuer.publish(&[ec().jwk()]);
    world.memory.advance(Duration::from_secs(3_599));
    assert_eq!(asked_with(&world, &rsa().sign(&admin())).await.0, 200);
    world.memory.advance(Duration::from_secs(1));
    is_refused(&world, &rsa().sign(&admin()), "withdrawn").await;
    assert_eq!(asked_with(&world, &ec().sign(&admin())).await.0, 200);
    assert_eq!(world.issuer.fetches(), 2);
}

#[tokio::test]
async fn the_last_good_keys_are_kept_while_the_issuer_is_down() {
    let world = World::new().await;
    assert_eq!(asked_with(&world, &rsa().sign(&admin())).await.0, 200);
    world.issuer.go_down();
    world.memory.advance(Duration::from_secs(7_200));
    for _ in 0..3 {
        assert_eq!(asked_with(&world, &rsa().sign(&admin())).await.0, 200);
    }
    assert_eq!(world.issuer.fetches(), 2, "one try, then none for a minute");
    world.issuer.answer("200 OK", "not json");
    world.memory.advance(Duration::from_secs(60));
    assert_eq!(asked_with(&world, &rsa().sign(&admin())).await.0, 200);
}

#[tokio::test]
async fn without_any_keys_nobody_can_be_told_from_anybody() {
    let world = World::new().await;
    let asked = async |what: &str| {
        world.memory.advance(Duration::from_secs(5));
        assert_eq!(world.get("/v1/tenant").send().await.problem(), (401, "unauthorized"), "{what}");
    };
    world.issuer.go_down();
    asked("down").await;
    world.issuer.answer("200 OK", &format!("{{\"keys\":[{}]}}", " ".repeat(300 * 1024)));
    asked("too large").await;
    world.issuer.answer("302 Found\r\nlocation: http://127.0.0.1:1/", "");
    asked("redirect").await;
    world.issuer.publish(&[json!({"kty": "oct", "kid": "x", "k": "AA"}), json!(7), ec().jwk()]);
    let before = world.issuer.fetches();
    for _ in 0..9 {
        assert_eq!(
            world.get("/v1/tenant").send().await.problem(),
            (401, "unauthorized"),
            "it has just been asked"
        );
    }
    assert_eq!(world.issuer.fetches(), before, "whoever sends tokens does not make it busier");
    world.memory.advance(Duration::from_secs(5));
    assert_eq!(world.get("/v1/tenant").send().await.status, StatusCode::OK, "soon after it is back");
}

#[tokio::test]
async fn a_token_is_verified_by_the_key_that_it_names_and_no_other() {
    let world = World::new().await;
    for (signer, named) in [(rsa(), ec().id), (ec(), rsa().id)] {
        let header = json!({"alg": format!("{:?}", signer.algorithm), "kid": named}).to_string();
        is_refused(&world, &signer.sign_parts(&header, &admin().to_string()), named).await;
    }
}

#[tokio::test]
async fn a_token_may_be_16_kib_long_and_not_longer() {
    let world = World::new().await;
    let of_length = |length: usize| {
        let mut tokens =
            (11_900..12_200).map(|filling| ec().sign(&changed("more", Some("x".repeat(filling).into()))));
        tokens.find(|token| token.len() == length).unwrap()
    };
    let (longest, too_long) = (of_length(16_384), of_length(16_386));
    assert_eq!(asked_with(&world, &longest).await.0, 200);
    is_refused(&world, &too_long, "too long").await;
    is_refused(&world, "", "none").await;
    is_refused(&world, "  ", "none").await;
}

#[tokio::test]
async fn a_set_of_many_keys_is_read() {
    let world = World::new().await;
    let other = |place: usize| {
        let mut jwk = ec().jwk();
        jwk["kid"] = format!("other-{place}").into();
        jwk
    };
    let keys: Vec<serde_json::Value> = (0..500).map(other).chain([rsa().jwk()]).collect();
    assert!(json!(keys).to_string().len() > 64 * 1024);
    world.issuer.publish(&keys);
    assert_eq!(asked_with(&world, &rsa().sign(&admin())).await.0, 200);
}

#[tokio::test]
async fn requests_that_need_the_same_keys_wait_for_one_fetch() {
    let world = World::new().await;
    let calls = (0..8).map(|_| world.get("/v1/tenant").send());
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!(world.issuer.fetches(), 1);
}

#[tokio::test]
async fn an_id_that_gets_another_key_is_the_other_key_s_after_an_hour() {
    let world = World::new().await;
    let (before, after) = (rsa().sign(&admin()), foreign().sign(&admin()));
    assert_eq!(asked_with(&world, &before).await.0, 200);
    world.issuer.publish(&[foreign().jwk()]);
    is_refused(&world, &after, "a known id is no reason to ask").await;
    world.memory.advance(Duration::from_secs(3_600));
    assert_eq!(asked_with(&world, &after).await.0, 200);
    is_refused(&world, &before, "replaced").await;
    assert_eq!(world.issuer.fetches(), 2);
}

#[tokio::test]
async fn made_up_ids_cause_one_fetch_a_minute_and_harm_nobody() {
    let world = World::new().await;
    let admin = admin();
    for minute in 1..=5 {
        for number in 0..20 {
            let header = json!({"alg": "RS256", "kid": format!("{minute}-{number}")}).to_string();
            is_refused(&world, &rsa().sign_parts(&header, &admin.to_string()), "made up").await;
            assert_eq!(asked_with(&world, &rsa().sign(&admin)).await.0, 200);
        }
        assert_eq!(world.issuer.fetches(), minute);
        world.memory.advance(Duration::from_secs(60));
    }
}

#[tokio::test]
async fn requests_that_find_the_issuer_down_wait_for_one_fetch() {
    let world = World::new().await;
    world.issuer.go_down();
    let calls = (0..8).map(|_| world.get("/v1/tenant").send());
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.problem() == (401, "unauthorized")));
    assert_eq!(world.issuer.fetches(), 1);
}
