//! The signatures against vectors made by other programs.

use domain::ids::DeliveryId;
use domain::secret::SecretText;
use domain::signature::{SigningKey, soteri, standard};
use domain::time::Timestamp;

#[derive(serde::Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(serde::Deserialize)]
struct Vector {
    name: String,
    secrets: Vec<String>,
    body: String,
    header: Option<String>,
}

fn secrets(texts: &[&str]) -> Vec<SigningKey> {
    texts.iter().map(|text| SecretText::new((*text).to_owned()).into()).collect()
}

/// The vectors were computed with `node:crypto`.
#[test]
fn x_soteri_signature_keeps_to_the_vectors() {
    let all: Vectors = serde_json::from_str(include_str!("vectors/signatures.json")).unwrap();
    assert!(all.vectors.len() >= 11);
    for vector in all.vectors {
        let secrets: Vec<SigningKey> =
            vector.secrets.into_iter().map(|text| SecretText::new(text).into()).collect();
        assert_eq!(soteri(secrets.iter(), vector.body.as_bytes()), vector.header, "{}", vector.name);
    }
}

/// Computed with Python's hmac over `id.timestamp.body`.
#[test]
fn webhook_signature_is_the_one_of_standard_webhooks() {
    let id = DeliveryId::parse("dlv_01ARYZ6S410000000000000000").unwrap();
    let at = Timestamp::from_millis(1_614_265_330_999);
    let body = br#"{"test": 2432232314}"#;
    let expected = "v1,g2avsIhUQB8PHvST2fta3LWnbT4bXeHYHCt/NxQSHvw=";
    assert_eq!(
        standard(secrets(&["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).iter(), &id, at, body).as_deref(),
        Some(expected)
    );
    assert_eq!(
        standard(secrets(&["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).iter(), &id, at, body).as_deref(),
        Some(expected)
    );
    let both = secrets(&[
        "not base64 at all!",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    ]);
    assert_eq!(
        standard(both.iter(), &id, at, body),
        Some(format!("{expected} v1,Eb6dfvCJaSOIcxhhqy6Wc5miPluY4RU/miDL7RJIEtU="))
    );
}

/// The key is 24 to 64 bytes long once decoded; anything else contributes nothing.
#[test]
fn a_secret_that_is_no_standard_webhooks_key_contributes_none() {
    let id = DeliveryId::parse("dlv_01ARYZ6S410000000000000000").unwrap();
    let at = Timestamp::from_millis(0);
    let of_bytes = |n: usize| format!("{}==", "A".repeat(n.div_ceil(3) * 4 - 2));
    assert!(standard(secrets(&[&"A".repeat(32)]).iter(), &id, at, b"{}").is_some(), "24 bytes");
    assert!(standard(secrets(&[&of_bytes(64)]).iter(), &id, at, b"{}").is_some(), "64 bytes");
    for none in ["A".repeat(28), format!("{}=", "A".repeat(87)), "correct horse battery".to_owned()] {
        assert_eq!(standard(secrets(&[&none]).iter(), &id, at, b"{}"), None, "{none}");
    }
    assert_eq!(standard([].into_iter(), &id, at, b"{}"), None);
}
