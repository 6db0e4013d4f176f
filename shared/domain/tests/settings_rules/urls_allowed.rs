//! URLs that pass, and what every URL that passes has.

use domain::webhook::host::AllowedSuffixes;
use domain::webhook::url::WebhookUrl;
use proptest::prelude::*;

use crate::urls::allowed::ALLOWED;

#[test]
fn a_url_is_kept_as_the_parser_writes_it() {
    assert!(ALLOWED.len() >= 60, "{}", ALLOWED.len());
    for (given, kept) in ALLOWED {
        let kept = if kept.is_empty() { given } else { kept };
        let read = WebhookUrl::parse(given, &AllowedSuffixes::default());
        assert_eq!(read.as_ref().map(WebhookUrl::as_str), Ok(*kept), "{given}");
        check(&read.unwrap());
    }
}

#[test]
fn lengths_pass_up_to_the_limit() {
    let host = format!("{}.{}com", "a".repeat(57), "aaaaaaaaaaa.".repeat(16));
    assert_eq!(host.len(), 253);
    for url in [
        format!("https://hec.example.com/{}", "x".repeat(2_024)),
        format!("https://{}.example.com/", "a".repeat(63)),
        format!("https://{host}/"),
    ] {
        check(&WebhookUrl::parse(&url, &AllowedSuffixes::default()).unwrap());
    }
}

/// What every URL that passed has, judged by other means than it was.
fn check(read: &WebhookUrl) {
    let again = WebhookUrl::stored(read.as_str());
    assert_eq!(again.as_ref().map(WebhookUrl::as_str), Ok(read.as_str()));
    assert!(again.unwrap().same_origin(read));

    let parsed = url::Url::parse(read.as_str()).unwrap();
    assert_eq!(parsed.as_str(), read.as_str());
    assert_eq!(parsed.scheme(), "https");
    assert_eq!((parsed.username(), parsed.password(), parsed.fragment()), ("", None, None));
    assert_eq!(parsed.host(), Some(url::Host::Domain(read.host())));
    let port = parsed.port_or_known_default().unwrap();
    assert!(port == read.port() && (port == 443 || port >= 1024), "{port}");
    assert!(read.host().parse::<std::net::IpAddr>().is_err());

    let uri: http::Uri = read.as_str().parse().unwrap();
    assert_eq!((uri.host(), uri.port_u16().unwrap_or(443)), (Some(read.host()), port));
    assert!(!uri.authority().unwrap().as_str().contains('@'));
}

/// Text that is nearly a URL, of parts that parsers disagree on.
fn nearly_a_url() -> impl Strategy<Value = String> {
    let scheme = prop::sample::select(vec![
        "https://",
        "HTTPS://",
        "https:",
        "https:///",
        "http://",
        "https:\\\\",
        "",
    ]);
    let label = prop_oneof![
        8 => "[a-zA-Z0-9-]{1,8}",
        2 => prop::sample::select(vec!["127", "0x7f", "1", "com", "example", "local", "xn--bcher-kva", "%31", "%2e"])
            .prop_map(str::to_owned),
        1 => "[ -~]{0,4}",
    ];
    let host = prop::collection::vec(label, 1..5).prop_map(|labels| labels.join("."));
    let before = prop_oneof![9 => Just(String::new()), 1 => "[ -~]{0,3}@"];
    let after = prop_oneof![
        4 => Just(String::new()),
        3 => (0_u32..70_000).prop_map(|port| format!(":{port}")),
        1 => "[:.\\[\\]@%\\\\]{1,2}[0-9]{0,4}",
    ];
    let rest = prop_oneof![1 => Just(String::new()), 6 => "[/?][!-~]{0,20}", 1 => "[/?#\\\\]\\PC{0,8}"];
    (scheme, before, host, after, rest)
        .prop_map(|(scheme, before, host, after, rest)| format!("{scheme}{before}{host}{after}{rest}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_url_that_passes_reads_back_and_keeps_every_rule(raw in nearly_a_url()) {
        for suffixes in ["", "local,example"] {
            if let Ok(read) = WebhookUrl::parse(&raw, &AllowedSuffixes::parse(suffixes).unwrap()) {
                check(&read);
            }
        }
    }

    #[test]
    fn no_text_at_all_makes_the_reading_fail(raw in "\\PC{0,40}", host in "[ -~]{0,20}") {
        let none = AllowedSuffixes::default();
        let _ = WebhookUrl::parse(&raw, &none);
        if let Ok(read) = WebhookUrl::parse(&format!("https://{host}"), &none) {
            check(&read);
        }
    }
}
