//! Whose tokens are accepted.

use std::time::Duration;

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::issuer::{ec, foreign, rsa};
use crate::world::{World, claims, start};

const INVALID: (u16, Option<&str>) = (401, Some("Bearer"));

async fn asked_with(world: &World, token: &str) -> (u16, Option<String>) {
    let answer = world.get("/v1/tenant").token(token).send().await;
    (answer.status.as_u16(), answer.header("www-authenticate").map(str::to_owned))
}

async fn is_refused(world: &World, token: &str, why: &str) {
    let (status, challenge) = asked_with(world, token).await;
    assert_eq!((status, challenge.as_deref()), INVALID, "{why}");
}

fn admin() -> Value {
    claims("acme", "u1", "admin")
}

fn changed(name: &str, value: Value) -> Value {
    let mut claims = admin();
    claims[name] = value;
    claims
}

#[tokio::test]
async fn rs256_and_es256_of_the_issuer_are_accepted() {
    let world = World::new().await;
    for signer in [rsa(), ec()] {
        assert_eq!(asked_with(&world, &signer.sign(&admin())).await.0, 200, "{}", signer.id);
    }
    let lower = world.get("/v1/tenant").header("authorization", &format!("bearer {}", rsa().sign(&admin())));
    assert_eq!(lower.send().await.status, StatusCode::OK);
    assert_eq!(world.issuer.fetches(), 1);
}

#[tokio::test]
async fn without_a_token_the_challenge_says_no_more() {
    let world = World::new().await;
    let none = world.get("/v1/tenant").without("authorization").send().await;
    assert_eq!((none.problem(), none.header("www-authenticate")), ((401, "unauthorized"), Some("Bearer")));
    let basic = world.get("/v1/tenant").header("authorization", "Basic dTpw").send().await;
    assert_eq!((basic.problem(), basic.header("www-authenticate")), ((401, "unauthorized"), Some("Bearer")));
    assert_eq!(world.issuer.fetches(), 0);
}

#[tokio::test]
async fn a_token_that_was_not_signed_by_the_issuer_is_refused() {
    let world = World::new().await;
    let good = rsa().sign(&admin());
    let parts: Vec<&str> = good.split('.').collect();
    let encoded = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = encoded(json!({"alg": "none", "kid": "rsa-1"}));
    let other = encoded(claims("other", "u1", "admin"));
    for (token, why) in [
        (String::new(), "empty"),
        ("garbage".to_owned(), "garbage"),
        ("a.b.c".to_owned(), "dots"),
        (format!("{}.{}.", none, parts[1]), "alg none"),
        (format!("{}.{}.{}", none, parts[1], parts[2]), "alg none with a signature"),
        (format!("{}.{other}.{}", parts[0], parts[2]), "other claims"),
        (format!("{}.{}.", parts[0], parts[1]), "no signature"),
        (format!("{good}.x"), "five parts"),
        (format!("{good},{good}"), "two in one header"),
        (foreign().sign(&admin()), "foreign key of the same id"),
        ("x".repeat(16 * 1024 + 1), "too long"),
    ] {
        is_refused(&world, &token, why).await;
    }
}

#[tokio::test]
async fn the_algorithm_is_the_key_s() {
    let world = World::new().await;
    let header =
        |algorithm, id: Option<&str>| Header { kid: id.map(str::to_owned), ..Header::new(algorithm) };
    let n = rsa().jwk()["n"].as_str().unwrap().to_owned();
    let shared = EncodingKey::from_secret(n.as_bytes());
    let hs256 = encode(&header(Algorithm::HS256, Some("rsa-1")), &admin(), &shared).unwrap();
    is_refused(&world, &hs256, "HS256 with the public key").await;
    let rs512 = encode(&header(Algorithm::RS512, Some("rsa-1")), &admin(), &rsa().key).unwrap();
    is_refused(&world, &rs512, "RS512").await;
    let mixed = encode(&header(Algorithm::ES256, Some("rsa-1")), &admin(), &ec().key).unwrap();
    is_refused(&world, &mixed, "ES256 with an RSA key's id").await;
    let nameless = encode(&header(Algorithm::RS256, None), &admin(), &rsa().key).unwrap();
    is_refused(&world, &nameless, "no key id").await;
    let critical = Header { crit: Some(vec!["exp".to_owned()]), ..header(Algorithm::RS256, Some("rsa-1")) };
    is_refused(&world, &encode(&critical, &admin(), &rsa().key).unwrap(), "crit").await;
}

