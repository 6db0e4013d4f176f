//! What the issuer answers when it is asked for its keys. Of a set that is one,
//! a key counts if it can be trusted; of anything else nothing counts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::forgeries::admin;
use crate::issuer::{ec, foreign, rsa};
use crate::world::World;

/// An RSA key of 1,024 bits, and a token that it signed.
const WEAK_MODULUS: &str = "xO7hGuXGNWn7uW97h0iJXC--ZqmUq0vQ6WLbu39pqpAcceVvR_xU3Yg9KmNDExJ4-0M4LFlAHcwRVoTp4w887-w_GzWBdoCtAFcP_OEydyd4VJd3LNMnJQ3pGO1nOa9zOsNoY7KhDxm5LUhI72FEPA0_q7Nv_2UdRs2iiIJYp50";
const WEAK_TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IndlYWsifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoid2ViaG9va3MiLCJleHAiOjE3OTU1MzQ4MDAsInRlbmFudCI6ImFjbWUiLCJzdWIiOiJ1MSIsInJvbGUiOiJhZG1pbiJ9.dt7jX1lhXIw65S3DsnwccYhdIh8TX2BjT8g1TxYm96ybhR-aX55ToIHrs-33L37KKCo10cUODhCLAVvlJ0O0ib3IYANMU0fsp5xxWmfP0hghAZzRYxK4Kop-mxuLqSuy3eEBk_NeDbNfyrEC-3deEje09V1lKgFUJqAFkR-6fjE";

/// The published RSA key, with this in it.
fn with(name: &str, value: Value) -> Value {
    let mut jwk = rsa().jwk();
    jwk[name] = value;
    jwk
}

fn without(name: &str) -> Value {
    let mut jwk = rsa().jwk();
    jwk.as_object_mut().unwrap().remove(name);
    jwk
}

/// A set of which no key is good for a token of the RSA key.
fn useless() -> Vec<(&'static str, Vec<Value>)> {
    let off_the_curve =
        json!({"kty": "EC", "crv": "P-256", "kid": "rsa-1", "x": "A".repeat(43), "y": "A".repeat(43)});
    vec![
        ("no keys", vec![]),
        ("another key", vec![ec().jwk()]),
        ("another key of the same id", vec![foreign().jwk()]),
        ("another id", vec![with("kid", json!("rsa-2"))]),
        ("no id", vec![without("kid")]),
        ("an id that is a number", vec![with("kid", json!(1))]),
        ("for encryption", vec![with("use", json!("enc"))]),
        ("for something unknown", vec![with("use", json!("x"))]),
        ("for encryption alone, by its operations", vec![with("key_ops", json!(["encrypt"]))]),
        ("for no operation", vec![with("key_ops", json!([]))]),
        ("for RS512", vec![with("alg", json!("RS512"))]),
        ("for PS256", vec![with("alg", json!("PS256"))]),
        ("for encryption, by its algorithm", vec![with("alg", json!("RSA-OAEP"))]),
        ("for ES256", vec![with("alg", json!("ES256"))]),
        ("of another type", vec![with("kty", json!("EC"))]),
        (
            "a shared secret",
            vec![json!({"kty": "oct", "kid": "rsa-1", "alg": "RS256", "k": rsa().jwk()["n"]})],
        ),
        ("without its modulus", vec![without("n")]),
        ("without its exponent", vec![without("e")]),
        ("with a modulus that is no Base64", vec![with("n", json!("+/=="))]),
        ("with an empty modulus", vec![with("n", json!(""))]),
        ("with a modulus that is a number", vec![with("n", json!(65_537))]),
        ("with another exponent", vec![with("e", json!("Aw"))]),
        ("with the exponent 0", vec![with("e", json!("AA"))]),
        ("a point off the curve", vec![off_the_curve]),
        ("nonsense", vec![json!(null), json!(7), json!("rsa-1"), json!([]), json!({})]),
    ]
}

