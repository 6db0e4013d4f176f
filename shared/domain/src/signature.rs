//! The two signatures of a delivery. Both are HMAC-SHA256 (RFC 2104); they
//! differ in what the key is and in what is signed.

use std::fmt;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ids::DeliveryId;
use crate::secret::SecretText;
use crate::time::Timestamp;

/// Base64 of 32 bytes.
const SIGNATURE_CHARS: usize = 44;

/// What a signature of Standard Webhooks that is an HMAC-SHA256 begins with.
const VERSION: &str = "v1,";

/// A signing secret, and what HMAC makes of it before it sees a body: that is
/// done once, and wiped with the secret.
pub struct SigningKey {
    secret: SecretText,
    keyed: OnceLock<Keyed>,
}

struct Keyed {
    soteri: Option<Hmac<Sha256>>,
    standard: Option<Hmac<Sha256>>,
}

impl SigningKey {
    /// The secret's text.
    pub fn secret(&self) -> &SecretText {
        &self.secret
    }

    fn keyed(&self) -> &Keyed {
        self.keyed.get_or_init(|| Keyed {
            soteri: hmac(self.secret.expose().as_bytes()),
            standard: standard_key(&self.secret).and_then(|key| hmac(&key)),
        })
    }
}

impl From<SecretText> for SigningKey {
    fn from(secret: SecretText) -> Self {
        Self { secret, keyed: OnceLock::new() }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.secret.fmt(f)
    }
}

/// `X-Soteri-Signature`: for each secret, in order, the Base64 of the HMAC
/// over the raw body, joined by commas. The key is the secret's text as it
/// stands: text that looks like Base64 is not decoded. None without secrets.
pub fn soteri<'a>(keys: impl Iterator<Item = &'a SigningKey>, body: &[u8]) -> Option<String> {
    let mut header = String::new();
    for key in keys {
        if header.is_empty() {
            header.reserve(SIGNATURE_CHARS);
        } else {
            header.push(',');
        }
        let mut mac = key.keyed().soteri.clone()?;
        mac.update(body);
        STANDARD.encode_string(mac.finalize().into_bytes(), &mut header);
    }
    (!header.is_empty()).then_some(header)
}

/// `webhook-signature` of Standard Webhooks
/// (<https://github.com/standard-webhooks/standard-webhooks>): space-separated
/// `v1,<Base64>` over `id.timestamp.body`. The key is the Base64-decoded
/// secret, after an optional `whsec_`, if that gives 24 to 64 bytes; other
/// secrets contribute none.
pub fn standard<'a>(
    keys: impl Iterator<Item = &'a SigningKey>,
    id: &DeliveryId,
    at: Timestamp,
    body: &[u8],
) -> Option<String> {
    let seconds = at.as_seconds().to_string();
    let mut header = String::new();
    for keyed in keys.filter_map(|key| key.keyed().standard.as_ref()) {
        if header.is_empty() {
            header.reserve(VERSION.len() + SIGNATURE_CHARS);
        } else {
            header.push(' ');
        }
        let mut mac = keyed.clone();
        for part in [id.as_str().as_bytes(), b".", seconds.as_bytes(), b".", body] {
            mac.update(part);
        }
        header.push_str(VERSION);
        STANDARD.encode_string(mac.finalize().into_bytes(), &mut header);
    }
    (!header.is_empty()).then_some(header)
}

/// HMAC takes a key of any length, so there is always one.
fn hmac(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::<Sha256>::new_from_slice(key).ok()
}

fn standard_key(secret: &SecretText) -> Option<Zeroizing<Vec<u8>>> {
    let text = secret.expose();
    let key = Zeroizing::new(STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok()?);
    (24..=64).contains(&key.len()).then_some(key)
}
