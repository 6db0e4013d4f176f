//! What every answer leads to (contract, section 4), over the wire: each case
//! has a webhook of its own, whose path says what it is answered.

use std::net::Ipv4Addr;
use std::time::Duration;

use domain::attempt::AttemptError;
use domain::delivery::Outcome;
use domain::health::{DisabledReason, Health};
use domain::row::{State, WebhookRow};
use e2e::rig::{HOST, Rig};
use e2e::trap::Trap;
use local::{Ca, Reply};
use platform::settings::ConnectTo;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio_rustls::TlsAcceptor;

/// A webhook for each of so many cases, at `/<its place>`, and an event for each tenant.
async fn send_to_each(rig: &Rig, cases: usize) -> Vec<WebhookRow> {
    let mut webhooks = Vec::new();
    for place in 0..cases {
        let fields = json!({
            "url": format!("https://{HOST}/{place}"), "authorization": "Bearer hunter2hunter2",
            "signingSecrets": [{ "value": "0123456789abcdef" }],
        });
        // A tenant has at most 50 webhooks.
        webhooks.push(rig.webhook_of(&format!("tenant-{}", place / 50), fields).await);
    }
    for webhook in webhooks.iter().step_by(50) {
        let event = rig.event_of(webhook.key.tenant.as_str(), "1", "project_scan.finished");
        assert_eq!(rig.events(&[event]).await, [0; 0]);
    }
    webhooks
}

fn place(request: &local::Request) -> usize {
    request.path[1..].parse().unwrap()
}

/// What the contract makes of a status, in so many words.
fn assert_follows(rig: &Rig, (before, after): (&WebhookRow, &WebhookRow), status: u16, case: &str) {
    let attempt = rig.last_attempt(before);
    let error = match status {
        200..=299 => None,
        300..=399 => Some(AttemptError::Redirect),
        _ => Some(AttemptError::HttpStatus),
    };
    assert_eq!((attempt.status_code, attempt.error), (Some(status), error), "{case}");
    let log = rig.memory.log_of(&before.key.webhook);
    let backlog = rig.memory.backlog_of(&before.key.webhook);
    match status {
        200..=299 | 400 | 413 | 415 | 422 => {
            let outcome = if status < 300 { Outcome::Succeeded } else { Outcome::Failed };
            assert_eq!(log.iter().map(|entry| entry.outcome).collect::<Vec<_>>(), [outcome], "{case}");
            assert!(backlog.is_empty() && after == before, "{case}: the webhook stays as it is");
        }
        410 => {
            assert_eq!(after.state().0, State::Disabled(DisabledReason::Gone), "{case}");
            assert!(log.is_empty() && backlog.len() == 1 && after.holds(&backlog[0]), "{case}: held");
            assert_eq!(after.wake, None, "{case}");
        }
        _ => {
            assert_eq!(after.state().0, State::Failing, "{case}");
            assert!(log.is_empty() && backlog.len() == 1 && !after.holds(&backlog[0]), "{case}: pending");
            assert!(after.wake.is_some(), "{case}");
        }
    }
}

#[tokio::test]
async fn every_final_status_means_what_the_contract_says() {
    let statuses: Vec<u16> = (200..=599).collect();
    assert_eq!(statuses.len(), 400);
    let rig = Rig::new().await;
    rig.receiver.answer(|request| Reply::status(200 + u16::try_from(place(request)).unwrap()));
    let webhooks = send_to_each(&rig, statuses.len()).await;
    assert_eq!(rig.receiver.requests().len(), statuses.len());
    for (status, webhook) in statuses.iter().zip(&webhooks) {
        let after = rig.row(webhook).await;
        assert_follows(&rig, (webhook, &after), *status, &status.to_string());
    }
}

/// Answers `/<n>` with the interim status 100 + n, and behind that with what
/// `last` says; then it closes.
async fn interim(rig: &mut Rig, last: &'static str) {
    let ca = Ca::new().unwrap();
    let acceptor = TlsAcceptor::from(ca.server_config(&[HOST]).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    rig.settings.extra_ca_pem = Some(ca.pem());
    rig.settings.connect_to = ConnectTo::parse(&format!("{HOST}:443:127.0.0.1:{port}")).unwrap();
    rig.restart();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = BufReader::new(acceptor.accept(stream).await.unwrap());
                let mut line = String::new();
                stream.read_line(&mut line).await.unwrap();
                let place: u16 = line.split(['/', ' ']).nth(2).unwrap().parse().unwrap();
                let answer = format!("HTTP/1.1 {} Interim\r\n\r\n{last}", 100 + place);
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.ok();
            });
        }
    });
}

