//! What a name may resolve to, and who is dialed: answers of a real name server
//! on loopback, where 127.0.0.1 alone is allowed and the rest of it is inner.

#[path = "dialing/answers.rs"]
mod answers;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dispatcher::resolve::{Resolver, Target, Unresolved};
use domain::address::DangerAllowedCidrs;
use domain::attempt::AttemptError;
use domain::row::State;
use e2e::name_server::{NameServer, Question, Says};
use e2e::rig::Rig;
use e2e::trap::Trap;
use local::Reply;
use platform::settings::ConnectTo;
use serde_json::json;

use answers::{BEHIND, CASES, DELIVERED, REFUSED, UNKNOWN, full, said};

const INNER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// A rig that asks this name server, where only 127.0.0.1 may be dialed, and
/// traps on the receiver's port of inner addresses.
async fn rig(names: &NameServer) -> (Rig, [Trap; 2]) {
    let mut rig = Rig::new().await;
    rig.settings.allowed_cidrs = DangerAllowedCidrs::parse("127.0.0.1/32").unwrap();
    rig.settings.connect_to = ConnectTo::default();
    rig.name_server = Some(names.address());
    rig.restart();
    let port = rig.receiver.port();
    let traps = [Trap::at(INNER, port).await, Trap::at(Ipv6Addr::LOCALHOST, port).await];
    (rig, traps)
}

fn url(rig: &Rig, name: &str) -> String {
    format!("https://{}:{}/{name}", full(name), rig.receiver.port())
}

#[tokio::test]
async fn only_what_a_name_server_says_and_the_rules_allow_is_dialed() {
    assert!(CASES.len() >= 70, "{}", CASES.len());
    let names = NameServer::start(|question| {
        let cases = CASES.iter().map(|(name, v4, v6, _)| (name, v4, v6));
        let behind = BEHIND.iter().map(|(name, v4, v6)| (name, v4, v6));
        let found = cases.chain(behind).find(|(name, ..)| full(name) == question.name);
        found.map_or(Says::Code(3), |(_, v4, v6)| said(if question.v6 { v6 } else { v4 }, question))
    })
    .await;
    let (rig, traps) = rig(&names).await;
    let mut webhooks = Vec::new();
    for (place, (name, ..)) in CASES.iter().enumerate() {
        // A tenant has at most 50 webhooks.
        let tenant = if place % 2 == 0 { "acme" } else { "other" };
        webhooks.push(rig.webhook_of(tenant, json!({ "url": url(&rig, name) })).await);
    }
    let events = ["acme", "other"].map(|tenant| rig.event_of(tenant, "1", "project_scan.finished"));
    assert_eq!(rig.events(&events).await, [0; 0]);

    let arrived = rig.receiver.requests();
    for ((name, _, _, expected), webhook) in CASES.iter().zip(&webhooks) {
        let attempt = rig.last_attempt(webhook);
        assert_eq!(attempt.error, *expected, "{name}");
        let count = arrived.iter().filter(|request| request.path == format!("/{name}")).count();
        assert_eq!(count, usize::from(expected.is_none()), "{name}");
        let state = if expected.is_none() { State::Active } else { State::Failing };
        assert_eq!(rig.row(webhook).await.state().0, state, "{name}");
    }
    for trap in traps {
        assert_eq!(trap.sprung().await, 0, "{}", trap.address());
    }
}

#[tokio::test]
async fn a_name_is_judged_anew_at_every_dial() {
    const MOVES: &[(&str, &str, &str, Option<AttemptError>)] = &[
        ("stays", "127.0.0.1", "", DELIVERED),
        ("moves-inside", "127.0.0.2", "", REFUSED),
        ("gains-an-inner-address", "127.0.0.1 127.0.0.2", "", REFUSED),
        ("gains-an-inner-ipv6-address", "127.0.0.1", "::1", REFUSED),
        ("moves-inside-by-ipv6", "", "::1", REFUSED),
        ("moves-inside-mapped", "", "::ffff:127.0.0.2", REFUSED),
        ("moves-behind-an-alias", ">elsewhere 127.0.0.2", "", REFUSED),
        ("moves-behind-nat64", "", "64:ff9b::127.0.0.1", REFUSED),
        ("moves-to-a-private-network", "10.0.0.1", "", REFUSED),
        ("moves-to-the-metadata", "169.254.169.254", "", REFUSED),
        ("ends", "!3", "!3", UNKNOWN),
        ("falls-silent", "silence", "silence", UNKNOWN),
    ];
    let turn = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&turn);
    let names = NameServer::start(move |question| {
        let (_, v4, v6, _) = MOVES.iter().find(|(name, ..)| full(name) == question.name).unwrap();
        let text = if question.v6 { v6 } else { v4 };
        // The second event finds each name where it has moved, the probe at its old place.
        if now.load(Ordering::SeqCst) == 1 { said(text, question) } else { first(question) }
    })
    .await;
    let (rig, traps) = rig(&names).await;
    rig.receiver.answer(|_| Reply::status(200).with_header("connection", "close"));
    let mut webhooks = Vec::new();
    for (name, ..) in MOVES {
        webhooks.push(rig.webhook(json!({ "url": url(&rig, name) })).await);
    }
    rig.events(&[rig.event("1")]).await;
    assert_eq!(rig.receiver.requests().len(), MOVES.len());
    assert!(MOVES.iter().all(|(name, ..)| names.asked(&full(name)) == 1), "one question for one dial");

    turn.store(1, Ordering::SeqCst);
    rig.receiver.clear();
    rig.events(&[rig.event("2")]).await;
    for ((name, _, _, expected), webhook) in MOVES.iter().zip(&webhooks) {
        let waiting = rig.memory.backlog_of(&webhook.key.webhook).pop();
        let error = waiting.and_then(|item| item.attempts.last().unwrap().error);
        assert_eq!(error, *expected, "{name}");
    }
    let delivered = MOVES.iter().filter(|(.., expected)| expected.is_none()).count();
    assert_eq!(rig.receiver.requests().len(), delivered);

    turn.store(2, Ordering::SeqCst);
    rig.wake().await;
    for ((name, ..), webhook) in MOVES.iter().zip(&webhooks) {
        assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 2, "{name} came back");
    }
    for trap in traps {
        assert_eq!(trap.sprung().await, 0, "{}", trap.address());
    }
}

