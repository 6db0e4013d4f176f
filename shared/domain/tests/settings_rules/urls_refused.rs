//! Hostile and wrong spellings of a URL, and the code that each is refused with.

use domain::webhook::host::AllowedSuffixes;
use domain::webhook::url::WebhookUrl;

use crate::support::{create_with, faults, pairs};

const INVALID_URL: &[&str] = &[
    "",
    " ",
    "hec.example.com",
    "//hec.example.com/",
    "/path",
    "https",
    "https:",
    "https:h",
    "https:hec.example.com",
    "https:/hec.example.com/",
    "https://",
    "https:///",
    "https:///hec.example.com/",
    "https://?q",
    "https://#f",
    "https:\\\\hec.example.com",
    "https:/\\hec.example.com/",
    "https://hec.example.com\\@evil.example.org/",
    "https://hec.example.com/a\\b",
    "http://hec.example.com\\",
    " https://hec.example.com/",
    "https://hec.example.com/ ",
    "https://hec.example.com/a b",
    "\thttps://hec.example.com/",
    "ht\ttps://hec.example.com/",
    "https://hec.exa\tmple.com/",
    "https://hec.example.com/\r\nX: y",
    "https://hec.example.com/\u{0}",
    "https://hec.example.com/\u{7f}",
    "https://hec.example.com/ü",
    "https://bücher.example.com/",
    "https://127。0。0。1/",
    "https://１２７.0.0.1/",
    "https://①②⑦.0.0.1/",
    "https://hec.example.com\u{200b}/",
    "1https://hec.example.com/",
    "+https://hec.example.com/",
    "://hec.example.com/",
    "mailto:a@example.com",
    "javascript:alert(1)",
    "https://hec.example.com/#",
    "https://hec.example.com/#fragment",
    "https://hec.example.com?q#f",
    "https://hec.example.com#@evil.example.org",
];

const HTTPS_REQUIRED: &[&str] = &[
    "http://hec.example.com/",
    "HTTP://hec.example.com/",
    "ftp://hec.example.com/",
    "file:///etc/passwd",
    "ws://hec.example.com/",
    "wss://hec.example.com/",
    "hec.example.com://",
    "gopher://hec.example.com/",
    "httpss://hec.example.com/",
    "http://127.0.0.1/",
    "http://user:pass@localhost:22/#f",
    "javascript://hec.example.com/%0aalert(1)",
    "view-source+https://hec.example.com/",
];

const USERINFO: &[&str] = &[
    "https://@hec.example.com/",
    "https://:@hec.example.com/",
    "https://user@hec.example.com/",
    "https://user:pass@hec.example.com/",
    "https://user:@hec.example.com:8443/",
    "https://hec.example.com:443@evil.example.org",
    "https://a@b@hec.example.com/",
    "https://@/",
    "https://user@?q",
];

const IP_HOST: &[&str] = &[
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.0.0.1:80/",
    "https://127.0.0.1:99999/",
    "https://127.0.0.1#f",
    "https://8.8.8.8/",
    "https://169.254.169.254/latest/meta-data/",
    "https://127.1/",
    "https://127.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0x7f.1/",
    "https://0X7F.0x0.0x0.0x1/",
    "https://0x7f000001/",
    "https://0x/",
    "https://127.0.0.1./",
    "https://0x7f.1./",
    "https://2130706433./",
    "https://%31%32%37.0.0.1/",
    "https://127.0.0%2e1/",
    "https://%30/",
    "https://127.0.0.1%2E/",
    "https://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1/",
    "https://127%E3%80%820%E3%80%820%E3%80%821/",
    "https://256.256.256.256/",
    "https://1.2.3.4.5/",
    "https://99999999999/",
    "https://hec.example.123/",
    "https://hec.example.0x7f/",
    "https://hec.example.com.1./",
    "https://[::1]/",
    "https://[::1]:8443/",
    "https://[::1]:80/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://[2606:4700::1111]/",
    "https://[::]/",
    "https://[::1/",
    "https://[v1.a]/",
    "https://[hec.example.com]/",
    "https://::1/",
    "https://2001:db8::1/",
];

