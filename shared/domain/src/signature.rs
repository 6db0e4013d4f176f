//! The two signatures of a delivery. Both are HMAC-SHA256 (RFC 2104); they
//! differ in what the key is and in what is signed.

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

/// `X-Soteri-Signature`: for each secret, in order, the Base64 of the HMAC
/// over the raw body, joined by commas. The key is the secret's text as it
/// stands: text that looks like Base64 is not decoded. None without secrets.
pub fn soteri<'a>(secrets: impl Iterator<Item = &'a SecretText>, body: &[u8]) -> Option<String> {
    let mut header = String::new();
    for secret in secrets {
        if header.is_empty() {
            header.reserve(SIGNATURE_CHARS);
        } else {
            header.push(',');
        }
        let mut mac = keyed(secret.expose().as_bytes())?;
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
    secrets: impl Iterator<Item = &'a SecretText>,
    id: &DeliveryId,
    at: Timestamp,
    body: &[u8],
) -> Option<String> {
    let mut header = String::new();
    for key in secrets.filter_map(standard_key) {
        if !header.is_empty() {
            header.push(' ');
        }
        let mut mac = keyed(&key)?;
        mac.update(id.as_str().as_bytes());
        mac.update(format!(".{}.", at.as_seconds()).as_bytes());
        mac.update(body);
        header.push_str("v1,");
        STANDARD.encode_string(mac.finalize().into_bytes(), &mut header);
    }
    (!header.is_empty()).then_some(header)
}

/// HMAC takes a key of any length, so there is always one.
fn keyed(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::<Sha256>::new_from_slice(key).ok()
}

fn standard_key(secret: &SecretText) -> Option<Zeroizing<Vec<u8>>> {
    let text = secret.expose();
    let key = Zeroizing::new(STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok()?);
    (24..=64).contains(&key.len()).then_some(key)
}
