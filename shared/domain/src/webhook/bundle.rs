//! All secrets of one webhook, as they lie in one secret object.
//!
//! A request is never sent without them, so a bundle that is not wholly
//! understood is not read at all: an unknown key may be a credential that a
//! newer version added.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::header::HeaderName;
use super::slack::SlackUrl;
use crate::ids::SigningSecretId;
use crate::secret::SecretText;
use crate::signature::SigningKey;

/// The values that the webhook's row does not hold.
#[derive(Debug, Default)]
pub struct Bundle {
    /// The signing secrets, in the order they sign.
    pub signing_secrets: Vec<(SigningSecretId, SigningKey)>,
    /// The whole value of the `Authorization` header.
    pub authorization: Option<SecretText>,
    /// The values of the secret headers.
    pub headers: Vec<(HeaderName, SecretText)>,
    /// The URL of a Slack webhook, which is a credential.
    pub slack_url: Option<SlackUrl>,
}

/// What the allocator adds to each piece, and rounds up.
const ALLOCATED: usize = 16;

/// The text is no bundle, or one of a newer version. It says no more: the
/// cause could repeat a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secrets cannot be read")]
pub struct UnreadableBundle;

impl Bundle {
    /// What Secrets Manager holds at most
    /// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>).
    /// The rules of the settings allow 24 KiB of secrets, below 48 KiB as
    /// JSON even if every character is escaped.
    pub const MAX_JSON_BYTES: usize = 65_536;

    /// Whether there is nothing to keep secret.
    pub fn is_empty(&self) -> bool {
        self.signing_secrets.is_empty()
            && self.authorization.is_none()
            && self.headers.is_empty()
            && self.slack_url.is_none()
    }

    /// The signing secret of this id.
    pub fn signing_secret(&self, id: &SigningSecretId) -> Option<&SigningKey> {
        self.signing_secrets.iter().find(|(known, _)| known == id).map(|(_, value)| value)
    }

    /// The value of the secret header of this name.
    pub fn header(&self, name: &HeaderName) -> Option<&SecretText> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// About how much memory it takes, so that a cache of bundles can be bounded.
    pub fn bytes_in_memory(&self) -> usize {
        let text = |text: &SecretText| ALLOCATED + text.expose().len();
        let key = |(id, key): &(SigningSecretId, SigningKey)| {
            size_of_val(id) + size_of_val(key) + ALLOCATED + id.as_str().len() + text(key.secret())
        };
        let header = |(name, value): &(HeaderName, SecretText)| {
            size_of_val(name) + size_of_val(value) + ALLOCATED + name.as_str().len() + text(value)
        };
        let keys: usize = self.signing_secrets.iter().map(key).sum();
        let headers: usize = self.headers.iter().map(header).sum();
        let authorization = self.authorization.as_ref().map_or(0, text);
        let slack_url = self.slack_url.as_ref().map_or(0, |url| text(url.secret()));
        size_of::<Self>() + 3 * ALLOCATED + keys + headers + authorization + slack_url
    }

    /// The JSON text that goes into Secrets Manager.
    pub fn to_json(&self) -> SecretText {
        // Room for all of it at once: growing would leave copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::MAX_JSON_BYTES));
        let written = Written {
            signing_secrets: self
                .signing_secrets
                .iter()
                .map(|(id, key)| Keyed { id, value: Shown(key.secret()) })
                .collect(),
            authorization: self.authorization.as_ref().map(Shown),
            headers: self.headers.iter().map(|(name, value)| Named { name, value: Shown(value) }).collect(),
            slack_url: self.slack_url.as_ref().map(|url| Shown(url.secret())),
        };
        // Writing texts into memory cannot fail; an empty text would be refused when read.
        let text = match serde_json::to_writer(&mut *bytes, &written) {
            Ok(()) => String::from_utf8(bytes.to_vec()).unwrap_or_default(),
            Err(_) => String::new(),
        };
        SecretText::new(text)
    }