#[tokio::test]
async fn a_set_without_a_good_key_lets_nobody_in() {
    let sets = useless();
    assert!(sets.len() >= 25);
    for (name, keys) in sets {
        let world = World::new().await;
        world.issuer.publish(&keys);
        for _ in 0..3 {
            let answer = world.get("/v1/tenant").token(&rsa().sign(&admin())).send().await;
            assert_eq!(answer.problem(), (401, "unauthorized"), "{name}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{name}");
        }
        assert_eq!(world.issuer.fetches(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_good_key_counts_whatever_stands_beside_it() {
    let others: Vec<Value> = useless().into_iter().flat_map(|(_, keys)| keys).collect();
    // Of two keys of one id and algorithm the first counts (RFC 7517 §4.5 wants distinct ids).
    let is_rival = |key: &Value| {
        let numbers = |key: &Value| (key["n"].clone(), key["e"].clone());
        key["kty"] == "RSA" && numbers(key) != numbers(&rsa().jwk())
    };
    let passed_over: Vec<Value> = others.iter().filter(|key| !is_rival(key)).cloned().collect();
    assert!(passed_over.len() >= 15);
    for keys in [
        vec![with("use", json!("sig")), with("alg", json!("RS256"))],
        vec![with("key_ops", json!(["verify", "sign"]))],
        vec![without("alg"), ec().jwk()],
        [passed_over, vec![rsa().jwk()]].concat(),
        [vec![rsa().jwk()], others].concat(),
    ] {
        let world = World::new().await;
        world.issuer.publish(&keys);
        let answer = world.get("/v1/tenant").token(&rsa().sign(&admin())).send().await;
        assert_eq!(answer.status, 200, "{keys:?}");
    }
}

/// RFC 8017 §9.2: what a signature is before the private key is applied. With
/// the exponent 1, anybody can write it.
fn unsigned_signature(message: &str) -> String {
    const SHA256: [u8; 19] =
        [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
    let digest = [SHA256.as_slice(), &Sha256::digest(message)].concat();
    let padding = vec![0xff; 256 - 3 - digest.len()];
    URL_SAFE_NO_PAD.encode([vec![0, 1], padding, vec![0], digest].concat())
}

#[tokio::test]
async fn a_weak_key_verifies_nothing_though_the_issuer_publishes_it() {
    let signed = rsa().sign(&admin());
    let message = signed.rsplit_once('.').unwrap().0;
    let forged = format!("{message}.{}", unsigned_signature(message));
    let weak = json!({"kty": "RSA", "kid": "weak", "n": WEAK_MODULUS, "e": "AQAB"});
    for (name, key, token) in
        [("1,024 bits", weak, WEAK_TOKEN.to_owned()), ("the exponent 1", with("e", json!("AQ")), forged)]
    {
        let world = World::new().await;
        world.issuer.publish(&[key, ec().jwk()]);
        let answer = world.get("/v1/tenant").token(&token).send().await;
        assert_eq!(answer.problem(), (401, "unauthorized"), "{name}");
        assert_eq!(world.get("/v1/tenant").send().await.status, 200, "{name}: others are as good as before");
        assert_eq!(world.issuer.fetches(), 1, "{name}");
    }
}

/// Answers that are no set of keys.
const ANSWERS: &[(&str, &str, &str)] = &[
    ("down", "503 Service Unavailable", ""),
    ("broken", "500 Internal Server Error", "{\"keys\":[]}"),
    ("not found", "404 Not Found", "{\"keys\":[]}"),
    ("not allowed", "401 Unauthorized", "{\"keys\":[]}"),
    ("created", "201 Created", "{\"keys\":[]}"),
    ("no content", "204 No Content", ""),
    ("a redirect", "302 Found\r\nlocation: http://127.0.0.1:1/", "{\"keys\":[]}"),
    ("nothing", "200 OK", ""),
    ("a page", "200 OK\r\ncontent-type: text/html", "<html>"),
    ("cut off JSON", "200 OK", "{\"keys\":["),
    ("two documents", "200 OK", "{\"keys\":[]}{\"keys\":[]}"),
    ("no member of that name", "200 OK", "{\"Keys\":[]}"),
    ("keys by name", "200 OK", "{\"keys\":{}}"),
    ("null", "200 OK", "{\"keys\":null}"),
    ("a list", "200 OK", "[[]]]"),
    ("a text", "200 OK", "\"keys\""),
    ("a byte order mark", "200 OK", "\u{feff}{\"keys\":[]}"),
    ("a head that is none", "OK", ""),
];

#[tokio::test]
async fn an_answer_that_is_no_set_of_keys_is_as_good_as_none() {
    assert!(ANSWERS.len() >= 18);
    for (name, status, body) in ANSWERS {
        let world = World::new().await;
        world.issuer.answer(status, body);
        assert_refused(&world, name).await;
        assert_eq!(world.issuer.fetches(), 1, "{name}: one request, one fetch");
        world.issuer.publish(&[ec().jwk()]);
        world.memory.advance(std::time::Duration::from_secs(5));
        assert_eq!(world.get("/v1/tenant").send().await.status, 200, "{name}: soon after it is back");
        world.issuer.answer(status, body);
        world.memory.advance(std::time::Duration::from_secs(3_600));
        assert_eq!(world.get("/v1/tenant").send().await.status, 200, "{name}: the last good keys stay");
        assert_eq!(world.issuer.fetches(), 3, "{name}");
    }
}

async fn assert_refused(world: &World, name: &str) {
    let answer = world.get("/v1/tenant").send().await;
    assert_eq!(answer.problem(), (401, "unauthorized"), "{name}");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.is_some_and(|challenge| challenge.starts_with("Bearer")), "{name}");
}

#[tokio::test]
async fn an_answer_without_end_and_one_that_never_comes_are_given_up() {
    let large = format!("{{\"keys\":[{}]}}", " ".repeat(256 * 1024));
    let worlds = [World::new().await, World::new().await, World::new().await, World::new().await];
    worlds[0].issuer.answer("200 OK", &large);
    worlds[1].issuer.listener.cut_off("200 OK", "{\"keys\":[]}");
    worlds[2].issuer.listener.stall("200 OK", "{\"keys\":[");
    worlds[3].issuer.listener.hang();
    let names = ["256 KiB and more", "cut off", "stalled", "no answer"];
    let asked = worlds.iter().zip(names).map(|(world, name)| assert_refused(world, name));
    futures::future::join_all(asked).await;
    assert!(worlds.iter().all(|world| world.issuer.fetches() == 1));
}
