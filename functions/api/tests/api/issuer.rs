//! A token issuer: keys, and a listener that publishes them.

use std::sync::OnceLock;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use crate::listener::Listener;

/// A private key and what is published of it.
pub(crate) struct Signer {
    pub(crate) key: EncodingKey,
    pub(crate) algorithm: Algorithm,
    pub(crate) id: &'static str,
}

impl Signer {
    fn rsa(id: &'static str) -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        // A PKCS #8 key of this size holds the PKCS #1 key behind 26 bytes.
        let key = EncodingKey::from_rsa_der(&pair.serialize_der()[26..]);
        Self { key, algorithm: Algorithm::RS256, id }
    }

    fn ec(id: &'static str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        Self { key: EncodingKey::from_ec_der(&pair.serialize_der()), algorithm: Algorithm::ES256, id }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.to_owned()), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.key).unwrap()
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
    listener: Listener,
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
