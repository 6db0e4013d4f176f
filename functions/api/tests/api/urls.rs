//! URLs at the door: which pass and are kept how, which are refused and with
//! which codes, and that none of them makes the API look up a name. The table is
//! the domain's.

#[path = "../../../../shared/domain/tests/urls/mod.rs"]
mod table;

use std::path::Path;
use std::sync::{Arc, Mutex};

use api::auth::Authenticator;
use api::outbound::Outbound;
use api::page::Page;
use api::slack::Slack;
use api::{Api, Rules, router};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::memory::Memory;
use domain::tenant::Edition;
use domain::webhook::host::AllowedSuffixes;
use platform::settings::AuthSettings;
use reqwest::dns::{Name, Resolve, Resolving};
use serde_json::json;
use tower::ServiceExt;

use self::table::all_refused;
use self::table::allowed::ALLOWED;
use self::table::names::CORP;
use crate::slack_app::FixedApp;
use crate::world::{World, start, token};

/// A resolver that finds nothing, and keeps what it was asked for.
#[derive(Default)]
pub(crate) struct Lookups(Mutex<Vec<String>>);

impl Lookups {
    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Resolve for Lookups {
    fn resolve(&self, name: Name) -> Resolving {
        self.0.lock().unwrap().push(name.as_str().to_owned());
        Box::pin(std::future::ready(Err("no name is looked up".into())))
    }
}

impl World {
    /// The issuer was asked for its keys, at an address, and nobody else for anything.
    fn has_asked_nobody(&self) {
        assert_eq!(self.lookups.names(), [] as [&str; 0]);
        assert!(self.slack.requests().is_empty());
    }
}

#[tokio::test]
async fn a_url_that_passes_is_created_and_patched_and_shown_as_it_is_kept() {
    assert!(ALLOWED.len() >= 60, "{}", ALLOWED.len());
    let world = World::new().await;
    let patched = world.webhook(&json!({})).await;
    for (given, kept) in ALLOWED {
        let kept = if kept.is_empty() { given } else { kept };
        let answer = world.create(&json!({"displayName": "n", "url": given})).send().await;
        assert_eq!(answer.status, StatusCode::CREATED, "created: {given}: {}", answer.text);
        assert_eq!(answer.body["url"], *kept, "created: {given}");
        let path = format!("/v1/webhooks/{}", answer.body["id"].as_str().unwrap());
        assert_eq!(world.get(&path).send().await.body["url"], *kept, "read: {given}");
        // A tenant has room for 50.
        assert_eq!(world.delete(&path).header("if-match", "*").send().await.status, 204, "{given}");
        let answer = world.patch(&patched, &json!({"url": given})).send().await;
        assert_eq!((answer.status.as_u16(), &answer.body["url"]), (200, &json!(kept)), "patched: {given}");
    }
    world.has_asked_nobody();
}

#[tokio::test]
async fn a_url_is_refused_with_the_code_of_every_rule_that_it_breaks() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    for (url, codes) in all_refused() {
        let expected: Vec<_> = codes.split(", ").map(|code| format!("/url {code}")).collect();
        let answer = world.create(&json!({"displayName": "n", "url": url})).send().await;
        assert_eq!(answer.faults(), expected, "created: {url:?}");
        let answer = world.patch(&id, &json!({"url": url})).send().await;
        assert_eq!(answer.faults(), expected, "patched: {url:?}");
    }
    assert_eq!(world.rows("acme").await.len(), 1);
    assert_eq!(world.row(&id).await.version, 1);
    world.has_asked_nobody();
}

#[tokio::test]
async fn a_suffix_that_the_operator_allows_passes_in_every_spelling() {
    let world = World::new().await;
    for url in CORP {
        let answer = world.create(&json!({"displayName": "n", "url": url})).send().await;
        assert_eq!(answer.body["url"], url.to_lowercase(), "{}", answer.text);
    }
    for url in ["https://corp/", "https://a.corp./", "https://a.notcorp.local/", "https://corp.internal/"] {
        let answer = world.create(&json!({"displayName": "n", "url": url})).send().await;
        assert_eq!(answer.faults(), ["/url invalid_host"], "{url}");
    }
    world.has_asked_nobody();
}

/// Without it, that nothing was looked up would prove nothing.
#[tokio::test]
async fn an_issuer_that_has_a_name_is_looked_up() {
    let (memory, lookups) = (Memory::new(start(), 7), Arc::new(Lookups::default()));
    let outbound = Outbound::looking_up_by(lookups.clone()).unwrap();
    let settings = AuthSettings {
        issuer: "https://issuer.example".to_owned(),
        jwks_url: "https://keys.issuer.example/jwks".parse().unwrap(),
        audience: "webhooks".to_owned(),
        tenant_claim: "/tenant".to_owned(),
        user_claim: "/sub".to_owned(),
        admin_claim: "/role".to_owned(),
        admin_value: "admin".to_owned(),
    };
    let base = "https://slack.example".parse().unwrap();
    let slack = Slack::new(outbound.clone(), Arc::new(FixedApp), &base, &base);
    let rules = Rules { default_edition: Edition::Advanced, allowed_suffixes: AllowedSuffixes::default() };
    let authenticator = Authenticator::new(settings, outbound);
    let router = router(Api::new(memory.ports(), authenticator, slack, Page::new(&[], &[]), rules));
    let request = Request::get("/v1/webhooks")
        .header("authorization", format!("Bearer {}", token("acme", "u1", "admin")))
        .body(Body::empty())
        .unwrap();
    assert_eq!(router.oneshot(request).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(lookups.names(), ["keys.issuer.example"]);
}

/// What asks for a name past the one client, or dials an address.
const OTHER_WAYS: [&str; 8] = [
    "lookup_host",
    "ToSocketAddrs",
    "to_socket_addrs",
    "TcpStream",
    "UdpSocket",
    "getaddrinfo",
    "hickory",
    "hyper_util",
];

#[test]
fn the_source_names_no_other_way_to_look_up_a_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("Cargo.toml")];
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(files.len() > 40, "{}", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for way in OTHER_WAYS {
            assert!(!text.contains(way), "{}: {way}", file.display());
        }
        let is_client = file.ends_with("outbound.rs");
        assert!(is_client || !text.contains("reqwest::Client"), "{}: a second client", file.display());
    }
}
