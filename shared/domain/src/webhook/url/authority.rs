//! What the raw text of a URL says between `://` and its path.

use std::net::Ipv6Addr;

use super::{UrlFault, WebhookUrl};

/// The port of an https URL that names none.
pub(super) const DEFAULT_PORT: u16 = 443;

/// The scheme and the authority, as they are written.
pub(super) struct Authority<'a> {
    pub(super) is_https: bool,
    /// An empty one too.
    pub(super) has_userinfo: bool,
    /// None: all of it is an IPv6 address without its brackets.
    pub(super) host: Option<&'a str>,
    pub(super) port: Option<&'a str>,
}

impl<'a> Authority<'a> {
    /// Judges what can be judged of the raw text, and takes apart what stands
    /// between `://` and the first `/`, `?` or `#`.
    pub(super) fn read(raw: &'a str) -> Result<Self, UrlFault> {
        let (is_https, authority) = find(raw)?;
        let (has_userinfo, address) = match authority.rsplit_once('@') {
            Some((_, address)) => (true, address),
            None => (false, authority),
        };
        if address.parse::<Ipv6Addr>().is_ok() {
            return Ok(Self { is_https, has_userinfo, host: None, port: None });
        }
        let (host, port) = split_port(address);
        Ok(Self { is_https, has_userinfo, host: Some(host), port })
    }
}

fn find(raw: &str) -> Result<(bool, &str), UrlFault> {
    if !raw.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(UrlFault::NotPrintable);
    }
    if raw.len() > WebhookUrl::MAX_CHARS {
        return Err(UrlFault::TooLong);
    }
    if raw.contains('\\') {
        return Err(UrlFault::Backslash);
    }
    let (scheme, rest) = raw.split_once("://").ok_or(UrlFault::NotAbsolute)?;
    // RFC 3986 §3.1
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !is_scheme {
        return Err(UrlFault::NotAbsolute);
    }
    let is_https = scheme.eq_ignore_ascii_case("https");
    match rest.split(['/', '?', '#']).next() {
        None | Some("") if !is_https => Err(UrlFault::NotHttps),
        None | Some("") => Err(UrlFault::NotAbsolute),
        Some(authority) => Ok((is_https, authority)),
    }
}

/// Splits where the URL parser does: at the first colon outside brackets.
fn split_port(address: &str) -> (&str, Option<&str>) {
    let mut within = false;
    let is_outside = |c: char| {
        within = (within || c == '[') && c != ']';
        c == ':' && !within
    };
    match address.find(is_outside).and_then(|place| address.split_at_checked(place)) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => (address, None),
    }
}

/// No port and an empty one are https's own (RFC 3986 §6.2.3).
pub(super) fn port(text: Option<&str>) -> Result<u16, UrlFault> {
    let text = text.unwrap_or_default();
    if text.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(UrlFault::Port);
    }
    match text.parse() {
        Ok(port @ (DEFAULT_PORT | 1024..)) => Ok(port),
        Ok(_) | Err(_) => Err(UrlFault::Port),
    }
}
