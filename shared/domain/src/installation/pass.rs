//! The one-use secrets of an installation: what they stand for, and the hashes
//! that are kept of them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::ids::{AccountId, InstallationId, TenantId};
use crate::secret::SecretText;
use crate::time::Timestamp;

/// A ticket or a state is good for 10 minutes; so are Slack's codes.
pub const PASS_LIFE: Duration = Duration::from_secs(10 * 60);
/// An expired pass is kept for a while, so that who brings it is told so.
pub const PASS_KEPT: Duration = Duration::from_secs(60 * 60);
const _: () = assert!(PASS_KEPT.as_secs() > PASS_LIFE.as_secs(), "a pass outlives its life");

/// What a ticket or a state stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Whose installation.
    pub tenant: TenantId,
    /// Which one.
    pub installation: InstallationId,
    /// The admin who began it.
    pub by: AccountId,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The browser that it was issued to: a state's alone.
    pub browser: Option<Fingerprint>,
}

/// What a pass is found by: a hash of its secret, apart for each kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PassKey(String);

/// A browser: a hash of the secret in its cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

/// 256 random bits as 43 characters that stand in URLs and cookies as they are.
#[derive(Debug)]
pub struct PassSecret(SecretText);

impl Pass {
    /// Whether it is too old.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now.since(self.issued_at) > PASS_LIFE
    }
}

impl PassKey {
    /// Of a ticket.
    pub fn of_ticket(secret: &PassSecret) -> Self {
        Self(hash("ticket", secret))
    }

    /// Of a state.
    pub fn of_state(secret: &PassSecret) -> Self {
        Self(hash("state", secret))
    }

    /// The hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Fingerprint {
    /// Of the secret in the browser's cookie.
    pub fn of(secret: &PassSecret) -> Self {
        Self(hash("browser", secret))
    }

    /// What was stored.
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PassSecret {
    const BYTES: usize = 32;

    /// A new one; both halves come from the dice.
    pub fn new(halves: [u128; 2]) -> Self {
        Self(SecretText::new(URL_SAFE_NO_PAD.encode(halves.map(u128::to_be_bytes).concat())))
    }

    /// Reads one back; none when the text cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == Self::BYTES).then(|| Self(SecretText::new(text.to_owned())))
    }

    /// Its text, for the URL or the cookie that carries it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// What has 256 random bits needs no salt and no slow hash.
fn hash(kind: &str, secret: &PassSecret) -> String {
    let mut hash = Sha256::new();
    hash.update(kind);
    hash.update([0]);
    hash.update(secret.expose());
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_32_random_bytes_and_its_hashes_are_apart() {
        let secret = PassSecret::new([u128::MAX, 1]);
        assert_eq!(secret.expose(), "_____________________wAAAAAAAAAAAAAAAAAAAAE");
        let read = PassSecret::read(secret.expose()).unwrap();
        assert_eq!(PassKey::of_ticket(&read), PassKey::of_ticket(&secret));
        assert_ne!(PassKey::of_ticket(&secret), PassKey::of_state(&secret));
        assert_ne!(PassKey::of_state(&secret).as_str(), Fingerprint::of(&secret).as_str());
        assert!(!format!("{secret:?}").contains("____"));
        let long = format!("{}A", secret.expose());
        for wrong in
            ["", "x", &secret.expose()[1..], &long, &"=".repeat(43), &"/".repeat(43), &"ü".repeat(43)]
        {
            assert!(PassSecret::read(wrong).is_none(), "{wrong}");
        }
    }
}
