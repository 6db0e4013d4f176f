//! The headers that an admin adds to a webhook's requests.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::fault::FaultCode;
use crate::secret::SecretText;

/// A header's name, written as the admin wrote it and compared without case
/// (RFC 9110 §5.1). Never one that we set ourselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HeaderName(String);

/// Why a header's name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderNameFault {
    /// It is no RFC 9110 token, or too long.
    #[error("The header name must be 1 to 128 letters, digits and any of !#$%&'*+-.^_`|~.")]
    NotAToken,
    /// We set this header ourselves, or it belongs to the connection.
    #[error("This header is reserved; the authorization has a setting of its own.")]
    Reserved,
}

impl HeaderNameFault {
    /// The rule's code.
    pub const fn code(self) -> FaultCode {
        match self {
            Self::NotAToken => FaultCode::InvalidHeader,
            Self::Reserved => FaultCode::ReservedHeader,
        }
    }
}

/// Authorization has its own setting; the rest is ours to set, frames the
/// message, or belongs to the connection (RFC 9110 §7.6.1, RFC 9112 §6).
const RESERVED: [&str; 13] = [
    "authorization",
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "date",
    "user-agent",
    "cookie",
];
const RESERVED_PREFIXES: [&str; 4] = ["proxy-", "x-soteri-", "webhook-", "x-amz-"];
const SECRET_WORDS: [&str; 6] = ["key", "token", "secret", "auth", "password", "signature"];

impl HeaderName {
    /// The longest name in bytes.
    pub const MAX_BYTES: usize = 128;

    /// Reads a name.
    ///
    /// # Errors
    /// [`HeaderNameFault`]: the rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, HeaderNameFault> {
        if text.len() > Self::MAX_BYTES || !is_token(text) {
            return Err(HeaderNameFault::NotAToken);
        }
        let lower = text.to_ascii_lowercase();
        let reserved = RESERVED.contains(&lower.as_str())
            || RESERVED_PREFIXES.iter().any(|prefix| lower.starts_with(prefix));
        if reserved { Err(HeaderNameFault::Reserved) } else { Ok(Self(text.to_owned())) }
    }

    /// The name as the admin wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a header of this name is secret unless the admin says otherwise.
    pub fn sounds_secret(&self) -> bool {
        let lower = self.0.to_ascii_lowercase();
        SECRET_WORDS.iter().any(|word| lower.contains(word))
    }
}

impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for HeaderName {}

impl Hash for HeaderName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_ascii_lowercase().hash(state);
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for HeaderName {
    type Error = HeaderNameFault;
    fn try_from(text: String) -> Result<Self, HeaderNameFault> {
        Self::parse(&text)
    }
}

impl From<HeaderName> for String {
    fn from(name: HeaderName) -> Self {
        name.0
    }
}

/// A header's value: visible ASCII and inner spaces, 1 to 4,096 bytes.
#[derive(Debug)]
pub struct HeaderValue(SecretText);

/// The text is no header value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The header value must be 1 to 4,096 visible ASCII characters and inner spaces.")]
pub struct BadHeaderValue;

impl HeaderValue {
    /// The longest value in bytes.
    pub const MAX_BYTES: usize = 4_096;

    /// Reads a value.
    ///
    /// # Errors
    /// [`BadHeaderValue`] when the text breaks the rule.
    pub fn parse(text: &str) -> Result<Self, BadHeaderValue> {
        let fits = text.len() <= Self::MAX_BYTES && is_field_text(text);
        if fits { Ok(Self(SecretText::new(text.to_owned()))) } else { Err(BadHeaderValue) }
    }

    /// The value's text.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The value of a secret header, for the bundle.
    pub fn into_secret(self) -> SecretText {
        self.0
    }
}

/// One entry of `headers` in a write.
#[derive(Debug)]
pub struct HeaderLine {
    /// The name.
    pub name: HeaderName,
    /// The value; none keeps the stored one, which only a secret header can.
    pub value: Option<HeaderValue>,
    /// Whether the value is write-only and lives in the bundle.
    pub secret: bool,
}

/// RFC 9110 §5.6.2
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(
                    b,
                    b'!' | b'#'
                        | b'$'
                        | b'%'
                        | b'&'
                        | b'\''
                        | b'*'
                        | b'+'
                        | b'-'
                        | b'.'
                        | b'^'
                        | b'_'
                        | b'`'
                        | b'|'
                        | b'~'
                )
        })
}

/// RFC 9110 §5.5 without tabs and obs-text: what every HTTP library sends as it is.
pub(super) fn is_field_text(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
        && !text.starts_with(' ')
        && !text.ends_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tokens_compared_without_case() {
        for good in ["X-Source", "DD-API-KEY", "Content-Type", "a", "!#$%&'*+-.^_`|~", &"x".repeat(128)] {
            assert_eq!(HeaderName::parse(good).map(|name| name.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "a b", "a:", ":path", "ü", "a\n", "a\u{0}", "(a)", "a/b", &"x".repeat(129)] {
            assert_eq!(HeaderName::parse(bad).unwrap_err(), HeaderNameFault::NotAToken, "{bad:?}");
        }
        assert_eq!(HeaderName::parse("X-a").unwrap(), HeaderName::parse("x-A").unwrap());
    }

    #[test]
    fn a_name_says_whether_it_is_secret() {
        for name in ["DD-API-KEY", "X-Token", "X-SecretThing", "X-OAuth", "password", "X-Hub-Signature-256"] {
            assert!(HeaderName::parse(name).unwrap().sounds_secret(), "{name}");
        }
        for name in ["X-Source", "Content-Type", "Accept"] {
            assert!(!HeaderName::parse(name).unwrap().sounds_secret(), "{name}");
        }
    }

    #[test]
    fn values_are_visible_ascii_and_inner_spaces() {
        for good in ["x", "a  b", "~!\"", &"x".repeat(4_096)] {
            assert_eq!(HeaderValue::parse(good).unwrap().expose(), good);
        }
        for bad in ["", " ", " a", "a ", "a\tb", "a\r\nb", "ü", "a\u{7f}", &"x".repeat(4_097)] {
            assert!(HeaderValue::parse(bad).is_err(), "{bad:?}");
        }
    }
}
