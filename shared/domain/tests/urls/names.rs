//! Hosts that are no name of the public DNS: special-use and private-use names,
//! single labels, and what is no name at all.

use super::{Refused, with_code};

pub(crate) fn cases() -> Vec<Refused> {
    let mut cases = with_code("invalid_host", SPECIAL_USE);
    cases.extend(with_code("invalid_host", SINGLE_LABELS));
    cases.extend(with_code("invalid_host", NO_NAMES));
    cases.extend(with_code("invalid_host", ENCODED));
    cases.extend(SEVERAL);
    cases
}

/// Each suffix one level deep, deeper, and in another case; `corp` is in [`CORP`].
const SPECIAL_USE: &[&str] = &[
    "https://hec.localhost/",
    "https://a.b.localhost:8443/",
    "https://HEC.LOCALHOST/",
    "https://hec.LocalHost/",
    "https://printer.local/",
    "https://a.b.c.local/",
    "https://Printer.LOCAL:8443/",
    "https://siem.internal/",
    "https://ip-10-0-0-1.ec2.internal/",
    "https://SIEM.Internal/",
    "https://a.test/",
    "https://a.b.test/",
    "https://A.TEST/",
    "https://a.invalid/",
    "https://a.b.invalid/",
    "https://a.InValid/",
    "https://expyuzz4wqqyqhjn.onion/",
    "https://www.expyuzz4wqqyqhjn.onion/",
    "https://EXPYUZZ4WQQYQHJN.ONION/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://1.0.ip6.arpa/",
    "https://router.home.arpa/",
    "https://a.ARPA/",
    "https://localhost.localdomain/",
    "https://a.b.localdomain/",
    "https://a.LocalDomain/",
    "https://a.lan/",
    "https://a.b.lan/",
    "https://A.Lan/",
    "https://a.home/",
    "https://a.b.home/",
    "https://a.HOME/",
    "https://a.private/",
    "https://a.b.private/",
    "https://a.PRIVATE/",
    "https://a.intranet/",
    "https://a.b.intranet/",
    "https://a.IntraNet/",
    "https://a.example/",
    "https://a.b.example/",
    "https://A.EXAMPLE/",
    // Names of metadata services, and of what runs beside a program.
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://METADATA.google.internal/",
    "https://metadata.azure.internal/",
    "https://instance-data.ec2.internal/latest/meta-data/",
    "https://kubernetes.default.svc.cluster.local/",
    "https://host.docker.internal/",
    "https://gateway.docker.internal:8443/",
    // A public name in front changes nothing.
    "https://example.com.localhost/",
    "https://hooks.slack.com.internal/",
];

/// As [`SPECIAL_USE`], in a table of their own, since an operator may allow them.
pub(crate) const CORP: &[&str] =
    &["https://splunk.corp/", "https://a.b.corp/", "https://SPLUNK.CORP/", "https://splunk.Corp:8443/"];

const SINGLE_LABELS: &[&str] = &[
    "https://h",
    "https://localhost",
    "https://localhost/",
    "https://LOCALHOST:8443/",
    "https://LocalHost?q",
    "https://localhost4/",
    "https://localhost6/",
    "https://ip6-localhost/",
    "https://loopback/",
    "https://localdomain/",
    "https://internal/",
    "https://local/",
    "https://corp/",
    "https://test/",
    "https://example/",
    "https://com/",
    "https://metadata/",
    "https://instance-data/latest/meta-data/",
    "https://kubernetes/",
    "https://broadcasthost/",
    "https://xn--lcalhost-9gg/",
    "https://127-0-0-1/",
];