#[tokio::test]
async fn the_claims_must_be_for_us_and_for_now() {
    let world = World::new().await;
    let now = start().as_seconds();
    for claims in [
        changed("iss", json!("https://other.example")),
        changed("aud", json!("other")),
        changed("aud", json!(null)),
        changed("exp", json!(now)),
        changed("exp", json!(null)),
        changed("nbf", json!(now + 60)),
        changed("tenant", json!("")),
        changed("tenant", json!(["acme"])),
        changed("sub", json!(null)),
        json!([]),
    ] {
        is_refused(&world, &rsa().sign(&claims), &claims.to_string()).await;
    }
    for claims in [
        changed("aud", json!(["x", "webhooks"])),
        changed("exp", json!(now + 1)),
        changed("nbf", json!(now + 29)),
        changed("role", json!(["user", "admin"])),
    ] {
        assert_eq!(asked_with(&world, &rsa().sign(&claims)).await.0, 200, "{claims}");
    }
    world.memory.advance(Duration::from_secs(86_400));
    is_refused(&world, &rsa().sign(&admin()), "expired by the clock port").await;
}

#[tokio::test]
async fn who_is_no_admin_is_forbidden() {
    let world = World::new().await;
    for role in [json!("user"), json!("ADMIN"), json!(null), json!([]), json!(true)] {
        let answer =
            world.get("/v1/event-types").token(&rsa().sign(&changed("role", role.clone()))).send().await;
        assert_eq!(answer.problem(), (403, "not_admin"), "{role}");
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let world = World::new().await;
    let token = format!("Bearer {}", rsa().sign(&admin()));
    let answer = world.get("/v1/tenant").another("authorization", &token).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), INVALID);
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
    world.issuer.go_down();
    let answer = world.get("/v1/tenant").send().await;
    assert_eq!(answer.problem(), (503, "issuer_unavailable"));
    world.issuer.answer("200 OK", &format!("{{\"keys\":[{}]}}", " ".repeat(300 * 1024)));
    assert_eq!(world.get("/v1/tenant").send().await.problem(), (503, "issuer_unavailable"), "too large");
    world.issuer.answer("302 Found\r\nlocation: http://127.0.0.1:1/", "");
    assert_eq!(world.get("/v1/tenant").send().await.problem(), (503, "issuer_unavailable"), "redirect");
    world.issuer.publish(&[json!({"kty": "oct", "kid": "x", "k": "AA"}), json!(7), ec().jwk()]);
    assert_eq!(world.get("/v1/tenant").send().await.status, StatusCode::OK, "as soon as it is back");
}

#[tokio::test]
async fn a_key_for_something_else_verifies_nothing() {
    for (name, value) in [("use", json!("enc")), ("alg", json!("RS512")), ("key_ops", json!(["encrypt"]))] {
        let world = World::new().await;
        let mut jwk = rsa().jwk();
        jwk[name] = value;
        world.issuer.publish(&[jwk]);
        is_refused(&world, &rsa().sign(&admin()), name).await;
    }
}

#[tokio::test]
async fn requests_that_need_the_same_keys_wait_for_one_fetch() {
    let world = World::new().await;
    let calls = (0..8).map(|_| world.get("/v1/tenant").send());
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!(world.issuer.fetches(), 1);
}
