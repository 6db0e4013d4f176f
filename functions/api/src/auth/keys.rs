//! The issuer's public keys (RFC 7517), as far as they can verify a token.

use std::sync::Arc;

use domain::time::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use platform::cache;
use quick_cache::sync::Cache;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The keys that were fetched at one time, and the tokens that they verified.
pub(super) struct KeySet {
    keys: Vec<Key>,
    pub(super) fetched_at: Timestamp,
    /// The claims of each, by the hash of the whole token: a page asks with one token many
    /// times, and to verify a signature is a large part of what a request takes. It goes with
    /// the keys, so what they no longer vouch for is forgotten with them.
    verified: Cache<[u8; 32], Arc<Value>>,
}

/// How many verified tokens are remembered.
const REMEMBERED: usize = 256;

struct Key {
    id: String,
    algorithm: Algorithm,
    decoding: DecodingKey,
}

impl KeySet {
    /// Reads a JWK set; none when it is none. A key in it that is not
    /// understood is passed over, as RFC 7517 §5 asks.
    pub(super) fn parse(bytes: &[u8], fetched_at: Timestamp) -> Option<Self> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(bytes).ok()?;
        let keys = set.keys.into_iter().filter_map(Key::read).collect();
        Some(Self { keys, fetched_at, verified: cache::bounded(REMEMBERED) })
    }

    /// Whether the issuer has a key of this id.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id == id)
    }

    /// The claims of a token that the key of this id signed by this algorithm.
    /// Whether they hold now and for us is not asked here.
    pub(super) fn claims(&self, token: &str, id: &str, algorithm: Algorithm) -> Option<Arc<Value>> {
        let hash = Sha256::digest(token).into();
        if let Some(claims) = self.verified.get(&hash) {
            return Some(claims);
        }
        let key = self.keys.iter().find(|key| key.id == id && key.algorithm == algorithm)?;
        let decoded = jsonwebtoken::decode(token, &key.decoding, &signature_alone(algorithm)).ok()?;
        let claims: Arc<Value> = Arc::new(decoded.claims);
        self.verified.insert(hash, Arc::clone(&claims));
        Some(claims)
    }
}

/// The library checks the signature; the claims are checked in [`super::claims`],
/// with the time of the clock port.
fn signature_alone(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

impl Key {
    fn read(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let algorithm = algorithm_of(&jwk)?;
        let id = jwk.common.key_id.clone()?;
        Some(Self { id, algorithm, decoding: DecodingKey::from_jwk(&jwk).ok()? })
    }
}

/// The one algorithm that a key is used with: its type decides, and what the
/// key says of itself must agree (RFC 8725 §3.1).
fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return None,
    };
    let common = &jwk.common;
    let is_for_it = common.key_algorithm.as_ref().is_none_or(|stated| *stated == name)
        && common.public_key_use.as_ref().is_none_or(|stated| *stated == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|stated| stated.contains(&KeyOperations::Verify));
    is_for_it.then_some(algorithm)
}