fn first(question: &Question) -> Says {
    said(if question.v6 { "" } else { "127.0.0.1" }, question)
}

#[tokio::test]
async fn a_kept_connection_asks_nobody_and_stays_where_it_was_judged() {
    let turn = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&turn);
    let names = NameServer::start(move |question| match now.load(Ordering::SeqCst) {
        0 => first(question),
        _ => said(if question.v6 { "::1" } else { "127.0.0.2" }, question),
    })
    .await;
    let (mut rig, traps) = rig(&names).await;
    let webhook = rig.webhook(json!({ "url": url(&rig, "kept") })).await;
    rig.events(&[rig.event("1")]).await;
    turn.store(1, Ordering::SeqCst);
    rig.events(&[rig.event("2")]).await;
    assert_eq!(rig.receiver.requests().len(), 2);
    assert_eq!(names.asked_at_all(), 2, "for IPv4 and IPv6, once");

    rig.restart();
    rig.events(&[rig.event("3")]).await;
    let item = rig.memory.backlog_of(&webhook.key.webhook).pop().unwrap();
    assert_eq!(item.attempts.last().unwrap().error, REFUSED);
    for trap in traps {
        assert_eq!(trap.sprung().await, 0, "{}", trap.address());
    }
}

#[tokio::test]
async fn where_an_operator_sends_a_host_is_judged_too() {
    const TARGETS: &[(&str, Option<AttemptError>)] = &[
        ("127.0.0.1", DELIVERED),
        ("[::ffff:127.0.0.1]", DELIVERED),
        ("127.0.0.2", REFUSED),
        ("127.255.255.254", REFUSED),
        ("[::1]", REFUSED),
        ("[::]", REFUSED),
        ("[::ffff:127.0.0.2]", REFUSED),
        ("[64:ff9b::127.0.0.1]", REFUSED),
        ("0.0.0.0", REFUSED),
        ("10.0.0.1", REFUSED),
        ("169.254.169.254", REFUSED),
    ];
    let names = NameServer::start(|_| Says::Code(3)).await;
    let (mut rig, traps) = rig(&names).await;
    let port = rig.receiver.port();
    let rules = TARGETS.iter().enumerate().map(|(n, (ip, _))| format!("n{n}.names.example.com::{ip}:{port}"));
    rig.settings.connect_to = ConnectTo::parse(&rules.collect::<Vec<_>>().join(",")).unwrap();
    rig.restart();
    let mut webhooks = Vec::new();
    for n in 0..TARGETS.len() {
        webhooks.push(rig.webhook(json!({ "url": format!("https://n{n}.names.example.com/") })).await);
    }
    rig.events(&[rig.event("1")]).await;
    for ((ip, expected), webhook) in TARGETS.iter().zip(&webhooks) {
        assert_eq!(rig.last_attempt(webhook).error, *expected, "{ip}");
    }
    assert_eq!(rig.receiver.requests().len(), 2);
    assert_eq!(names.asked_at_all(), 0);
    for trap in traps {
        assert_eq!(trap.sprung().await, 0, "{}", trap.address());
    }
}

#[tokio::test]
async fn an_address_in_place_of_a_name_resolves_to_nothing() {
    let names = NameServer::start(first).await;
    let resolver = Resolver::new(DangerAllowedCidrs::parse("::/0,0.0.0.0/0").unwrap(), ConnectTo::default())
        .asking(names.address());
    for host in
        ["127.0.0.1", "10.0.0.1", "::1", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%251]", "255.255.255.255"]
    {
        let outcome = resolver.resolve(host, 443).await.map(|_| ());
        assert_eq!(outcome, Err(Unresolved::Dns), "{host}");
    }
    assert_eq!(names.asked_at_all(), 0, "nobody is asked for the name of an address");
    let targets = resolver.resolve("names.example.com", 8_443).await.unwrap();
    let sockets: Vec<_> = targets.into_iter().map(Target::socket).collect();
    assert_eq!(sockets, [(IpAddr::from(Ipv4Addr::LOCALHOST), 8_443).into()], "the port is the URL's");
}
