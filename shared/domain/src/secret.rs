//! Text that must never be seen: signing secrets, authorizations, secret header values.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret's text. It cannot be printed, compared, cloned or serialized by
/// accident, and its memory is wiped when it is dropped.
pub struct SecretText(SecretString);

impl SecretText {
    /// Takes the text over; the caller keeps no copy.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The text itself, for the one place that needs it: signing, a request's
    /// header, or the write into Secrets Manager.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// A second copy, made on purpose: an edited bundle keeps what was not edited.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::new(self.expose().to_owned())
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = SecretText::new("correct horse battery staple".to_owned());
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(secret.duplicate().expose(), "correct horse battery staple");
    }
}
