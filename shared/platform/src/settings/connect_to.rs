//! Where some hosts are dialed instead, like curl's `--connect-to`
//! (<https://curl.se/docs/manpage.html#--connect-to>): so that a test's
//! receiver on loopback can bear any name.

use std::net::{IpAddr, SocketAddr};

/// Rules `host:port:address:port`, in order; the first that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectTo(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    host: HostPattern,
    port: Option<u16>,
    target: SocketAddr,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    Any,
    Exactly(String),
    /// Of `.example.com`: whatever ends so.
    Below(String),
}

impl ConnectTo {
    /// Reads a comma list of `host:port:address:port`. An empty host or port
    /// matches any, `*.example.com` matches its subdomains, the address is an
    /// IP address (IPv6 in brackets).
    ///
    /// # Errors
    /// A sentence that names the first entry that is none.
    pub fn parse(list: &str) -> Result<Self, String> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries
            .map(|entry| {
                Rule::parse(entry)
                    .ok_or_else(|| format!("holds {entry:?}, which is not host:port:address:port"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Where to dial for this host and port, when a rule says so.
    pub fn find(&self, host: &str, port: u16) -> Option<SocketAddr> {
        let host = host.to_ascii_lowercase();
        let rule = self.0.iter().find(|rule| rule.matches(&host, port))?;
        Some(rule.target)
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Rule {
    fn parse(entry: &str) -> Option<Self> {
        let (host, rest) = entry.split_once(':')?;
        let (port, target) = rest.split_once(':')?;
        let (address, target_port) = target.rsplit_once(':')?;
        let port = if port.is_empty() { None } else { Some(parse_port(port)?) };
        let target = SocketAddr::new(parse_address(address)?, parse_port(target_port)?);
        Some(Self { host: HostPattern::parse(host)?, port, target })
    }

    fn matches(&self, host: &str, port: u16) -> bool {
        let host_matches = match &self.host {
            HostPattern::Any => true,
            HostPattern::Exactly(name) => host == name,
            // Longer than the suffix: there is a label before it.
            HostPattern::Below(suffix) => host.len() > suffix.len() && host.ends_with(suffix.as_str()),
        };
        host_matches && self.port.is_none_or(|wanted| wanted == port)
    }
}

impl HostPattern {
    fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let name = text.strip_prefix("*.").unwrap_or(&text);
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        match text.strip_prefix('*') {
            _ if !is_name => None,
            Some(suffix) if suffix.len() > 1 => Some(Self::Below(suffix.to_owned())),
            Some(_) => None,
            None if text.is_empty() => Some(Self::Any),
            None => Some(Self::Exactly(text)),
        }
    }
}

/// Digits alone, and not port 0, which nobody listens on.
fn parse_port(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|port| is_number && *port != 0)
}

fn parse_address(text: &str) -> Option<IpAddr> {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse().ok().map(IpAddr::V6),
        None => text.parse().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &str, host: &str, port: u16) -> Option<String> {
        ConnectTo::parse(list).unwrap().find(host, port).map(|target| target.to_string())
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let list = "a.example.com:443:127.0.0.1:1, *.example.com:443:127.0.0.1:2,:8088:[::1]:3,example.com::10.0.0.1:4";
        for (host, port, target) in [
            ("a.example.com", 443, Some("127.0.0.1:1")),
            ("A.Example.COM", 443, Some("127.0.0.1:1")),
            ("b.example.com", 443, Some("127.0.0.1:2")),
            ("c.b.example.com", 443, Some("127.0.0.1:2")),
            ("b.example.com", 8088, Some("[::1]:3")),
            ("example.com", 443, Some("10.0.0.1:4")),
            ("badexample.com", 443, None),
            ("b.example.com", 444, None),
        ] {
            assert_eq!(found(list, host, port).as_deref(), target, "{host}:{port}");
        }
    }

    #[test]
    fn no_rule_matches_nothing() {
        assert!(ConnectTo::default().is_empty());
        assert_eq!(ConnectTo::parse(" , "), Ok(ConnectTo::default()));
        assert_eq!(found("", "a.example.com", 443), None);
        assert_eq!(found("::127.0.0.1:9", "a.example.com", 443).as_deref(), Some("127.0.0.1:9"));
    }

    #[test]
    fn an_entry_that_is_no_rule_is_named() {
        for wrong in [
            "a",
            "a:443",
            "a:443:127.0.0.1",
            "a:443:localhost:1",
            "a:443:::1:1",
            "a:443:127.0.0.1:",
            "a:0:127.0.0.1:1",
            "a:443:127.0.0.1:70000",
            "*:443:127.0.0.1:1",
            "*.:443:127.0.0.1:1",
            "*x.com:443:127.0.0.1:1",
            "a b:443:127.0.0.1:1",
            "a:+443:127.0.0.1:1",
        ] {
            let fault = ConnectTo::parse(&format!("b.com:1:127.0.0.1:1,{wrong}")).unwrap_err();
            assert!(fault.contains(wrong), "{fault}");
        }
    }
}
