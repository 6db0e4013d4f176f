//! Hostile and wrong spellings of a URL, and the code that each is refused with.

use domain::webhook::host::AllowedSuffixes;
use domain::webhook::url::{UrlFault, WebhookUrl};

use crate::support::{create_with, faults, pairs};
use crate::urls::names::CORP;
use crate::urls::{addresses, all_refused};

#[test]
fn a_url_is_refused_with_the_code_of_every_rule_that_it_breaks() {
    let none = AllowedSuffixes::default();
    let mut wrong = Vec::new();
    let corp = CORP.iter().map(|url| (*url, "invalid_host"));
    for (url, codes) in all_refused().into_iter().chain(corp) {
        let found = WebhookUrl::parse_all(url, &none).map_err(|faults| codes_of(&faults));
        if found.as_ref().err().map(String::as_str) != Some(codes) {
            wrong.push(format!("{url:?}: {found:?}, not {codes}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn codes_of(faults: &[UrlFault]) -> String {
    faults.iter().map(|fault| fault.code().as_str()).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_single_fault_is_that_of_the_first_rule() {
    for (url, codes) in all_refused() {
        let fault = WebhookUrl::parse(url, &AllowedSuffixes::default()).unwrap_err();
        assert_eq!(Some(fault.code().as_str()), codes.split(", ").next(), "{url}");
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
fn an_allowance_is_a_list_of_names_with_or_without_a_dot() {
    let longest = "a.".repeat(126) + "a";
    for (list, names) in [
        ("", &[][..]),
        (" , ,", &[]),
        ("corp", &["corp"]),
        (" .Corp.Example , lan ", &["corp.example", "lan"]),
        (&longest, &[&longest]),
    ] {
        let allowed = AllowedSuffixes::parse(list).unwrap();
        assert_eq!(allowed.iter().collect::<Vec<_>>(), names, "{list}");
        assert_eq!(allowed.is_empty(), names.is_empty(), "{list}");
    }
    for list in ["..corp", "corp.", "a b", "corp,ex_ample", "*", "é", &format!("{longest}a"), &"a".repeat(64)]
    {
        assert!(AllowedSuffixes::parse(list).is_err(), "{list}");
    }
}

#[test]
fn no_allowance_lets_an_address_or_a_bare_name_through() {
    let all = AllowedSuffixes::parse("localhost,1,127.0.0.1,test,example").unwrap();
    for (url, codes) in addresses::cases() {
        assert_eq!(
            WebhookUrl::parse_all(url, &all).map_err(|faults| codes_of(&faults)),
            Err(codes.to_owned())
        );
        let stored = WebhookUrl::stored(url).unwrap_err();
        assert_eq!(Some(stored.code().as_str()), codes.split(", ").next(), "{url}");
    }
    assert!(WebhookUrl::parse("https://localhost:8443/", &all).is_err());
    assert!(WebhookUrl::parse("https://receiver.localhost:8443/", &all).is_ok());
    assert!(WebhookUrl::parse("https://a.internal/", &all).is_err());
}
