//! URLs and what becomes of each, in one table for the domain's tests and the
//! API's. A code stands for a broken rule; a URL that breaks several names them
//! all, in the order of the rules.

pub(crate) mod addresses;
pub(crate) mod allowed;
pub(crate) mod names;
pub(crate) mod written;

/// A URL, and the codes of the rules that it breaks.
pub(crate) type Refused = (&'static str, &'static str);

/// The classes of refused URLs, and how many cases each has at least.
pub(crate) fn refused() -> [(&'static str, usize, Vec<Refused>); 3] {
    [
        ("schemes, userinfo, ports and raw bytes", 90, written::cases()),
        ("spellings of addresses", 150, addresses::cases()),
        ("special names", 90, names::cases()),
    ]
}

/// All refused URLs, each of them once.
pub(crate) fn all_refused() -> Vec<Refused> {
    let mut all = Vec::new();
    for (class, least, cases) in refused() {
        assert!(cases.len() >= least, "{class}: {}", cases.len());
        all.extend(cases);
    }
    let mut urls: Vec<_> = all.iter().map(|(url, _)| url).collect();
    urls.sort_unstable();
    assert!(urls.windows(2).all(|two| two[0] != two[1]), "no URL twice");
    all
}

/// The URLs with this code.
fn with_code(code: &'static str, urls: &[&'static str]) -> Vec<Refused> {
    urls.iter().map(|url| (*url, code)).collect()
}
