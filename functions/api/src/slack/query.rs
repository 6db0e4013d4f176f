//! What Slack and the page put into the popup's address. Each parameter
//! counts only when it stands there once.

use domain::installation::PassSecret;
use url::form_urlencoded;

/// The parameters of a request of the popup's.
pub(crate) struct Query(Vec<(String, String)>);

/// The longest code and the longest error that are looked at, in bytes.
const MAX_BYTES: usize = 512;

impl Query {
    /// Reads a query; one that is missing has no parameters.
    pub(crate) fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// A one-use secret.
    pub(crate) fn secret(&self, name: &str) -> Option<PassSecret> {
        PassSecret::read(self.once(name)?)
    }

    /// Slack's code: visible ASCII.
    pub(crate) fn code(&self) -> Option<&str> {
        let code = self.once("code")?;
        let is_code = (1..=MAX_BYTES).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_graphic());
        is_code.then_some(code)
    }

    /// Why Slack gave no code. Even an empty or a doubled one is an error.
    pub(crate) fn error(&self) -> Option<&str> {
        let is_there = self.0.iter().any(|(name, _)| name == "error");
        is_there.then(|| self.once("error").filter(|error| error.len() <= MAX_BYTES).unwrap_or_default())
    }

    fn once(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }
}
