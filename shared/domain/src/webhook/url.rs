//! Where a custom webhook is sent to.
//!
//! The raw text is judged before any parser sees it, because parsers repair
//! what they read: tabs vanish, `https:h` gains its slashes, `https://@h/`
//! loses its empty user. What is then used is the text that the URL parser
//! writes, and only if the HTTP library reads the same host and port from it.

mod authority;

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use self::authority::{Authority, DEFAULT_PORT};
use super::host::{self, AllowedSuffixes, HostFault, SpecialUse};
use crate::fault::FaultCode;

/// An https URL of a public domain name, on port 443 or from 1024 up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebhookUrl {
    text: String,
    host: String,
    port: u16,
}

/// Why a URL is refused; the first rule that it breaks, in the order of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    /// It holds a character that no URL is written with.
    #[error("The URL must be written in printable ASCII characters without spaces.")]
    NotPrintable,
    /// It is too long, as given or as the parser writes it.
    #[error("The URL must be at most 2,048 characters.")]
    TooLong,
    /// It holds a backslash, which parsers read as a slash.
    #[error("The URL must not hold a backslash.")]
    Backslash,
    /// It does not begin with a scheme, `://` and a host.
    #[error("The URL must begin with https:// and a host name.")]
    NotAbsolute,
    /// The scheme is another than https.
    #[error("The URL must begin with https://.")]
    NotHttps,
    /// It holds a user name or password, be it empty.
    #[error("The URL must not hold a user name or password; use the authorization setting.")]
    Userinfo,
    /// The host is refused.
    #[error(transparent)]
    Host(HostFault),
    /// The port is not allowed, or is none.
    #[error("The port must be 443, or 1024 to 65535.")]
    Port,
    /// It holds a fragment, be it empty.
    #[error("The URL must not hold a fragment (#).")]
    Fragment,
    /// The URL parser and the HTTP library do not agree on it.
    #[error("The URL cannot be used in an HTTP request.")]
    Unusable,
}

impl UrlFault {
    /// The rule's code.
    pub const fn code(self) -> FaultCode {
        match self {
            Self::NotPrintable
            | Self::TooLong
            | Self::Backslash
            | Self::NotAbsolute
            | Self::Fragment
            | Self::Unusable => FaultCode::InvalidUrl,
            Self::NotHttps => FaultCode::HttpsRequired,
            Self::Userinfo => FaultCode::Userinfo,
            Self::Host(HostFault::IpAddress) => FaultCode::IpHost,
            Self::Host(_) => FaultCode::InvalidHost,
            Self::Port => FaultCode::InvalidPort,
        }
    }
}

impl WebhookUrl {
    /// The longest URL in characters, as given and as it is kept, so that what
    /// the API shows can be sent back.
    pub const MAX_CHARS: usize = 2_048;

    /// Reads a URL that an admin gave.
    ///
    /// # Errors
    /// [`UrlFault`]: the first rule that it breaks.
    pub fn parse(raw: &str, suffixes: &AllowedSuffixes) -> Result<Self, UrlFault> {
        Self::parse_all(raw, suffixes).map_err(first)
    }

    /// As [`WebhookUrl::parse`].
    ///
    /// # Errors
    /// All rules that it breaks, as far as it can be read at all.
    pub fn parse_all(raw: &str, suffixes: &AllowedSuffixes) -> Result<Self, Vec<UrlFault>> {
        Self::judge(raw, SpecialUse::Allowed(suffixes))
    }

    /// Reads a URL back from a row and judges all of it again, save which
    /// special-use names the operator allows.
    ///
    /// # Errors
    /// [`UrlFault`]: the first rule that it breaks.
    pub fn stored(text: &str) -> Result<Self, UrlFault> {
        Self::judge(text, SpecialUse::JudgedBefore).map_err(first)
    }

    /// The URL as the URL parser writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host: a domain name in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 443 when the URL names none.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Host and port; the scheme is always https.
    pub fn origin(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Whether both go to the same scheme, host and port.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.origin() == other.origin()
    }

