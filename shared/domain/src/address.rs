//! Which addresses may be dialed. A host's answers are judged as a whole, at
//! every dial, and only a [`VettedAddress`] can be dialed.
//!
//! IPv4: a list of ranges that are refused. IPv6: only global unicast,
//! `2000::/3`, less the ranges in it that lead elsewhere. The ranges are those
//! of IANA's special-purpose registries (RFC 6890 and its updates).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Ranges that an operator allows in spite of everything, for receivers
/// inside a network of their own (`DELIVERY_DANGER_ALLOWED_CIDRS`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DangerAllowedCidrs(Vec<IpNet>);

impl DangerAllowedCidrs {
    /// Reads a comma list of CIDR ranges; empty text is an empty list.
    ///
    /// # Errors
    /// The entry that is no range.
    pub fn parse(list: &str) -> Result<Self, String> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries
            .map(|entry| entry.parse().map_err(|_| format!("{entry:?} is not a CIDR range")))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether no range is allowed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn allow(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&ip))
    }
}

/// An address that was judged and may be dialed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VettedAddress(IpAddr);

impl VettedAddress {
    /// The address to dial.
    pub const fn ip(self) -> IpAddr {
        self.0
    }
}

/// Why an answer of a name server is not dialed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefused {
    /// The name has no address.
    #[error("the name has no address")]
    NoAddress,
    /// An address among the answers lies in a refused range.
    #[error("{0} lies in {1}")]
    Special(IpAddr, IpNet),
    /// An IPv6 address outside global unicast.
    #[error("{0} is not a global unicast address")]
    NotGlobal(Ipv6Addr),
}

/// Judges all the addresses that a name resolves to. One bad address refuses
/// all: a name that mixes them is a rebinding attempt, or broken. The vetted
/// ones come back IPv4 first (a Lambda function outside a VPC has no way out
/// over IPv6).
///
/// # Errors
/// The first refusal, or [`AddressRefused::NoAddress`].
pub fn vet(answers: &[IpAddr], allowed: &DangerAllowedCidrs) -> Result<Vec<VettedAddress>, AddressRefused> {
    if answers.is_empty() {
        return Err(AddressRefused::NoAddress);
    }
    let mut vetted = answers.iter().map(|ip| judge(*ip, allowed)).collect::<Result<Vec<_>, _>>()?;
    vetted.sort_by_key(|address| address.0.is_ipv6());
    Ok(vetted)
}

/// Judges one address; an IPv4 address mapped into IPv6 is judged as what it is.
fn judge(ip: IpAddr, allowed: &DangerAllowedCidrs) -> Result<VettedAddress, AddressRefused> {
    let ip = ip.to_canonical();
    if allowed.allow(ip) {
        return Ok(VettedAddress(ip));
    }
    match ip {
        IpAddr::V4(v4) => match V4_REFUSED.iter().find(|net| net.contains(&v4)) {
            Some(net) => Err(AddressRefused::Special(ip, IpNet::V4(*net))),
            None => Ok(VettedAddress(ip)),
        },
        IpAddr::V6(v6) if !V6_GLOBAL_UNICAST.contains(&v6) => Err(AddressRefused::NotGlobal(v6)),
        IpAddr::V6(v6) => match V6_REFUSED.iter().find(|net| net.contains(&v6)) {
            Some(net) => Err(AddressRefused::Special(ip, IpNet::V6(*net))),
            None => Ok(VettedAddress(ip)),
        },
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// <https://www.iana.org/assignments/iana-ipv4-special-registry>, and multicast.
const V4_REFUSED: [Ipv4Net; 18] = [
    v4(0, 0, 0, 0, 8),       // this network, RFC 791
    v4(10, 0, 0, 0, 8),      // private use, RFC 1918
    v4(100, 64, 0, 0, 10),   // carrier-grade NAT, RFC 6598
    v4(127, 0, 0, 0, 8),     // loopback, RFC 1122
    v4(169, 254, 0, 0, 16),  // link local and the cloud's metadata service, RFC 3927
    v4(172, 16, 0, 0, 12),   // private use, RFC 1918
    v4(192, 0, 0, 0, 24),    // IETF protocol assignments, RFC 6890
    v4(192, 0, 2, 0, 24),    // documentation, RFC 5737
    v4(192, 31, 196, 0, 24), // AS112, RFC 7535
    v4(192, 52, 193, 0, 24), // AMT, RFC 7450
    v4(192, 88, 99, 0, 24),  // 6to4 relays, RFC 7526
    v4(192, 168, 0, 0, 16),  // private use, RFC 1918
    v4(192, 175, 48, 0, 24), // AS112, RFC 7534
    v4(198, 18, 0, 0, 15),   // benchmarking, RFC 2544
    v4(198, 51, 100, 0, 24), // documentation, RFC 5737
    v4(203, 0, 113, 0, 24),  // documentation, RFC 5737
    v4(224, 0, 0, 0, 4),     // multicast, RFC 5771
    v4(240, 0, 0, 0, 4),     // reserved, and the broadcast address, RFC 1112
];

/// RFC 4291, section 2.4.
const V6_GLOBAL_UNICAST: Ipv6Net = v6(0x2000, 0, 0, 3);

/// <https://www.iana.org/assignments/iana-ipv6-special-registry>
const V6_REFUSED: [Ipv6Net; 5] = [
    v6(0x2001, 0, 0, 23),           // IETF protocol assignments, Teredo among them, RFC 2928
    v6(0x2001, 0x0db8, 0, 32),      // documentation, RFC 3849
    v6(0x2002, 0, 0, 16),           // 6to4: embeds any IPv4 address, RFC 3056
    v6(0x2620, 0x004f, 0x8000, 48), // AS112, RFC 7534
    v6(0x3fff, 0, 0, 20),           // documentation, RFC 9637
];
