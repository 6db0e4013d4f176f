//! The issuer's public keys (RFC 7517), as far as they can verify a token.

use domain::time::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// The keys that were fetched at one time.
pub(super) struct KeySet {
    keys: Vec<Key>,
    pub(super) fetched_at: Timestamp,
}

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
        Some(Self { keys, fetched_at })
    }

    /// Whether the issuer has a key of this id.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id == id)
    }

    /// The key of this id, for this algorithm.
    pub(super) fn find(&self, id: &str, algorithm: Algorithm) -> Option<DecodingKey> {
        let found = self.keys.iter().find(|key| key.id == id && key.algorithm == algorithm);
        found.map(|key| key.decoding.clone())
    }
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
