//! What is in the `Authorization` header: who gets in, and that all others are
//! told the same.

use axum::http::StatusCode;
use serde_json::json;

use crate::forgeries::{Forgery, admin, by_header, by_signature, changed};
use crate::issuer::{ec, rsa};
use crate::world::{Answer, Call, World, start};
use crate::wrong_claims::by_claims;

/// A request with these `Authorization` headers.
fn asked<'a>(world: &'a World, values: &[String]) -> Call<'a> {
    let call = world.get("/v1/tenant").without("authorization");
    values.iter().fold(call, |call, value| call.another("authorization", value))
}

/// What a refusal says, apart from its request's id.
fn told(answer: &Answer) -> String {
    answer.text.replace(answer.body["requestId"].as_str().unwrap(), "")
}

fn assert_refused(answer: &Answer, name: &str) {
    assert_eq!(answer.problem(), (401, "unauthorized"), "{name}: {}", answer.text);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{name}");
}

/// Requests with no bearer token at all.
fn without_a_token() -> Vec<(&'static str, Vec<String>)> {
    let good = rsa().sign(&admin());
    let one = |text: String| vec![text];
    vec![
        ("no header", Vec::new()),
        ("Basic", one("Basic dTpw".to_owned())),
        ("a token as Basic", one(format!("Basic {good}"))),
        ("DPoP", one(format!("DPoP {good}"))),
        ("JWT", one(format!("JWT {good}"))),
        ("Token", one(format!("Token {good}"))),
        ("a scheme that begins like ours", one(format!("BearerX {good}"))),
        ("a scheme that ends like ours", one(format!("xBearer {good}"))),
        ("a colon behind the scheme", one(format!("Bearer: {good}"))),
        ("a space before the scheme", one(format!(" {good}"))),
    ]
}

/// Requests whose header holds no single token.
fn malformed() -> Vec<(&'static str, Vec<String>)> {
    let good = rsa().sign(&admin());
    let bearer = || format!("Bearer {good}");
    let one = |text: String| vec![text];
    vec![
        ("an empty header", one(String::new())),
        ("the scheme alone", one("Bearer".to_owned())),
        ("the scheme and a space", one("Bearer ".to_owned())),
        ("the scheme and spaces", one("Bearer    ".to_owned())),
        ("the token alone", one(good.clone())),
        ("a tab behind the scheme", one(format!("Bearer\t{good}"))),
        ("the scheme twice", one(format!("Bearer {}", bearer()))),
        ("two tokens", one(format!("Bearer {good} {good}"))),
        ("two tokens with a comma", one(format!("Bearer {good},{good}"))),
        ("two values in a line", one(format!("{0}, {0}", bearer()))),
        ("the same header twice", vec![bearer(), bearer()]),
        ("a good header and another", vec![bearer(), "Bearer x".to_owned()]),
        ("another header and a good one", vec!["Basic dTpw".to_owned(), bearer()]),
        (
            "two good tokens of two tenants",
            vec![bearer(), format!("Bearer {}", ec().sign(&changed("tenant", Some(json!("other")))))],
        ),
        ("a token in quotes", one(format!("Bearer \"{good}\""))),
        ("a token with a letter that is no ASCII", one(format!("Bearer {good}\u{e4}"))),
        ("16 KiB and a byte of rubbish", one(format!("Bearer {}", "x".repeat(16 * 1024 + 1)))),
        (
            "a good token of more than 16 KiB",
            one(format!("Bearer {}", rsa().sign(&changed("more", Some(json!("x".repeat(16_000))))))),
        ),
    ]
}

fn as_headers(forgeries: Vec<Forgery>) -> Vec<(String, Vec<String>)> {
    forgeries.into_iter().map(|(name, token)| (name, vec![format!("Bearer {token}")])).collect()
}

