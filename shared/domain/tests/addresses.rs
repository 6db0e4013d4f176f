//! The address rules of the contract, range by range and against a second,
//! independently written judge.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's own tables")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::address::{AddressRefused, DangerAllowedCidrs, vet};

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

/// The second judge: the tables above, read once.
struct Table {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

impl Table {
    fn read() -> Self {
        let v4 = V4.iter().map(|(first, last)| (v4(first), v4(last))).collect();
        Self { v4, v6: V6.iter().map(|(first, last)| (v6(first), v6(last))).collect() }
    }

    fn refuses_v4(&self, ip: u32) -> bool {
        self.v4.iter().any(|(first, last)| (*first..=*last).contains(&ip))
    }

    fn refuses_v6(&self, ip: u128) -> bool {
        if ip >> 32 == 0xffff {
            return self.refuses_v4(u32::try_from(ip & 0xffff_ffff).unwrap());
        }
        ip >> 125 != 1 || self.v6.iter().any(|(first, last)| (*first..=*last).contains(&ip))
    }
}

/// Asserts, and counts what was asserted.
#[derive(Default)]
struct Asserted(usize);

impl Asserted {
    fn refused(&mut self, ip: impl Into<IpAddr>, expected: bool) {
        let ip = ip.into();
        assert_eq!(is_refused(ip), expected, "{ip}");
        self.0 += 1;
    }
}

fn is_refused(ip: IpAddr) -> bool {
    vet(&[ip], &DangerAllowedCidrs::default()).is_err()
}

#[test]
fn every_range_is_refused_from_its_first_to_its_last_address_and_not_beyond() {
    let (table, mut asserted) = (Table::read(), Asserted::default());
    for (first, last) in &table.v4 {
        asserted.refused(Ipv4Addr::from(*first), true);
        asserted.refused(Ipv4Addr::from(*last), true);
        // The next range may begin where one ends, as 240/4 does behind 224/4.
        for beyond in [first.wrapping_sub(1), last.wrapping_add(1)] {
            asserted.refused(Ipv4Addr::from(beyond), table.refuses_v4(beyond));
        }
    }
    for (first, last) in &table.v6 {
        asserted.refused(Ipv6Addr::from(*first), true);
        asserted.refused(Ipv6Addr::from(*last), true);
        for beyond in [first - 1, last + 1] {
            asserted.refused(Ipv6Addr::from(beyond), table.refuses_v6(beyond));
        }
    }
    for (ip, refused) in EDGES_OF_GLOBAL_UNICAST {
        asserted.refused(ip.parse::<IpAddr>().unwrap(), *refused);
    }
    assert!(asserted.0 >= 108, "{}", asserted.0);
}

/// And well-known addresses on both sides of it.
const EDGES_OF_GLOBAL_UNICAST: &[(&str, bool)] = &[
    ("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true),
    ("2000::", false),
    ("2000::1", false),
    ("2001:200::", false),
    ("2001:db7:ffff::1", false),
    ("2606:4700:4700::1111", false),
    ("3ffe::1", false),
    ("3fff:1000::", false),
    ("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
    ("4000::", true),
    ("::", true),
    ("::1", true),
    ("100::1", true),
    ("fc00::1", true),
    ("fd00:ec2::254", true),
    ("fe80::1", true),
    ("fec0::1", true),
    ("ff02::1", true),
];

#[test]
fn an_inner_ipv4_address_is_refused_in_every_ipv6_embedding() {
    let (table, mut asserted) = (Table::read(), Asserted::default());
    for (first, last) in &table.v4 {
        for ip in [*first, *last] {
            for embedded in embeddings(ip) {
                asserted.refused(Ipv6Addr::from(embedded), true);
            }
        }
        // Mapped, an address is what it is within; that is true of public ones too.
        for ip in [first.wrapping_sub(1), last.wrapping_add(1)] {
            asserted.refused(Ipv4Addr::from(ip).to_ipv6_mapped(), table.refuses_v4(ip));
        }
    }
    assert!(asserted.0 >= 300, "{}", asserted.0);
}

fn embeddings(ip: u32) -> [u128; 12] {
    let low = u128::from(ip);
    [
        0xffff << 32 | low,                                           // mapped, RFC 4291
        low,                                                          // compatible, RFC 4291
        0xffff << 48 | low,                                           // translated, RFC 7915
        v6("64:ff9b::") | low,                                        // NAT64, RFC 6052
        v6("64:ff9b:1::") | low,                                      // local NAT64, RFC 8215
        v6("64:ff9b:1::") | (low >> 16) << 64 | (low & 0xffff) << 40, // the same at /48, RFC 6052
        v6("2002::") | low << 80,                                     // 6to4, RFC 3056
        v6("2001::") | u128::from(!ip),                               // Teredo, the client, RFC 4380
        v6("2001::") | low << 64,                                     // Teredo, the server, RFC 4380
        v6("fe80::5efe:0:0") | low,                                   // ISATAP, RFC 5214
        v6("fe80::200:5efe:0:0") | low,                               // ISATAP of a public address, RFC 5214
        v6("ff3e::") | low,                                           // multicast, RFC 3306
    ]
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
    for (list, is_empty) in [("", true), (" , ", true), ("10.0.0.0/8", false), (", fd00::/8", false)] {
        assert_eq!(DangerAllowedCidrs::parse(list).unwrap().is_empty(), is_empty, "{list}");
    }
    let allowed = DangerAllowedCidrs::parse("127.0.0.0/8, ::1/128").unwrap();
    for (ip, ok) in [("127.0.0.1", true), ("::1", true), ("::ffff:127.0.0.1", true), ("10.0.0.1", false)] {
        assert_eq!(vet(&[ip.parse().unwrap()], &allowed).is_ok(), ok, "{ip}");
    }
    assert!(DangerAllowedCidrs::parse("").unwrap().is_empty());
    assert!(DangerAllowedCidrs::parse("10.0.0.0/33").is_err());
    assert!(DangerAllowedCidrs::parse("private").is_err());
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn wide(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }
}

#[test]
fn a_million_random_addresses_agree_with_a_second_table() {
    let (table, mut chance) = (Table::read(), Chance(2_026));
    let none = DangerAllowedCidrs::default();
    let (mut asserted, mut refused) = (0_u32, 0_u32);
    let mut check = |ip: IpAddr, expected: bool| {
        assert_eq!(vet(&[ip], &none).is_err(), expected, "{ip}");
        asserted += 1;
        refused += u32::from(expected);
    };
    for _ in 0..200_000 {
        let [low, high] = [chance.next(), chance.next()].map(|bits| u32::try_from(bits >> 32).unwrap());
        check(Ipv4Addr::from(low).into(), table.refuses_v4(low));
        check(Ipv4Addr::from(high).to_ipv6_mapped().into(), table.refuses_v4(high));
        let any = chance.wide();
        check(Ipv6Addr::from(any).into(), table.refuses_v6(any));
        let global = any >> 3 | 1 << 125;
        check(Ipv6Addr::from(global).into(), table.refuses_v6(global));
        let near = v6_near(any);
        check(Ipv6Addr::from(near).into(), table.refuses_v6(near));
    }
    assert_eq!(asserted, 1_000_000);
    assert!((200_000..800_000).contains(&refused), "{refused}: each judgement is often asked for");
}

/// An address whose first bits are those of a refused range, give or take one.
fn v6_near(any: u128) -> u128 {
    const FIRST: [u128; 5] = [0x2001, 0x2001_0db8, 0x2002, 0x2620_004f_8000, 0x3fff << 4];
    const BITS: [u32; 5] = [16, 32, 16, 48, 20];
    let place = usize::try_from(any % 5).unwrap();
    let (first, bits) = (FIRST[place], BITS[place]);
    let first = first + (any >> 8) % 3 - 1;
    first << (128 - bits) | any >> bits
}
