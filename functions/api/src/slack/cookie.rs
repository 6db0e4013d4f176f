//! The cookie that ties an installation to the browser that began it.
//!
//! Each installation has its own, so that two tabs do not take each other's.
//! The prefix `__Host-` makes browsers refuse one that another host or a plain
//! connection sets (RFC 6265bis, section 4.1.3.2). `Lax` lets it come along when
//! Slack sends the popup back, and with nothing else from other sites.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use domain::ids::InstallationId;
use domain::installation::{PASS_LIFE, PassSecret};

/// Sets the cookie, for as long as the state lives.
pub(crate) fn set(installation: &InstallationId, secret: &PassSecret) -> Option<HeaderValue> {
    written(installation, secret.expose(), PASS_LIFE.as_secs())
}

/// Removes it.
pub(crate) fn clear(installation: &InstallationId) -> Option<HeaderValue> {
    written(installation, "", 0)
}

/// The cookie's secret, if the browser sent it, and once.
pub(crate) fn read(headers: &HeaderMap, installation: &InstallationId) -> Option<PassSecret> {
    let name = name_of(installation);
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(given, _)| *given == name).map(|(_, value)| value);
    let value = values.next().filter(|_| values.next().is_none())?;
    PassSecret::read(value)
}

fn name_of(installation: &InstallationId) -> String {
    format!("__Host-slack-{installation}")
}

fn written(installation: &InstallationId, value: &str, max_age: u64) -> Option<HeaderValue> {
    let name = name_of(installation);
    let cookie = format!("{name}={value}; Path=/; Max-Age={max_age}; Secure; HttpOnly; SameSite=Lax");
    let mut cookie = HeaderValue::from_str(&cookie).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    #[test]
    fn a_cookie_is_read_under_its_own_name_and_once() {
        let now = Timestamp::from_millis(1);
        let (mine, other) = (InstallationId::new(now, 1), InstallationId::new(now, 2));
        let secret = PassSecret::new([1, 2]);
        let set = set(&mine, &secret).unwrap();
        let text = set.to_str().unwrap();
        assert!(text.starts_with("__Host-slack-si_") && set.is_sensitive());
        assert!(text.ends_with("; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"));
        let pair = text.split(';').next().unwrap();
        let reads = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(COOKIE, line.parse().unwrap());
            }
            read(&headers, &mine).is_some_and(|read| read.expose() == secret.expose())
        };
        assert!(reads(&[pair]) && reads(&["a=b", &format!("x=y;{pair}; z")]));
        assert!(!reads(&[]) && !reads(&[pair, pair]) && !reads(&[&format!("{pair}; {pair}")]));
        assert!(!reads(&[&pair.replace(mine.as_str(), other.as_str())]));
        assert!(!reads(&[&format!("{pair}x")]) && !reads(&[&pair.replace("__Host-", "")]));
    }
}