    /// Reads what [`Bundle::to_json`] wrote.
    ///
    /// # Errors
    /// [`UnreadableBundle`] for anything else.
    pub fn from_json(text: &str) -> Result<Self, UnreadableBundle> {
        if text.len() > Self::MAX_JSON_BYTES {
            return Err(UnreadableBundle);
        }
        let read: Read = serde_json::from_str(text).map_err(|_| UnreadableBundle)?;
        let slack_url = read.slack_url.map(|value| SlackUrl::parse(value.0)).transpose();
        Ok(Self {
            signing_secrets: read
                .signing_secrets
                .into_iter()
                .map(|one| (one.id, one.value.0.into()))
                .collect(),
            authorization: read.authorization.map(|value| value.0),
            headers: read.headers.into_iter().map(|one| (one.name, one.value.0)).collect(),
            slack_url: slack_url.map_err(|_| UnreadableBundle)?,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    signing_secrets: Vec<Keyed<&'a SigningSecretId, Shown<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization: Option<Shown<'a>>,
    headers: Vec<Named<&'a HeaderName, Shown<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slack_url: Option<Shown<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Read {
    signing_secrets: Vec<Keyed<SigningSecretId, Taken>>,
    #[serde(default)]
    authorization: Option<Taken>,
    headers: Vec<Named<HeaderName, Taken>>,
    #[serde(default)]
    slack_url: Option<Taken>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keyed<I, V> {
    id: I,
    value: V,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named<N, V> {
    name: N,
    value: V,
}

/// A secret on its way into the bundle's text, and nowhere else.
struct Shown<'a>(&'a SecretText);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

struct Taken(SecretText);

impl<'de> Deserialize<'de> for Taken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretText::new(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn secret(text: &str) -> SecretText {
        SecretText::new(text.to_owned())
    }

    fn id(random: u128) -> SigningSecretId {
        SigningSecretId::new(Timestamp::from_millis(1), random)
    }

    #[test]
    fn a_bundle_reads_back_and_does_not_print_itself() {
        let name = HeaderName::parse("DD-API-KEY").unwrap();
        let bundle = Bundle {
            signing_secrets: vec![
                (id(1), secret("hunter2-a").into()),
                (id(2), secret("hunter2-\"\\b").into()),
            ],
            authorization: Some(secret("Bearer hunter2")),
            headers: vec![(name.clone(), secret("hunter2-c"))],
            slack_url: Some(SlackUrl::parse(secret("https://hooks.slack.com/services/hunter2")).unwrap()),
        };
        assert!(!format!("{bundle:?}{:?}", bundle.to_json()).contains("hunter2"));
        let read = Bundle::from_json(bundle.to_json().expose()).unwrap();
        assert_eq!(read.to_json().expose(), bundle.to_json().expose());
        assert_eq!(read.signing_secret(&id(2)).unwrap().secret().expose(), "hunter2-\"\\b");
        assert_eq!(read.header(&name).unwrap().expose(), "hunter2-c");
        assert!(read.signing_secret(&id(3)).is_none() && !read.is_empty());
    }

    #[test]
    fn what_is_not_wholly_understood_is_not_read() {
        let empty = r#"{"signingSecrets":[],"headers":[]}"#;
        assert_eq!(Bundle::default().to_json().expose(), empty);
        assert!(Bundle::from_json(empty).unwrap().is_empty());
        for text in [
            "",
            "{}",
            r#"{"signingSecrets":[],"headers":[],"oauth":"x"}"#,
            r#"{"signingSecrets":[],"headers":[],"headers":[]}"#,
            r#"{"signingSecrets":[{"id":"x","value":"y"}],"headers":[]}"#,
            r#"{"signingSecrets":[],"headers":[],"slackUrl":"https://evil.example/services/T/B/x"}"#,
            &format!("{empty}{}", " ".repeat(Bundle::MAX_JSON_BYTES)),
        ] {
            assert!(Bundle::from_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_largest_bundle_that_the_rules_allow_fits_a_secret_object() {
        let name = |place: usize| HeaderName::parse(&format!("{place:04}")).unwrap();
        let bundle = Bundle {
            signing_secrets: (0..10).map(|place| (id(place), secret(&"\"".repeat(256)).into())).collect(),
            authorization: Some(secret(&format!("B {}", "\"".repeat(4_094)))),
            headers: (0..20).map(|place| (name(place), secret(&"\"".repeat(815)))).collect(),
            slack_url: None,
        };
        assert!(bundle.to_json().expose().len() < 48 * 1024);
    }
}
