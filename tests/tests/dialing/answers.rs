//! What names say, and what comes of it.

use std::net::Ipv4Addr;

use domain::attempt::AttemptError;
use e2e::name_server::{Question, Record, Says};

pub(crate) const DELIVERED: Option<AttemptError> = None;
pub(crate) const REFUSED: Option<AttemptError> = Some(AttemptError::AddressRefused);
pub(crate) const UNKNOWN: Option<AttemptError> = Some(AttemptError::DnsFailed);

/// A name, what it says when asked for IPv4 and for IPv6 addresses (see
/// [`said`]), and what comes of it.
pub(crate) type Case = (&'static str, &'static str, &'static str, Option<AttemptError>);

pub(crate) const CASES: &[Case] = &[
    // What may be dialed, so that the rest is refused for its own reason.
    ("good", "127.0.0.1", "", DELIVERED),
    ("good-twice", "127.0.0.1 127.0.0.1", "", DELIVERED),
    ("good-mapped-into-ipv6", "", "::ffff:127.0.0.1", DELIVERED),
    ("good-and-no-such-name", "127.0.0.1", "!3", DELIVERED),
    ("good-and-a-failure", "127.0.0.1", "!2", DELIVERED),
    ("good-and-silence", "127.0.0.1", "silence", DELIVERED),
    ("good-behind-an-alias", ">elsewhere 127.0.0.1", "", DELIVERED),
    ("good-behind-an-alias-asked-for", ">only-good", ">only-good", DELIVERED),
    ("good-over-tcp", "truncated|127.0.0.1", "", DELIVERED),
    // Inner addresses with somebody behind them.
    ("inner", "127.0.0.2", "", REFUSED),
    ("inner-in-ipv6", "", "::1", REFUSED),
    ("inner-mapped-into-ipv6", "", "::ffff:127.0.0.2", REFUSED),
    ("inner-second", "127.0.0.1 127.0.0.2", "", REFUSED),
    ("inner-first", "127.0.0.2 127.0.0.1", "", REFUSED),
    ("inner-among-many", "127.0.0.1 127.0.0.1 127.0.0.1 127.0.0.2 127.0.0.1", "", REFUSED),
    ("inner-in-ipv6-beside-good", "127.0.0.1", "::1", REFUSED),
    ("inner-mapped-beside-good", "127.0.0.1", "::ffff:127.0.0.2", REFUSED),
    ("inner-beside-good-mapped", "127.0.0.2", "::ffff:127.0.0.1", REFUSED),
    ("inner-over-tcp", "truncated|127.0.0.2", "", REFUSED),
    ("inner-over-tcp-beside-good", "127.0.0.1", "truncated|::1", REFUSED),
    ("inner-and-a-failure", "127.0.0.2", "!2", REFUSED),
    ("inner-and-silence", "127.0.0.2", "silence", REFUSED),
    // Aliases.
    ("alias-of-inner", ">elsewhere 127.0.0.2", "", REFUSED),
    ("alias-of-inner-asked-for", ">only-inner", ">only-inner", REFUSED),
    ("alias-of-an-alias-of-inner", ">first", ">first", REFUSED),
    ("alias-of-a-mixture", ">elsewhere 127.0.0.1 127.0.0.2", "", REFUSED),
    ("alias-of-this-machine", ">.localhost", ">.localhost", REFUSED),
    ("alias-beside-an-inner-address", "127.0.0.2 >elsewhere 127.0.0.1", "", REFUSED),
    ("alias-of-itself", ">alias-of-itself", ">alias-of-itself", UNKNOWN),
    ("alias-in-a-circle", ">circle", ">circle", UNKNOWN),
    ("alias-of-nothing", ">nothing", ">nothing", UNKNOWN),
    ("alias-of-what-never-is", ">.invalid", ">.invalid", UNKNOWN),
    // IANA's ranges, as a name server may bring them.
    ("this-network", "0.0.0.0", "", REFUSED),
    ("private-10", "10.0.0.1", "", REFUSED),
    ("carrier-grade-nat", "100.64.0.1", "", REFUSED),
    ("metadata", "169.254.169.254", "", REFUSED),
    ("metadata-beside-good", "127.0.0.1 169.254.169.254", "", REFUSED),
    ("metadata-in-ipv6", "", "fd00:ec2::254", REFUSED),
    ("private-172", "172.16.0.1", "", REFUSED),
    ("private-192", "192.168.0.1", "", REFUSED),
    ("multicast", "224.0.0.1", "", REFUSED),
    ("broadcast", "255.255.255.255", "", REFUSED),
    ("unspecified-in-ipv6", "", "::", REFUSED),
    ("compatible-with-inner", "", "::127.0.0.2", REFUSED),
    ("mapped-private", "", "::ffff:10.0.0.1", REFUSED),
    ("nat64-of-good", "", "64:ff9b::127.0.0.1", REFUSED),
    ("nat64-of-metadata", "", "64:ff9b::169.254.169.254", REFUSED),
    ("nat64-of-one-s-own", "", "64:ff9b:1::127.0.0.1", REFUSED),
    ("nat64-beside-good", "127.0.0.1", "64:ff9b::127.0.0.1", REFUSED),
    ("teredo", "", "2001::7f00:1", REFUSED),
    ("six-to-four", "", "2002:7f00:1::", REFUSED),
    ("documentation", "", "2001:db8::1", REFUSED),
    ("unique-local", "", "fd12:3456::1", REFUSED),
    ("link-local", "", "fe80::1", REFUSED),
    ("multicast-in-ipv6", "", "ff02::1", REFUSED),
    // No address.
    ("empty", "", "", UNKNOWN),
    ("no-such-name", "!3", "!3", UNKNOWN),
    ("format-error", "!1", "!1", UNKNOWN),
    ("server-failure", "!2", "!2", UNKNOWN),
    ("not-implemented", "!4", "!4", UNKNOWN),
    ("not-for-you", "!5", "!5", UNKNOWN),
    ("empty-and-a-failure", "", "!2", UNKNOWN),
    ("silent", "silence", "silence", UNKNOWN),
    ("no-such-name-and-silence", "!3", "silence", UNKNOWN),
    ("rubbish", "rubbish", "rubbish", UNKNOWN),
    ("rubbish-before-good-over-tcp", "rubbish|127.0.0.1", "", UNKNOWN),
    ("nothing-behind-the-id", "stub", "stub", UNKNOWN),
    ("truncated-everywhere", "truncated", "truncated", UNKNOWN),
    ("text-alone", "text", "text", UNKNOWN),
    ("a-byte-too-short", "stump", "", UNKNOWN),
    ("under-another-id", "misaddressed", "misaddressed", UNKNOWN),
    ("good-of-another-name", "@elsewhere 127.0.0.1", "", UNKNOWN),
];

/// What aliases lead to.
pub(crate) const BEHIND: &[(&str, &str, &str)] = &[
    ("only-good", "127.0.0.1", ""),
    ("only-inner", "127.0.0.2", "::1"),
    ("first", ">second", ">second"),
    ("second", ">only-inner", ">only-inner"),
    ("circle", ">alias-in-a-circle", ">alias-in-a-circle"),
    ("nothing", "!3", "!3"),
];

/// A name of these tests; one that begins with a dot is a name of its own.
pub(crate) fn full(name: &str) -> String {
    name.strip_prefix('.').map_or_else(|| format!("{name}.names.example.com"), str::to_owned)
}

/// Reads what a name says: addresses of itself, `>name` for an alias whose
/// addresses follow, `@name` for another's, `!3` for a code; after a bar, what
/// it says over TCP.
pub(crate) fn said(text: &str, question: &Question) -> Says {
    let (udp, tcp) = text.split_once('|').unwrap_or((text, text));
    let text = if question.tcp { tcp } else { udp };
    if let Some(code) = text.strip_prefix('!') {
        return Says::Code(code.parse().unwrap());
    }
    let good = || vec![Record::address(&question.name, Ipv4Addr::LOCALHOST.into())];
    match text {
        "silence" => return Says::Silence,
        "truncated" => return Says::Truncated,
        "rubbish" => return Says::Bytes(vec![0xff; 40]),
        "stub" => return Says::Bytes(Vec::new()),
        "misaddressed" => return Says::Misaddressed(good()),
        _ => {}
    }
    let mut owner = question.name.clone();
    let mut records = Vec::new();
    for word in text.split_whitespace() {
        if let Some(alias) = word.strip_prefix('>') {
            records.push(Record::alias(&owner, &full(alias)));
            owner = full(alias);
        } else if let Some(other) = word.strip_prefix('@') {
            owner = full(other);
        } else {
            records.push(match word {
                "text" => Record::text(&owner),
                "stump" => Record::stump(&owner),
                ip => Record::address(&owner, ip.parse().unwrap()),
            });
        }
    }
    Says::Records(records)
}
