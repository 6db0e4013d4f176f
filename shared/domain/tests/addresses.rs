//! The address rules of the contract, range by range and against a second,
//! independently written judge.

#![allow(clippy::unwrap_used, reason = "a test's own tables")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::address::{AddressRefused, DangerAllowedCidrs, vet};
use proptest::prelude::*;

/// The contract's text, ranges as first and last address.
const V4: &[(&str, &str)] = &[
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.31.196.0", "192.31.196.255"),
    ("192.52.193.0", "192.52.193.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("192.175.48.0", "192.175.48.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "239.255.255.255"),
    ("240.0.0.0", "255.255.255.255"),
];

/// Within 2000::/3.
const V6: &[(&str, &str)] = &[
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
];

fn v4(text: &str) -> u32 {
    text.parse::<Ipv4Addr>().unwrap().into()
}

fn v6(text: &str) -> u128 {
    text.parse::<Ipv6Addr>().unwrap().into()
}

fn v4_is_refused(ip: u32) -> bool {
    V4.iter().any(|(first, last)| (v4(first)..=v4(last)).contains(&ip))
}

fn v6_is_refused(ip: u128) -> bool {
    if ip >> 32 == 0xffff {
        return v4_is_refused(u32::try_from(ip & 0xffff_ffff).unwrap());
    }
    ip >> 125 != 1 || V6.iter().any(|(first, last)| (v6(first)..=v6(last)).contains(&ip))
}

fn is_refused(ip: IpAddr) -> bool {
    vet(&[ip], &DangerAllowedCidrs::default()).is_err()
}

#[test]
fn every_range_is_refused_from_its_first_to_its_last_address_and_not_beyond() {
    for (first, last) in V4 {
        let (first, last) = (v4(first), v4(last));
        for ip in [first.wrapping_sub(1), first, last, last.wrapping_add(1)] {
            assert_eq!(is_refused(Ipv4Addr::from(ip).into()), v4_is_refused(ip), "{}", Ipv4Addr::from(ip));
        }
    }
    for (first, last) in V6 {
        let (first, last) = (v6(first), v6(last));
        for ip in [first - 1, first, last, last + 1] {
            assert_eq!(is_refused(Ipv6Addr::from(ip).into()), v6_is_refused(ip), "{}", Ipv6Addr::from(ip));
        }
    }
    for (ip, refused) in [("1fff:ffff::1", true), ("2000::1", false), ("3ffe::1", false), ("4000::", true)] {
        assert_eq!(is_refused(ip.parse().unwrap()), refused, "{ip}");
    }
}

#[test]
fn an_inner_ipv4_address_is_refused_in_every_ipv6_embedding() {
    for (first, last) in V4 {
        for ip in [v4(first), v4(last)] {
            let low = u128::from(ip);
            for embedded in [
                0xffff << 32 | low,             // mapped, RFC 4291
                low,                            // compatible, RFC 4291
                v6("64:ff9b::") | low,          // NAT64, RFC 6052
                v6("64:ff9b:1::") | low,        // local NAT64, RFC 8215
                v6("2002::") | low << 80,       // 6to4, RFC 3056
                v6("2001::") | u128::from(!ip), // Teredo, RFC 4380
                v6("fe80::5efe:0:0") | low,     // ISATAP, RFC 5214
            ] {
                assert!(is_refused(Ipv6Addr::from(embedded).into()), "{}", Ipv6Addr::from(embedded));
            }
        }
    }
}

#[test]
fn one_bad_address_among_the_answers_refuses_all() {
    let (good, bad): (IpAddr, IpAddr) = ("93.184.215.14".parse().unwrap(), "10.0.0.1".parse().unwrap());
    let none = DangerAllowedCidrs::default();
    assert!(vet(&[good], &none).is_ok());
    assert!(matches!(vet(&[good, bad], &none), Err(AddressRefused::Special(ip, _)) if ip == bad));
    assert_eq!(vet(&[], &none), Err(AddressRefused::NoAddress));
}

#[test]
fn ipv4_is_dialed_first() {
    let answers: Vec<IpAddr> =
        ["2606:2800::1", "93.184.215.14"].iter().map(|ip| ip.parse().unwrap()).collect();
    let vetted = vet(&answers, &DangerAllowedCidrs::default()).unwrap();
    assert_eq!(vetted.iter().map(|address| address.ip()).collect::<Vec<_>>(), [answers[1], answers[0]]);
}

#[test]
fn an_operator_may_allow_ranges_of_their_own() {
    let allowed = DangerAllowedCidrs::parse("127.0.0.0/8, ::1/128").unwrap();
    for (ip, ok) in [("127.0.0.1", true), ("::1", true), ("::ffff:127.0.0.1", true), ("10.0.0.1", false)] {
        assert_eq!(vet(&[ip.parse().unwrap()], &allowed).is_ok(), ok, "{ip}");
    }
    assert!(DangerAllowedCidrs::parse("").unwrap().is_empty());
    assert!(DangerAllowedCidrs::parse("10.0.0.0/33").is_err());
    assert!(DangerAllowedCidrs::parse("private").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200_000))]
    #[test]
    fn random_addresses_agree_with_a_second_table(low in any::<u32>(), high in any::<u128>()) {
        prop_assert_eq!(is_refused(Ipv4Addr::from(low).into()), v4_is_refused(low));
        prop_assert_eq!(is_refused(Ipv6Addr::from(high).into()), v6_is_refused(high));
        let global = high >> 3 | 1 << 125;
        prop_assert_eq!(is_refused(Ipv6Addr::from(global).into()), v6_is_refused(global));
    }
}
