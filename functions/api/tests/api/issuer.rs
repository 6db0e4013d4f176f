//! A token issuer: keys, and a listener that publishes them.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData, RsaKeySize};
use serde_json::{Value, json};

use crate::listener::Listener;

/// A private key and what is published of it.
pub(crate) struct Signer {
    pub(crate) key: EncodingKey,
    pub(crate) algorithm: Algorithm,
    pub(crate) id: &'static str,
    pub(crate) public: Public,
}

/// The public key in the spellings that a forger could take for a shared secret.
pub(crate) struct Public {
    /// PEM, as OpenSSL writes it.
    pub(crate) pem: String,
    /// The same in DER (RFC 5280, `SubjectPublicKeyInfo`).
    pub(crate) der: Vec<u8>,
    /// RFC 8017's `RSAPublicKey`, or the curve's point.
    pub(crate) raw: Vec<u8>,
}

impl Public {
    fn of(pair: &KeyPair) -> Self {
        let (der, raw) = (pair.subject_public_key_info(), pair.public_key_raw().to_vec());
        Self { pem: pair.public_key_pem(), der, raw }
    }
}

impl Signer {
    fn rsa(id: &'static str) -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        // A PKCS #8 key of this size holds the PKCS #1 key behind 26 bytes.
        let key = EncodingKey::from_rsa_der(&pair.serialize_der()[26..]);
        Self { key, algorithm: Algorithm::RS256, id, public: Public::of(&pair) }
    }

    fn ec(id: &'static str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let key = EncodingKey::from_ec_der(&pair.serialize_der());
        Self { key, algorithm: Algorithm::ES256, id, public: Public::of(&pair) }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.to_owned()), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.key).unwrap()
    }

    /// A token of exactly these two parts, signed.
    pub(crate) fn sign_parts(&self, header: &str, claims: &str) -> String {
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }

    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.to_owned());
        serde_json::to_value(jwk).unwrap()
    }
}

pub(crate) fn rsa() -> &'static Signer {
    static KEY: OnceLock<Signer> = OnceLock::new();
    KEY.get_or_init(|| Signer::rsa("rsa-1"))
}

/// Another key that claims the first one's id.
pub(crate) fn foreign() -> &'static Signer {
    static KEY: OnceLock<Signer> = OnceLock::new();
    KEY.get_or_init(|| Signer::rsa("rsa-1"))
}

pub(crate) fn ec() -> &'static Signer {
    static KEY: OnceLock<Signer> = OnceLock::new();
    KEY.get_or_init(|| Signer::ec("ec-1"))
}

/// The published keys, on a port of their own.
pub(crate) struct Issuer {
    pub(crate) url: String,
    pub(crate) listener: Listener,
}

impl Issuer {
    pub(crate) fn start() -> Self {
        let listener = Listener::start();
        let issuer = Self { url: format!("{}/keys", listener.url), listener };
        issuer.publish(&[rsa().jwk(), ec().jwk()]);
        issuer
    }

    pub(crate) fn publish(&self, keys: &[Value]) {
        self.answer("200 OK", &json!({"keys": keys}).to_string());
    }

    pub(crate) fn go_down(&self) {
        self.answer("503 Service Unavailable", "");
    }

    pub(crate) fn answer(&self, status: &str, body: &str) {
        self.listener.answer(status, body);
    }

    /// How often the keys were fetched.
    pub(crate) fn fetches(&self) -> usize {
        self.listener.requests().len()
    }
}
