//! Tokens that the issuer did not sign, or not like this.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use jsonwebtoken::crypto::sign;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::issuer::{Signer, ec, foreign, rsa};
use crate::world::claims;

/// A token, and what is wrong with it.
pub(crate) type Forgery = (String, String);

pub(crate) fn admin() -> Value {
    claims("acme", "u1", "admin")
}

/// The claims of a good token, with another value, or without it.
pub(crate) fn changed(name: &str, value: Option<Value>) -> Value {
    let mut claims = admin();
    match value {
        Some(value) => claims[name] = value,
        None => drop(claims.as_object_mut().unwrap().remove(name)),
    }
    claims
}

pub(crate) fn named(name: impl Into<String>, token: impl Into<String>) -> Forgery {
    (name.into(), token.into())
}

fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A good token's header, claims and signature.
fn parts(signer: &Signer) -> [String; 3] {
    let token = signer.sign(&admin());
    let parts: Vec<&str> = token.split('.').collect();
    [parts[0], parts[1], parts[2]].map(str::to_owned)
}

/// Refused by their header: no key is looked for.
pub(crate) fn by_header() -> Vec<Forgery> {
    let [header, body, signature] = parts(rsa());
    let mut all: Vec<Forgery> = ["none", "None", "NONE", "nOnE", "", "rs256", "RS256 ", "XX256"]
        .into_iter()
        .flat_map(|algorithm| {
            let header = encoded(&json!({"alg": algorithm, "kid": "rsa-1"}).to_string());
            [
                named(format!("alg {algorithm:?}, unsigned"), format!("{header}.{body}.")),
                named(format!("alg {algorithm:?}, signed"), format!("{header}.{body}.{signature}")),
            ]
        })
        .collect();
    for header in [
        r#"{"kid":"rsa-1"}"#,
        r#"{"alg":null,"kid":"rsa-1"}"#,
        r#"{"alg":1,"kid":"rsa-1"}"#,
        r#"{"alg":["RS256"],"kid":"rsa-1"}"#,
        r#"{"alg":"none","alg":"RS256","kid":"rsa-1"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"RS256","kid":null}"#,
        r#"{"alg":"RS256","kid":1}"#,
        r#"{"alg":"RS256","kid":["rsa-1"]}"#,
        r#"{"alg":"RS256","kid":"rsa-1","kid":"ec-1"}"#,
        r#"{"alg":"RS256","kid":"rsa-1","crit":["exp"],"exp":1}"#,
        r#"{"alg":"RS256","kid":"rsa-1","crit":["b64"],"b64":false}"#,
        r#"{"alg":"RS256","kid":"rsa-1","crit":[]}"#,
        r#"{"alg":"RS256","kid":"rsa-1","crit":"exp"}"#,
        r#"["RS256","rsa-1"]"#,
        r#""RS256""#,
        "null",
        "",
        "{",
        r#"{"alg":"RS256","kid":"rsa-1"} {}"#,
    ] {
        all.push(named(format!("header {header}"), rsa().sign_parts(header, &admin().to_string())));
    }
    for (name, token) in [
        ("no dots", "garbage".to_owned()),
        ("letters and dots", "a.b.c".to_owned()),
        ("dots alone", "..".to_owned()),
        ("one part", header.clone()),
        ("two parts", format!("{header}.{body}")),
        ("four parts", format!("{header}.{body}.{signature}.x")),
        ("five parts, as of a JWE", format!("{header}.{body}.{signature}.x.x")),
        ("a header of another alphabet", format!("{header}+.{body}.{signature}")),
        (
            "a padded header",
            format!("{}.{body}.{signature}", URL_SAFE.encode(r#"{"alg":"RS256","kid":"r"}"#)),
        ),
        ("a header that is no UTF-8", format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode([0xff, 0xfe]))),
    ] {
        all.push(named(name, token));
    }
    all.extend(of_other_algorithms());
    all
}

/// A key may be used with its own algorithm alone (RFC 8725 §3.1): the public
/// one is no shared secret, however it is spelled.
fn of_other_algorithms() -> Vec<Forgery> {
    let header =
        |algorithm, signer: &Signer| Header { kid: Some(signer.id.to_owned()), ..Header::new(algorithm) };
    let mut all = Vec::new();
    for signer in [rsa(), ec()] {
        let jwk = signer.jwk();
        let part = |name: &str| jwk[name].as_str().unwrap_or_default().to_owned();
        let coordinate = if signer.id == "rsa-1" { part("n") } else { part("x") };
        let public = &signer.public;
        for (spelling, secret) in [
            ("PEM", public.pem.clone().into_bytes()),
            ("PEM without its last line break", public.pem.trim_end().to_owned().into_bytes()),
            ("DER", public.der.clone()),
            ("raw", public.raw.clone()),
            ("JWK", jwk.to_string().into_bytes()),
            ("the JWK's number", coordinate.clone().into_bytes()),
            ("the JWK's number decoded", URL_SAFE_NO_PAD.decode(&coordinate).unwrap()),
            ("nothing", Vec::new()),
        ] {
            let key = EncodingKey::from_secret(&secret);
            for algorithm in [Algorithm::HS256, Algorithm::HS512] {
                let token = encode(&header(algorithm, signer), &admin(), &key).unwrap();
                all.push(named(
                    format!("{algorithm:?} with {}'s public key as {spelling}", signer.id),
                    token,
                ));
            }
        }
    }
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS512] {
        let token = encode(&header(algorithm, rsa()), &admin(), &rsa().key).unwrap();
        all.push(named(format!("{algorithm:?}"), token));
    }
    for algorithm in ["ES384", "EdDSA", "ES512", "ES256K"] {
        let header = json!({"alg": algorithm, "kid": "ec-1"}).to_string();
        all.push(named(algorithm, ec().sign_parts(&header, &admin().to_string())));
    }
    all
}

