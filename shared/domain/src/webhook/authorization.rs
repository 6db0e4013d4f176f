//! What a webhook sends in its `Authorization` header.

use super::header::{is_field_text, is_token};
use crate::secret::SecretText;

/// The header's whole value: `<auth-scheme> <credentials>`. A secret; only
/// its scheme is shown.
#[derive(Debug)]
pub struct Authorization(SecretText);

/// The text is no authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The authorization must be a scheme, one space and credentials of visible ASCII characters and inner \
     spaces, at most 4,096 bytes, as in \"Bearer …\"."
)]
pub struct BadAuthorization;

impl Authorization {
    /// The longest value in bytes.
    pub const MAX_BYTES: usize = 4_096;

    /// Reads the header's value: an RFC 9110 token (§11.4), one space, and
    /// then more than the RFC's grammar allows, because receivers do so too:
    /// Azure's is `SharedAccessSignature sr=…&sig=…`.
    ///
    /// # Errors
    /// [`BadAuthorization`] when the text breaks the rule.
    pub fn parse(text: &str) -> Result<Self, BadAuthorization> {
        match text.split_once(' ') {
            Some((scheme, credentials))
                if text.len() <= Self::MAX_BYTES && is_token(scheme) && is_field_text(credentials) =>
            {
                Ok(Self(SecretText::new(text.to_owned())))
            }
            Some(_) | None => Err(BadAuthorization),
        }
    }

    /// The scheme, which may be shown.
    pub fn scheme(&self) -> &str {
        self.expose().split(' ').next().unwrap_or_default()
    }

    /// The header's whole value.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The header's whole value, for the bundle.
    pub fn into_secret(self) -> SecretText {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_a_space_and_credentials_pass() {
        let azure = "SharedAccessSignature sr=https%3a%2f%2fns&sig=a%3D&se=1&skn=Root";
        for (text, scheme) in [
            ("Bearer abc", "Bearer"),
            ("Splunk 11111111-2222", "Splunk"),
            (azure, "SharedAccessSignature"),
            ("Digest a=\"b\", c=\"d\"", "Digest"),
            ("x y  z", "x"),
        ] {
            let read = Authorization::parse(text).unwrap();
            assert_eq!((read.scheme(), read.expose()), (scheme, text));
        }
        assert!(Authorization::parse(&format!("B {}", "x".repeat(4_094))).is_ok());
    }

    #[test]
    fn anything_else_is_refused() {
        let long = format!("B {}", "x".repeat(4_095));
        for text in [
            "",
            "Bearer",
            "Bearer ",
            " Bearer x",
            "Bearer  x",
            "Bearer x ",
            "Bea:rer x",
            "Bearer x\r\nHost: y",
            "Bearer \tx",
            "Bearer x\ty",
            "Bearer ü",
            "Bearer x\u{7f}",
            "Bearer\tx",
            &long,
        ] {
            assert!(Authorization::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_authorization_does_not_print_itself() {
        assert!(!format!("{:?}", Authorization::parse("Bearer hunter2").unwrap()).contains("hunter2"));
    }
}