const INVALID_HOST: &[&str] = &[
    "https://h",
    "https://localhost/",
    "https://LOCALHOST:8443/",
    "https://com/",
    "https://:8443/",
    "https://:/",
    "https://./",
    "https://../",
    "https://hec.example.com./",
    "https://hec.example.com.:8443/",
    "https://hec.example.com../",
    "https://localhost./",
    "https://a..b.com/",
    "https://.example.com/",
    "https://127.0.0.1../",
    "https://-a.example.com/",
    "https://a-.example.com/",
    "https://ex_ample.com/",
    "https://exam\"ple.com/",
    "https://exam'ple.com/",
    "https://exam<ple.com/",
    "https://exam|ple.com/",
    "https://a,b.example.com/",
    "https://*.example.com/",
    "https://a!.example.com/",
    "https://hec%2eexample.com/",
    "https://hec.ex%61mple.com/",
    "https://user%40hec.example.com/",
    "https://hec.example.com%00/",
    "https://%/",
    "https://%zz.example.com/",
    "https://b%C3%BCcher.example.com/",
    "https://xn--a.example.com/",
    "https://hec.localhost/",
    "https://printer.local/",
    "https://ip-10-0-0-1.ec2.internal/",
    "https://metadata.google.internal/",
    "https://a.test/",
    "https://a.invalid/",
    "https://expyuzz4wqqyqhjn.onion/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://router.home.arpa/",
    "https://a.localdomain/",
    "https://a.lan/",
    "https://a.home/",
    "https://splunk.corp/",
    "https://a.private/",
    "https://a.intranet/",
    "https://a.example/",
    "https://A.EXAMPLE/",
    "https://a.LoCaL:80/",
];

const INVALID_PORT: &[&str] = &[
    "https://hec.example.com:0/",
    "https://hec.example.com:1/",
    "https://hec.example.com:22/",
    "https://hec.example.com:80/",
    "https://hec.example.com:442/",
    "https://hec.example.com:444/",
    "https://hec.example.com:1023/",
    "https://hec.example.com:65536/",
    "https://hec.example.com:65979/",
    "https://hec.example.com:99999999999999999999/",
    "https://hec.example.com:-1/",
    "https://hec.example.com:+443/",
    "https://hec.example.com:443a/",
    "https://hec.example.com:0x1bb/",
    "https://hec.example.com:443:443/",
    "https://hec.example.com::443/",
    "https://hec.example.com:%34%34%33/",
    "https://hec.example.com:80#f",
];

#[test]
fn a_url_is_refused_with_the_code_of_the_first_rule_that_it_breaks() {
    let tables = [
        ("invalid_url", INVALID_URL),
        ("https_required", HTTPS_REQUIRED),
        ("userinfo", USERINFO),
        ("ip_host", IP_HOST),
        ("invalid_host", INVALID_HOST),
        ("invalid_port", INVALID_PORT),
    ];
    let mut wrong = Vec::new();
    for (code, urls) in tables {
        for url in urls {
            let found =
                WebhookUrl::parse(url, &AllowedSuffixes::default()).map_err(|fault| fault.code().as_str());
            if found.as_ref().err() != Some(&code) {
                wrong.push(format!("{url:?}: {found:?}, not {code}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn all_rules_that_a_url_breaks_are_named_in_their_order() {
    for (url, codes) in [
        ("https://u@127.0.0.1/", &["ip_host", "userinfo"][..]),
        ("http://u@hec.example.com:80/#f", &["https_required", "userinfo", "invalid_port", "invalid_url"]),
        ("https://@hec.local:444/", &["userinfo", "invalid_host", "invalid_port"]),
        ("https://hec.example.com@127.0.0.1/", &["ip_host", "userinfo"]),
        ("https://u@[::1]:80/", &["ip_host", "userinfo"]),
    ] {
        let faults = WebhookUrl::parse_all(url, &AllowedSuffixes::default()).unwrap_err();
        let found: Vec<_> = faults.iter().map(|fault| fault.code().as_str()).collect();
        assert_eq!(found, codes, "{url}");
    }
}

#[test]
fn lengths_are_refused_one_past_the_limit() {
    let url = |length: usize| format!("https://hec.example.com/{}", "x".repeat(length - 24));
    assert_eq!(
        faults(create_with(&serde_json::json!({"url": url(2_049)}))),
        pairs(&[("/url", "invalid_url")])
    );
    let grows = format!("https://hec.example.com/{}", "\"".repeat(700));
    assert_eq!(faults(create_with(&serde_json::json!({"url": grows}))), pairs(&[("/url", "invalid_url")]));
    for host in [format!("{}.example.com", "a".repeat(64)), format!("{}com", "aaaaaaa.".repeat(32))] {
        let fault = WebhookUrl::parse(&format!("https://{host}/"), &AllowedSuffixes::default()).unwrap_err();
        assert_eq!(fault.code().as_str(), "invalid_host", "{host}");
    }
}

#[test]
fn no_allowance_lets_an_address_or_a_bare_name_through() {
    let all = AllowedSuffixes::parse("localhost,1,127.0.0.1,test,example").unwrap();
    for url in IP_HOST {
        assert_eq!(WebhookUrl::parse(url, &all).unwrap_err().code().as_str(), "ip_host", "{url}");
        assert_eq!(WebhookUrl::stored(url).unwrap_err().code().as_str(), "ip_host", "{url}");
    }
    assert!(WebhookUrl::parse("https://localhost:8443/", &all).is_err());
    assert!(WebhookUrl::parse("https://receiver.localhost:8443/", &all).is_ok());
    assert!(WebhookUrl::parse("https://a.internal/", &all).is_err());
}