/// RFC 9110, section 15.2: an interim answer is followed by the final one; 101 is
/// final itself, of a protocol that nobody asked for.
#[tokio::test]
async fn an_interim_status_is_no_answer() {
    for (last, behind) in [
        ("", Err(AttemptError::ConnectFailed)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Ok(200)),
        ("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", Ok(503)),
    ] {
        let mut rig = Rig::new().await;
        interim(&mut rig, last).await;
        for (place, webhook) in send_to_each(&rig, 100).await.iter().enumerate() {
            let (status, after) = (100 + u16::try_from(place).unwrap(), rig.row(webhook).await);
            let case = format!("{status}, then {behind:?}");
            match (status, behind) {
                (101, _) => assert_follows(&rig, (webhook, &after), 101, &case),
                (_, Ok(last)) => assert_follows(&rig, (webhook, &after), last, &case),
                (_, Err(error)) => {
                    let attempt = rig.last_attempt(webhook);
                    assert_eq!((attempt.status_code, attempt.error), (None, Some(error)), "{case}");
                    assert_eq!(after.state().0, State::Failing, "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn no_redirect_is_followed_wherever_it_leads() {
    let mut rig = Rig::new().await;
    let (other, plain) = (Trap::on(Ipv4Addr::LOCALHOST).await, Trap::on(Ipv4Addr::LOCALHOST).await);
    let inner = Trap::on(Ipv4Addr::new(127, 0, 0, 2)).await;
    let ports = [&other, &plain, &inner].map(|trap| trap.address().port());
    // Whoever followed one would get there.
    rig.settings.connect_to = ConnectTo::parse(&format!(
        "{HOST}:443:127.0.0.1:{},other.names.example.com::127.0.0.1:{},{HOST}:{}:127.0.0.1:{}",
        rig.receiver.port(),
        ports[0],
        ports[1],
        ports[1]
    ))
    .unwrap();
    rig.restart();
    let locations = [
        Some(format!("https://{HOST}/elsewhere")),
        Some("https://other.names.example.com/hook".to_owned()),
        Some(format!("https://127.0.0.2:{}/hook", ports[2])),
        Some(format!("http://{HOST}:{}/hook", ports[1])),
        Some("//other.names.example.com/hook".to_owned()),
        Some("/elsewhere".to_owned()),
        Some("not a URL".to_owned()),
        None,
    ];
    let cases: Vec<(u16, Option<String>)> = (300..=308)
        .flat_map(|status| locations.iter().map(move |location| (status, location.clone())))
        .collect();
    assert!(cases.len() >= 72, "{}", cases.len());
    let answers = cases.clone();
    rig.receiver.answer(move |request| {
        let (status, location) = &answers[place(request)];
        let reply = Reply::status(*status);
        location.iter().fold(reply, |reply, location| reply.with_header("location", location))
    });
    let webhooks = send_to_each(&rig, cases.len()).await;
    for ((status, location), webhook) in cases.iter().zip(&webhooks) {
        let after = rig.row(webhook).await;
        assert_follows(&rig, (webhook, &after), *status, &format!("{status} to {location:?}"));
    }
    let mut places: Vec<usize> = rig.receiver.requests().iter().map(place).collect();
    places.sort_unstable();
    assert_eq!(places, (0..cases.len()).collect::<Vec<_>>(), "each was asked once, and nothing else");
    for trap in [other, plain, inner] {
        assert_eq!(trap.sprung().await, 0, "{}", trap.address());
    }
}

/// Each with the seconds it asks for, when it is 2026-11-23T15:40:00Z.
const RETRY_AFTER: &[(&[&str], Option<u64>)] = &[
    (&[], None),
    (&["120"], Some(120)),
    (&["43200"], Some(43_200)),
    (&["43201"], Some(43_200)),
    (&["99999999999999999999999"], Some(43_200)),
    (&["0"], None),
    (&["-120"], None),
    (&["+120"], None),
    (&["120.5"], None),
    (&["120, 600"], None),
    (&["soon"], None),
    (&[""], None),
    (&["Mon, 23 Nov 2026 15:50:00 GMT"], Some(600)),
    (&["Monday, 23-Nov-26 15:50:00 GMT"], Some(600)),
    (&["Mon Nov 23 15:50:00 2026"], Some(600)),
    (&["Mon, 23 Nov 2026 15:40:00 GMT"], None),
    (&["Sun, 22 Nov 2026 15:50:00 GMT"], None),
    (&["Thu, 01 Jan 1970 00:00:00 GMT"], None),
    (&["Fri, 31 Dec 9999 23:59:59 GMT"], Some(43_200)),
    (&["2026-11-23T15:50:00Z"], None),
    (&["120", "600"], Some(600)),
    (&["600", "120"], Some(600)),
    (&["soon", "120"], Some(120)),
];

#[tokio::test]
async fn a_retry_after_moves_the_next_probe_and_nothing_else() {
    const STATUSES: [u16; 14] = [200, 204, 301, 400, 401, 404, 408, 410, 413, 425, 429, 500, 503, 599];
    let cases: Vec<(u16, &[&str], Option<u64>)> = STATUSES
        .iter()
        .flat_map(|status| RETRY_AFTER.iter().map(|(values, wait)| (*status, *values, *wait)))
        .collect();
    assert!(cases.len() >= 300, "{}", cases.len());
    let rig = Rig::new().await;
    let answers = cases.clone();
    rig.receiver.answer(move |request| {
        let (status, values, _) = answers[place(request)];
        values.iter().fold(Reply::status(status), |reply, value| reply.with_header("retry-after", value))
    });
    let webhooks = send_to_each(&rig, cases.len()).await;
    let now = rig.ports().clock.now();
    for ((status, values, wait), webhook) in cases.iter().zip(&webhooks) {
        let (case, after) = (format!("{status} with {values:?}"), rig.row(webhook).await);
        assert_follows(&rig, (webhook, &after), *status, &case);
        let Health::Failing { .. } = after.health else { continue };
        let slept = after.wake.unwrap().at.since(now);
        match wait {
            Some(wait) => assert_eq!(slept, Duration::from_secs(*wait), "{case}"),
            // The schedule's first wait, give or take a fifth.
            None => assert!((4_000..=6_000).contains(&slept.as_millis()), "{case}: {slept:?}"),
        }
    }
}