    fn judge(raw: &str, special: SpecialUse<'_>) -> Result<Self, Vec<UrlFault>> {
        let read = Authority::read(raw).map_err(|fault| Self::repaired(raw, fault, special))?;
        let host = match read.host {
            Some(host) => host::judge(host, special),
            None => Err(HostFault::IpAddress),
        };
        let port = authority::port(read.port);
        let mut host_fault = host.as_ref().err().copied();
        // In the order of the rules: an address before userinfo, other hosts behind it.
        let ip = host_fault.take_if(|fault| *fault == HostFault::IpAddress);
        let faults: Vec<UrlFault> = [
            (!read.is_https).then_some(UrlFault::NotHttps),
            ip.map(UrlFault::Host),
            read.has_userinfo.then_some(UrlFault::Userinfo),
            host_fault.map(UrlFault::Host),
            port.as_ref().err().copied(),
            raw.contains('#').then_some(UrlFault::Fragment),
        ]
        .into_iter()
        .flatten()
        .collect();
        match (host, port) {
            (Ok(host), Ok(port)) if faults.is_empty() => {
                Self::agreed(raw, host, port).map_err(|fault| vec![fault])
            }
            _ => Err(faults),
        }
    }

    /// A text that cannot be read as it is, is refused; what parsers make of it
    /// is judged too, so that an address in such a spelling is told at once.
    fn repaired(raw: &str, fault: UrlFault, special: SpecialUse<'_>) -> Vec<UrlFault> {
        let repaired = Url::parse(raw).map(String::from).unwrap_or_default();
        let more = match Authority::read(&repaired) {
            Ok(_) => Self::judge(&repaired, special).err().unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        [fault].into_iter().chain(more).collect()
    }

    /// What the URL parser makes of it, if that and the HTTP library agree.
    fn agreed(raw: &str, host: String, port: u16) -> Result<Self, UrlFault> {
        let parsed = Url::parse(raw).map_err(|_| UrlFault::Unusable)?;
        let uri: http::Uri = parsed.as_str().parse().map_err(|_| UrlFault::Unusable)?;
        let by_parser = (parsed.host_str(), parsed.port_or_known_default());
        let by_library = (uri.host(), uri.port_u16().or(Some(DEFAULT_PORT)));
        if [by_parser, by_library] != [(Some(&*host), Some(port)); 2] {
            return Err(UrlFault::Unusable);
        }
        let text = String::from(parsed);
        if text.len() > Self::MAX_CHARS { Err(UrlFault::TooLong) } else { Ok(Self { text, host, port }) }
    }
}

/// Faults are listed in the order of the rules.
fn first(faults: Vec<UrlFault>) -> UrlFault {
    faults.into_iter().next().unwrap_or(UrlFault::Unusable)
}

/// Shows the origin alone: many receivers take a token in the path or query.
impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}:{}/…", self.host, self.port)
    }
}

impl TryFrom<String> for WebhookUrl {
    type Error = UrlFault;
    fn try_from(text: String) -> Result<Self, UrlFault> {
        Self::stored(&text)
    }
}

impl From<WebhookUrl> for String {
    fn from(url: WebhookUrl) -> Self {
        url.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> WebhookUrl {
        WebhookUrl::parse(raw, &AllowedSuffixes::default()).unwrap()
    }

    #[test]
    fn an_origin_is_host_and_port_whatever_the_spelling() {
        let url = read("HTTPS://Hec.Example.COM:443/services?x=1");
        assert_eq!(url.as_str(), "https://hec.example.com/services?x=1");
        assert_eq!(url.origin(), ("hec.example.com", 443));
        assert!(url.same_origin(&read("https://hec.example.com/other")));
        assert!(!url.same_origin(&read("https://hec.example.com:8443/services")));
        assert!(!url.same_origin(&read("https://example.com/services")));
    }

    #[test]
    fn what_is_read_back_is_judged_again_save_the_operators_allowance() {
        assert!(WebhookUrl::stored("https://a.test/").is_ok());
        let fault = WebhookUrl::stored("https://127.0.0.1/").unwrap_err();
        assert_eq!(fault, UrlFault::Host(HostFault::IpAddress));
        assert!(serde_json::from_str::<WebhookUrl>("\"https://u@a.example.com/\"").is_err());
    }

    #[test]
    fn debug_shows_no_path() {
        assert_eq!(
            format!("{:?}", read("https://a.example.com/T/hunter2?t=hunter2")),
            "https://a.example.com:443/…"
        );
    }
}