/// Refused by their key or their signature.
pub(crate) fn by_signature() -> Vec<Forgery> {
    let mut all = vec![
        named("a foreign key that claims the id", foreign().sign(&admin())),
        named("an RSA key's id with ES256", {
            let header = Header { kid: Some("rsa-1".to_owned()), ..Header::new(Algorithm::ES256) };
            encode(&header, &admin(), &ec().key).unwrap()
        }),
        named("an EC key's id with RS256", {
            let header = Header { kid: Some("ec-1".to_owned()), ..Header::new(Algorithm::RS256) };
            encode(&header, &admin(), &rsa().key).unwrap()
        }),
        named("the forger's key in the header", {
            let header = json!({"alg": "RS256", "kid": "rsa-1", "jwk": foreign().jwk()}).to_string();
            foreign().sign_parts(&header, &admin().to_string())
        }),
        named("the forger's keys at an address in the header", {
            let header =
                r#"{"alg":"RS256","kid":"rsa-1","jku":"http://127.0.0.1:9/k","x5u":"http://127.0.0.1:9/c"}"#;
            foreign().sign_parts(header, &admin().to_string())
        }),
    ];
    for id in ["rsa-2", "", "RSA-1", "rsa-1 ", "../rsa-1", "rsa-1\0", &"k".repeat(4_096)] {
        let header = json!({"alg": "RS256", "kid": id}).to_string();
        let name = format!("key id {:?}", id.get(..8).unwrap_or(id));
        all.push(named(name, rsa().sign_parts(&header, &admin().to_string())));
    }
    all.extend([rsa(), ec()].into_iter().flat_map(altered));
    all.push(named("an ECDSA signature in DER", {
        let [header, body, signature] = parts(ec());
        format!(
            "{header}.{body}.{}",
            URL_SAFE_NO_PAD.encode(der(&URL_SAFE_NO_PAD.decode(signature).unwrap()))
        )
    }));
    all
}

/// A good token of which a part is another.
fn altered(signer: &'static Signer) -> Vec<Forgery> {
    let [header, body, signature] = parts(signer);
    let bytes = URL_SAFE_NO_PAD.decode(&signature).unwrap();
    let flipped: Vec<u8> = bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 40)).collect();
    let foreign = encoded(&claims("other", "u1", "admin").to_string());
    let [_, _, of_others] = signer
        .sign(&claims("other", "u1", "admin"))
        .split('.')
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let tokens = [
        ("other claims", format!("{header}.{foreign}.{signature}")),
        ("another token's signature", format!("{header}.{body}.{of_others}")),
        ("no signature", format!("{header}.{body}.")),
        ("a signature of one byte", format!("{header}.{body}.AA")),
        ("a signature of zeros", format!("{header}.{body}.{}", URL_SAFE_NO_PAD.encode(vec![0; bytes.len()]))),
        ("a signature with a flipped bit", format!("{header}.{body}.{}", URL_SAFE_NO_PAD.encode(&flipped))),
        ("half a signature", format!("{header}.{body}.{}", &signature[..signature.len() / 2])),
        ("a longer signature", format!("{header}.{body}.{signature}AAAA")),
        ("a padded signature", format!("{header}.{body}.{signature}==")),
        ("a signature of another alphabet", format!("{header}.{body}.{}", "+/".repeat(43))),
        ("claims of another alphabet", {
            let message = format!("{header}.{body}+");
            format!("{message}.{}", sign(message.as_bytes(), &signer.key, signer.algorithm).unwrap())
        }),
    ];
    let named_by_key = |(name, token): (&str, String)| named(format!("{name} ({})", signer.id), token);
    tokens.into_iter().map(named_by_key).collect()
}

/// `SEQUENCE { r INTEGER, s INTEGER }`, where JOSE wants both without a frame (RFC 7518 §3.4).
fn der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(32);
    let integer = |number: &[u8]| [&[2, 33, 0], number].concat();
    [vec![0x30, 70], integer(r), integer(s)].concat()
}
