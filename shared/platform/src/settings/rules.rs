//! The rules of single settings: each reads a value that is not empty, or
//! says which rule it breaks, in words that continue the variable's name.

use std::time::Duration;

use domain::tenant::Edition;
use url::{Host, Url};

/// Any text on one line.
pub(super) fn text(text: &str) -> Result<String, String> {
    let is_plain = !text.chars().any(char::is_control);
    is_plain.then(|| text.to_owned()).ok_or_else(|| "must not hold control characters".to_owned())
}

/// An https URL, or http on loopback.
pub(super) fn url(text: &str) -> Result<Url, String> {
    let rule = || "must be an https URL (http on loopback only) without user and fragment".to_owned();
    let url = Url::parse(text).map_err(|_| rule())?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    let is_guarded = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if is_guarded && !has_user && url.fragment().is_none() { Ok(url) } else { Err(rule()) }
}

/// As [`url`], to be continued with a path.
pub(super) fn base_url(text: &str) -> Result<Url, String> {
    let url = url(text)?;
    if url.query().is_none() { Ok(url) } else { Err("must not hold a query".to_owned()) }
}

/// A queue's URL: http too, since an emulator may have any name.
pub(super) fn queue_url(text: &str) -> Result<String, String> {
    let is_url = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    is_url.then(|| text.to_owned()).ok_or_else(|| "must be a queue's URL".to_owned())
}

/// What a secret's name may begin with: its alphabet
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>)
/// in parts between slashes, and short enough that the whole name has at most
/// 512 characters: a tenant's 128, a webhook's 29, a UUID's 36 and 3 slashes follow.
pub(super) fn secret_prefix(text: &str) -> Result<String, String> {
    const LONGEST: usize = 316;
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=.@-".contains(&b))
    };
    if text.len() <= LONGEST && text.split('/').all(is_part) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 316 letters, digits and _+=.@- in parts between single slashes".to_owned())
    }
}

/// A function's memory: it is set in MB, from 128 to 10,240
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).
pub(super) fn memory_bytes(text: &str) -> Result<u64, String> {
    let megabytes = text.parse().ok().filter(|megabytes| (128..=10_240).contains(megabytes));
    megabytes
        .map(|megabytes: u64| megabytes << 20)
        .ok_or_else(|| "must be whole megabytes from 128 to 10240".to_owned())
}

/// A JSON pointer (RFC 6901) to a claim; the empty one, the whole token, is no claim.
pub(super) fn json_pointer(text: &str) -> Result<String, String> {
    let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    let is_pointer = text.starts_with('/') && escapes && !text.chars().any(char::is_control);
    is_pointer.then(|| text.to_owned()).ok_or_else(|| "must be a JSON pointer that begins with /".to_owned())
}

/// `standard` or `advanced`.
pub(super) fn edition(text: &str) -> Result<Edition, String> {
    match text {
        "standard" => Ok(Edition::Standard),
        "advanced" => Ok(Edition::Advanced),
        _ => Err("must be standard or advanced".to_owned()),
    }
}

/// Exact origins, separated by spaces or commas.
pub(super) fn origins(list: &str) -> Result<Vec<String>, String> {
    let origins = entries(list).map(exact_origin).collect::<Option<_>>();
    origins.ok_or_else(|| {
        "must be exact origins, https://host[:port] (http on loopback only), between spaces or commas"
            .to_owned()
    })
}

/// As [`origins`], and what else `frame-ancestors` knows and needs here:
/// `'self'`, and `*.` for any subdomain
/// (<https://www.w3.org/TR/CSP3/#directive-frame-ancestors>).
pub(super) fn frame_ancestors(list: &str) -> Result<Vec<String>, String> {
    let ancestor = |entry: &str| match entry.strip_prefix("https://*.") {
        _ if entry == "'self'" => Some(entry.to_owned()),
        Some(parent) => {
            let origin = exact_origin(&format!("https://{parent}"))?;
            Some(origin.replacen("https://", "https://*.", 1))
        }
        None => exact_origin(entry),
    };
    let ancestors = entries(list).map(ancestor).collect::<Option<_>>();
    ancestors.ok_or_else(|| {
        "must be 'self' or origins, https://[*.]host[:port] (http on loopback only), between spaces or commas"
            .to_owned()
    })
}

/// Whole seconds from 0 to 300. More would make an edit look lost.
pub(super) fn cache_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds <= 300);
    seconds.map(Duration::from_secs).ok_or_else(|| "must be whole seconds from 0 to 300".to_owned())
}

/// The text of a file of PEM certificates.
pub(super) fn pem_file(path: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|fault| format!("names a file that cannot be read: {fault}"))?;
    if text.contains("-----BEGIN CERTIFICATE-----") {
        Ok(text)
    } else {
        Err("names a file without a PEM certificate".to_owned())
    }
}

/// 0 (no wait at all) to 10.
pub(super) fn wait_factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (0.0..=10.0).contains(factor));
    factor.ok_or_else(|| "must be a number from 0 to 10".to_owned())
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split([' ', ',', '\t', '\n']).filter(|entry| !entry.is_empty())
}

/// The origin as a browser writes it: in small letters, without a default port.
fn exact_origin(text: &str) -> Option<String> {
    let url = url(text).ok()?;
    let has_more = url.path() != "/" || url.query().is_some() || text.ends_with(['/', '?', '#']);
    // The host is a name or an address; a parser lets more characters through
    // than a header's list of sources can carry.
    let is_plain = url.host_str()?.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b));
    (!has_more && is_plain).then(|| url.origin().ascii_serialization())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
