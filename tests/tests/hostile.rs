//! Receivers that break every rule: an attempt ends in time, with the right
//! code, reads little, and harms nobody else.

#[path = "hostile/cases.rs"]
mod cases;
#[path = "hostile/server.rs"]
mod server;

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::attempt::{ATTEMPT_TIMEOUT, AttemptError, CONNECT_TIMEOUT};
use domain::row::State;
use e2e::rig::{HOST, Rig};
use local::Ca;
use platform::settings::ConnectTo;
use serde_json::json;

use cases::CASES;
use server::{Hostile, Opening};

/// What may go over a connection that is cut off, with what the systems on
/// both sides keep of it.
const MOST_BYTES: usize = 512 * 1024;
/// How much longer than its deadline an attempt may take on a busy machine.
const TOLERANCE: Duration = Duration::from_millis(500);
/// A tenant has at most 50 webhooks, and each has a good one beside the hostile.
const PER_TENANT: usize = 40;

#[tokio::test]
async fn a_hostile_receiver_is_cut_off_in_time_and_harms_nobody() {
    assert!(CASES.len() >= 95, "{}", CASES.len());
    let mut rig = Rig::new().await;
    let receivers = start_all(&mut rig).await;
    let (mut webhooks, mut good, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for place in 0..CASES.len() {
        let tenant = format!("tenant-{}", place / PER_TENANT);
        if place % PER_TENANT == 0 {
            good.push(rig.webhook_of(&tenant, json!({})).await);
            events.push(rig.event_of(&tenant, "1", "project_scan.finished"));
        }
        let url = format!("https://{}/", host(place));
        webhooks.push(rig.webhook_of(&tenant, json!({ "url": url })).await);
    }
    assert_eq!(rig.events(&events).await, [0; 0]);

    for ((name, opening, _, expected), (webhook, receiver)) in
        CASES.iter().zip(webhooks.iter().zip(&receivers))
    {
        let attempt = rig.last_attempt(webhook);
        assert_eq!(attempt.status_code.ok_or_else(|| attempt.error.unwrap()), *expected, "{name}");
        let written = receiver.written.load(Ordering::SeqCst);
        assert!(written <= MOST_BYTES, "{name}: {written} bytes");
        let deadline = match (opening, expected) {
            (Opening::Closed | Opening::NeverAccepted, _) | (_, Err(AttemptError::TlsFailed)) => {
                CONNECT_TIMEOUT
            }
            (_, Ok(_) | Err(_)) => ATTEMPT_TIMEOUT,
        };
        let took = Duration::from_millis(attempt.duration_ms.into());
        assert!(took <= deadline + TOLERANCE, "{name}: {took:?}");
        let state = match expected {
            Ok(200..=299 | 413) => State::Active,
            Ok(_) | Err(_) => State::Failing,
        };
        assert_eq!(rig.row(webhook).await.state().0, state, "{name}");
    }
    for webhook in good {
        assert_eq!(rig.last_attempt(&webhook).status_code, Some(200), "the webhook next door");
    }
}

fn host(place: usize) -> String {
    format!("n{place}.names.example.com")
}

/// A receiver for each case, which the rig's dispatcher reaches by its host and trusts.
async fn start_all(rig: &mut Rig) -> Vec<Hostile> {
    let ca = Ca::new().unwrap();
    let mut receivers = Vec::new();
    let mut rules = vec![format!("{HOST}:443:127.0.0.1:{}", rig.receiver.port())];
    for (place, (_, opening, script, _)) in CASES.iter().enumerate() {
        let receiver = Hostile::start(&ca, &host(place), *opening, script).await;
        rules.push(format!("{}:443:127.0.0.1:{}", host(place), receiver.port));
        receivers.push(receiver);
    }
    rig.settings.connect_to = ConnectTo::parse(&rules.join(",")).unwrap();
    rig.settings.extra_ca_pem = rig.settings.extra_ca_pem.take().map(|own| own + &ca.pem());
    rig.restart();
    receivers
}