const NO_NAMES: &[&str] = &[
    // A dot at the end, or too many.
    "https://./",
    "https://../",
    "https://hec.example.com./",
    "https://hec.example.com.:8443/",
    "https://hec.example.com../",
    "https://localhost./",
    "https://LOCALHOST.:8443/",
    "https://hec.localhost./",
    "https://metadata.google.internal./",
    "https://a..b.com/",
    "https://.example.com/",
    "https://.localhost/",
    "https://127.0.0.1../",
    // Labels that are none.
    "https://-a.example.com/",
    "https://a-.example.com/",
    "https://a.-example.com/",
    "https://ex_ample.com/",
    "https://_dmarc.example.com/",
    "https://exam\"ple.com/",
    "https://exam'ple.com/",
    "https://exam<ple.com/",
    "https://exam|ple.com/",
    "https://exam^ple.com/",
    "https://exam{ple}.com/",
    "https://a,b.example.com/",
    "https://a;b.example.com/",
    "https://a=b.example.com/",
    "https://a&b.example.com/",
    "https://a+b.example.com/",
    "https://(a).example.com/",
    "https://*.example.com/",
    "https://a!.example.com/",
    "https://a~.example.com/",
    "https://$a.example.com/",
    "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com/",
    "https://xn--a.example.com/",
    "https://xn--.example.com/",
];

/// Parsers decode a host before they use it.
const ENCODED: &[&str] = &[
    "https://hec%2eexample.com/",
    "https://hec.ex%61mple.com/",
    "https://%6c%6f%63%61%6c%68%6f%73%74/",
    "https://loc%61lhost/",
    "https://hec.loc%61lhost/",
    "https://metadata%2egoogle%2einternal/",
    "https://%EF%BD%8Cocalhost/",
    "https://hec.%E2%93%9Bocal/",
    "https://hec.example.com%2e/",
    "https://user%40hec.example.com/",
    "https://hec.example.com%40evil.example.org/",
    "https://hec.example.com%3a80/",
    "https://hec.example.com%2fpath/",
    "https://hec.example.com%23/",
    "https://hec.example.com%00/",
    "https://hec.example.com%00.evil.example.org/",
    "https://hec.example.com%0d%0a/",
    "https://hec.example.com%20/",
    "https://hec%09.example.com/",
    "https://%/",
    "https://%zz.example.com/",
    "https://b%C3%BCcher.example.com/",
    "https://%ff.example.com/",
];

const SEVERAL: &[Refused] = &[
    // Homographs: what parsers read as localhost and its like is told as such.
    ("https://ｌｏｃａｌｈｏｓｔ/", "invalid_url, invalid_host"),
    ("https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "invalid_url, invalid_host"),
    ("https://𝓁𝓸𝒸𝒶𝓁𝒽𝓸𝓈𝓉/", "invalid_url, invalid_host"),
    ("https://ℒocalhost/", "invalid_url, invalid_host"),
    ("https://localhoſt/", "invalid_url, invalid_host"),
    ("https://local\u{ad}host/", "invalid_url, invalid_host"),
    ("https://local\u{200b}host/", "invalid_url, invalid_host"),
    ("https://localhost。/", "invalid_url, invalid_host"),
    ("https://hec。localhost/", "invalid_url, invalid_host"),
    ("https://hec.ｌｏｃａｌ/", "invalid_url, invalid_host"),
    ("https://metadata．google．internal/", "invalid_url, invalid_host"),
    ("https://lоcalhost/", "invalid_url, invalid_host"), // a Cyrillic o
    ("https://lοcalhost/", "invalid_url, invalid_host"), // a Greek o
    ("https://localhost/ü", "invalid_url, invalid_host"),
    ("https:localhost", "invalid_url, invalid_host"),
    ("https:///localhost/", "invalid_url, invalid_host"),
    ("https:\\\\hec.local\\", "invalid_url, invalid_host"),
    ("https://local\thost/", "invalid_url, invalid_host"),
    ("http://localhost/", "https_required, invalid_host"),
    ("http://user:pass@localhost:22/#f", "https_required, userinfo, invalid_host, invalid_port, invalid_url"),
    ("https://@localhost/", "userinfo, invalid_host"),
    ("https://hec.example.com@localhost/", "userinfo, invalid_host"),
    ("https://@hec.local:444/", "userinfo, invalid_host, invalid_port"),
    ("https://a.LoCaL:80/", "invalid_host, invalid_port"),
    ("https://localhost:80/", "invalid_host, invalid_port"),
    ("https://hec.example.com.:80/", "invalid_host, invalid_port"),
    ("https://hec.test#f", "invalid_host, invalid_url"),
];