fn owned(rows: Vec<(&'static str, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    rows.into_iter().map(|(name, values)| (name.to_owned(), values)).collect()
}

#[tokio::test]
async fn whatever_is_no_good_token_is_told_the_same() {
    let (mut bodies, mut count) = (Vec::new(), 0);
    // Keys are fetched only for a token that one of them might have signed.
    for (rows, fetches) in [
        (owned(without_a_token()), 0),
        (owned(malformed()), 0),
        (as_headers(by_header()), 0),
        (as_headers(by_signature()), 1),
        (as_headers(by_claims()), 1),
    ] {
        let world = World::new().await;
        let mut group: Vec<String> = Vec::new();
        count += rows.len();
        for (name, values) in rows {
            let answer = asked(&world, &values).send().await;
            assert_refused(&answer, &name);
            group.push(told(&answer));
            assert_eq!(group[0], *group.last().unwrap(), "{name}");
            assert_eq!(world.issuer.fetches(), fetches, "{name}: one fetch for all of them at most");
        }
        bodies.extend(group.into_iter().next());
        assert_eq!(
            asked(&world, &[format!("Bearer {}", ec().sign(&admin()))]).send().await.status,
            StatusCode::OK
        );
        assert_eq!(world.issuer.fetches(), 1);
    }
    assert!(count >= 190, "{count}");
    bodies.dedup();
    assert_eq!(bodies.len(), 2, "that there was no token, or that it is not accepted: {bodies:?}");
}

/// Good tokens are remembered once they are verified, each for itself.
#[tokio::test]
async fn good_tokens_that_came_before_open_no_door_to_forged_ones() {
    let world = World::new().await;
    for signer in [rsa(), ec()] {
        for _ in 0..2 {
            let answer = asked(&world, &[format!("Bearer {}", signer.sign(&admin()))]).send().await;
            assert_eq!(answer.status, StatusCode::OK, "{}", signer.id);
        }
    }
    for (name, values) in as_headers([by_header(), by_signature()].concat()) {
        assert_refused(&asked(&world, &values).send().await, &name);
    }
}

#[tokio::test]
async fn a_token_counts_nowhere_but_in_its_header() {
    let world = World::new().await;
    let good = rsa().sign(&admin());
    for call in [
        world.get(&format!("/v1/tenant?access_token={good}")),
        world.get(&format!("/v1/tenant?token={good}&authorization=Bearer%20{good}")),
        world.get("/v1/tenant").header("cookie", &format!("token={good}; authorization=Bearer {good}")),
        world.get("/v1/tenant").header("x-authorization", &format!("Bearer {good}")),
        world.get("/v1/tenant").header("proxy-authorization", &format!("Bearer {good}")),
        world
            .get("/v1/tenant")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("access_token={good}")),
    ] {
        let answer = call.without("authorization").send().await;
        assert_refused(&answer, "elsewhere");
        assert_eq!(told(&answer), told(&asked(&world, &[]).send().await));
    }
    assert_eq!(world.issuer.fetches(), 0);
}

#[tokio::test]
async fn a_good_token_is_accepted_in_every_spelling_that_the_standards_allow() {
    let world = World::new().await;
    let now = start().as_seconds();
    let mut tokens = vec![rsa().sign(&admin()), ec().sign(&admin())];
    for (field, value) in [
        ("aud", json!(["x", "webhooks"])),
        ("aud", json!(["webhooks"])),
        ("exp", json!(now + 1)),
        ("exp", json!(1e300)),
        ("exp", json!((start().as_millis() as f64) / 1_000.0 + 0.5)),
        ("nbf", json!(now)),
        ("nbf", json!(now + 30)),
        ("nbf", json!(-1)),
        ("iat", json!(now)),
        ("iat", json!(now + 3_600)),
        ("iat", json!(1.5)),
        ("role", json!(["user", "admin"])),
        ("sub", json!("557058:f58131cb-b67d-43c7-b30d-6b58d40bd077")),
        ("more", json!("x".repeat(11_000))),
    ] {
        tokens.push(rsa().sign(&changed(field, Some(value))));
    }
    for header in [
        r#"{"alg":"RS256","kid":"rsa-1"}"#,
        r#"{"alg":"RS256","kid":"rsa-1","typ":"at+jwt","cty":"JWT","x":{"y":1}}"#,
        r#" { "kid" : "rsa-1" , "alg" : "RS256" } "#,
    ] {
        tokens.push(rsa().sign_parts(header, &admin().to_string()));
    }
    for token in &tokens {
        let answer = asked(&world, &[format!("Bearer {token}")]).send().await;
        assert_eq!((answer.status, &answer.body["id"]), (StatusCode::OK, &json!("acme")), "{token}");
    }
    for scheme in ["bearer", "BEARER", "bEaReR", "Bearer  "] {
        let answer = asked(&world, &[format!("{scheme} {}", tokens[0])]).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{scheme}");
    }
    assert_eq!(world.issuer.fetches(), 1);
}
