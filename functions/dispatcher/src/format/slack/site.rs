//! The tenant's Jira: the one place that a message links to.

use url::Url;

use super::text::Escaped;

/// The length of a host name (RFC 1035, section 2.3.4) and of a port.
const LONGEST_HOST: usize = 253 + ":65535".len();
/// More than a link to the longest host, which stands in it twice.
const LONGEST_LINK: usize = 1_000;

/// An https origin.
pub(super) struct Site {
    origin: String,
    home: Escaped,
}

impl Site {
    /// Reads the address of a Jira; none when it is not on https.
    pub(super) fn parse(site_url: &str) -> Option<Self> {
        let origin = Url::parse(site_url).ok()?.origin().ascii_serialization();
        let host = origin.strip_prefix("https://").filter(|host| host.len() <= LONGEST_HOST)?;
        let home = Escaped::link(&origin, Some(host), LONGEST_LINK)?;
        Some(Self { origin, home })
    }

    /// The host, with the port when it is not the usual one.
    pub(super) fn host(&self) -> &str {
        self.origin.trim_start_matches("https://")
    }

    /// A link to the site.
    pub(super) fn link(&self) -> Escaped {
        self.home.clone()
    }

    /// A link to a page of the site, shown as its address; none when the text
    /// is no such address. Only an address as a browser would write it counts:
    /// one that has to be repaired, or that names a user, may lead elsewhere
    /// than it seems.
    pub(super) fn link_to(&self, text: &str, limit: usize) -> Option<Escaped> {
        let path = text.strip_prefix(&self.origin)?;
        let is_page = path.starts_with('/') && text.len() <= limit && Url::parse(text).ok()?.as_str() == text;
        if is_page { Escaped::link(text, None, limit) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_an_https_origin() {
        let host = |text| Site::parse(text).map(|site| site.host().to_owned());
        assert_eq!(host("https://acme.atlassian.net").as_deref(), Some("acme.atlassian.net"));
        assert_eq!(host("https://acme.atlassian.net/").as_deref(), Some("acme.atlassian.net"));
        assert_eq!(host("https://jira.example.com:8443").as_deref(), Some("jira.example.com:8443"));
        let long = format!("https://{}.net", "a".repeat(300));
        for bad in ["", "acme", "http://acme.atlassian.net", "javascript:alert(1)", "https://a|b", &long] {
            assert_eq!(host(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_a_clean_address_on_the_site_becomes_a_link() {
        let site = Site::parse("https://acme.atlassian.net").unwrap();
        for page in ["/", "/browse/SEC-1", "/a?b=1&c=%20#d", "/%3Cb%3E"] {
            let url = format!("https://acme.atlassian.net{page}");
            assert!(site.link_to(&url, 99).is_some(), "{url}");
            assert!(site.link_to(&url, url.len()).is_none(), "{url}");
        }
        for other in [
            "",
            "https://acme.atlassian.net",
            "https://acme.atlassian.net.example.com/",
            "https://acme.atlassian.net@example.com/",
            "https://acme.atlassian.net:8443/",
            "https://acme.atlassian.net:443/",
            "https://user@acme.atlassian.net/",
            "https://@acme.atlassian.net/",
            "https://example.com/https://acme.atlassian.net/",
            "http://acme.atlassian.net/",
            "HTTPS://acme.atlassian.net/",
            "https:\\\\acme.atlassian.net/",
            "https://acme.atlassian.net\\@example.com/",
            "https://acme.atlassian.net/a b",
            "https://acme.atlassian.net/a|b",
            "https://acme.atlassian.net/<!channel>",
            "https://acme.atlassian.net/a\n",
            "https://acme.atlassian.net/../x",
            " https://acme.atlassian.net/",
        ] {
            assert_eq!(site.link_to(other, 99), None, "{other}");
        }
    }
}
