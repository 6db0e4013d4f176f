//! Which host names a webhook may be sent to.
//!
//! The name is judged here, the addresses it resolves to at every dial. A name
//! that a URL parser reads as an address is refused here for good: such a host
//! never reaches a resolver, and so would miss the judgement of addresses.

use url::{Host, ParseError};

/// Top-level labels that never lead to a receiver in the public DNS:
/// special-use names (RFC 6761, RFC 6762, RFC 7686, RFC 8375; the registry is
/// <https://www.iana.org/assignments/special-use-domain-names>), ICANN's
/// private-use `internal`, and those that private networks use in practice.
const SPECIAL_USE: [&str; 14] = [
    "localhost",
    "local",
    "internal",
    "test",
    "invalid",
    "onion",
    "arpa",
    "localdomain",
    "lan",
    "home",
    "corp",
    "private",
    "intranet",
    "example",
];

/// RFC 1035 §2.3.4: 63 octets a label, and 255 of a name on the wire, which are 253 characters.
const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 253;

/// Why a host is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostFault {
    /// A URL parser reads it as an IP address, or tries to.
    #[error("The host must be a domain name, not an IP address in any spelling.")]
    IpAddress,
    /// There is none.
    #[error("The URL must name a host.")]
    Missing,
    /// It is not written as the parser reads it, or cannot be read at all.
    #[error(
        "The host must be a plain domain name: letters, digits, hyphens and dots, without percent-encoding."
    )]
    Unreadable,
    /// It ends with a dot.
    #[error("The host must not end with a dot.")]
    TrailingDot,
    /// It is a single label.
    #[error("The host must have at least two labels, as in hooks.example.com.")]
    SingleLabel,
    /// A label breaks its rule.
    #[error("Each label of the host must be 1 to 63 letters, digits and inner hyphens.")]
    BadLabel,
    /// It is too long.
    #[error("The host must be at most 253 characters.")]
    TooLong,
    /// It is a special-use or private-use name.
    #[error("The host must not be a special-use or private-use name such as localhost, .local or .internal.")]
    SpecialUse,
}

/// Special-use names that an operator allows, for receivers inside a network of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedSuffixes(Vec<String>);

impl AllowedSuffixes {
    /// Reads a comma list; an entry may begin with a dot, and blank entries are skipped.
    ///
    /// # Errors
    /// A sentence that names the first entry that is no domain name.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut suffixes = Vec::new();
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let suffix = entry.strip_prefix('.').unwrap_or(entry).to_ascii_lowercase();
            if suffix.len() > MAX_NAME || !suffix.split('.').all(is_label) {
                return Err(format!("\"{entry}\" is not a domain name suffix"));
            }
            suffixes.push(suffix);
        }
        Ok(Self(suffixes))
    }

    /// Whether the host is one of the suffixes or lies below one.
    pub fn allows(&self, host: &str) -> bool {
        self.0.iter().any(|suffix| {
            host.strip_suffix(suffix.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The suffixes, for the warning that they are in force.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Which special-use names pass.
#[derive(Clone, Copy)]
pub(super) enum SpecialUse<'a> {
    /// Those that the operator allows today.
    Allowed(&'a AllowedSuffixes),
    /// All: they were judged when the URL was saved, and their addresses are at every dial.
    JudgedBefore,
}

/// Judges the host as it stands in the raw URL; gives it as the parser writes it.
pub(super) fn judge(raw: &str, special: SpecialUse<'_>) -> Result<String, HostFault> {
    if raw.is_empty() {
        return Err(HostFault::Missing);
    }
    let host = match Host::parse(raw) {
        Ok(Host::Domain(host)) => host,
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(HostFault::IpAddress),
        Err(ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address) => {
            return Err(HostFault::IpAddress);
        }
        Err(_) => return Err(HostFault::Unreadable),
    };
    if !host.eq_ignore_ascii_case(raw) {
        return Err(HostFault::Unreadable);
    }
    judge_labels(&host)?;
    match special {
        SpecialUse::Allowed(suffixes) if is_special_use(&host) && !suffixes.allows(&host) => {
            Err(HostFault::SpecialUse)
        }
        SpecialUse::Allowed(_) | SpecialUse::JudgedBefore => Ok(host),
    }
}

fn judge_labels(host: &str) -> Result<(), HostFault> {
    if host.ends_with('.') {
        return Err(HostFault::TrailingDot);
    }
    if !host.split('.').all(is_label) {
        return Err(HostFault::BadLabel);
    }
    if !host.contains('.') {
        return Err(HostFault::SingleLabel);
    }
    if host.len() > MAX_NAME { Err(HostFault::TooLong) } else { Ok(()) }
}

/// Letters, digits and inner hyphens (RFC 1123 §2.1).
fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_special_use(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(|top| SPECIAL_USE.contains(&top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_allows_itself_and_what_lies_below_it() {
        let suffixes = AllowedSuffixes::parse(" .Corp, receivers.test ,,").unwrap();
        assert_eq!(suffixes.iter().collect::<Vec<_>>(), ["corp", "receivers.test"]);
        for host in ["corp", "splunk.corp", "a.b.corp", "receivers.test", "a.receivers.test"] {
            assert!(suffixes.allows(host), "{host}");
        }
        for host in ["notcorp", "a.notcorp", "test", "xreceivers.test", "corp.example.com", ""] {
            assert!(!suffixes.allows(host), "{host}");
        }
    }

    #[test]
    fn no_list_allows_nothing() {
        for list in ["", " ", ",", ", ,"] {
            let suffixes = AllowedSuffixes::parse(list).unwrap();
            assert!(suffixes.is_empty());
            assert!(!suffixes.allows("a.test") && !suffixes.allows(""));
        }
        for wrong in [".", "*.test", "a b", "..test", "test.", "ü"] {
            assert!(AllowedSuffixes::parse(wrong).unwrap_err().contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_allowed_suffix_lifts_the_special_use_rule_alone() {
        let suffixes = AllowedSuffixes::parse("localhost,test,1").unwrap();
        let judged = |host| judge(host, SpecialUse::Allowed(&suffixes));
        assert_eq!(judged("Receiver.LocalHost").as_deref(), Ok("receiver.localhost"));
        assert_eq!(judged("localhost"), Err(HostFault::SingleLabel));
        assert_eq!(judged("127.0.0.1"), Err(HostFault::IpAddress));
        assert_eq!(judged("a_b.test"), Err(HostFault::BadLabel));
        assert_eq!(judged("a.internal"), Err(HostFault::SpecialUse));
    }
}
