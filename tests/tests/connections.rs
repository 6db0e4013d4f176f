//! Connections that are kept, die, or never were: when a request is sent again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::attempt::AttemptError;
use domain::delivery::Outcome;
use domain::row::{Change, Status};
use e2e::rig::{HOST, Rig};
use local::Ca;
use platform::settings::ConnectTo;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::HandshakeKind;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// How often a server was dialed and asked, and what the connections are secured with.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: AtomicUsize,
    /// Connections that are open now, and the most that ever were.
    open: AtomicUsize,
    most_open: AtomicUsize,
    /// Handshakes that went on from an earlier connection's session.
    resumed: AtomicUsize,
    suites: Mutex<BTreeSet<String>>,
}

/// Open as long as it is there.
struct Opened(Arc<Seen>);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers the first requests of each connection with `answers`, then closes
/// it at the next request without a word; in the middle of half an answer.
async fn serve(rig: &mut Rig, answers: &'static [&'static str]) -> Arc<Seen> {
    serve_slowly(rig, answers, Duration::ZERO).await
}

/// The same; it closes so long after that request.
async fn serve_slowly(rig: &mut Rig, answers: &'static [&'static str], wait: Duration) -> Arc<Seen> {
    let ca = Ca::new().unwrap();
    let acceptor = TlsAcceptor::from(ca.server_config(&[HOST, "*.hosts.example.com"]).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    rig.settings.extra_ca_pem = Some(ca.pem());
    let to = [HOST, "*.hosts.example.com"].map(|host| format!("{host}:443:127.0.0.1:{port}")).join(",");
    rig.settings.connect_to = ConnectTo::parse(&to).unwrap();
    rig.restart();
    let seen = Arc::new(Seen::default());
    let counts = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, counts) = (acceptor.clone(), Arc::clone(&counts));
            counts.connections.fetch_add(1, Ordering::SeqCst);
            let open = counts.open.fetch_add(1, Ordering::SeqCst) + 1;
            counts.most_open.fetch_max(open, Ordering::SeqCst);
            tokio::spawn(async move {
                let _open = Opened(Arc::clone(&counts));
                let mut stream = acceptor.accept(stream).await.unwrap();
                let tls = stream.get_ref().1;
                let suite = tls.negotiated_cipher_suite().unwrap().suite();
                counts.suites.lock().unwrap().insert(format!("{suite:?}"));
                let is_resumed = tls.handshake_kind() == Some(HandshakeKind::Resumed);
                counts.resumed.fetch_add(usize::from(is_resumed), Ordering::SeqCst);
                let mut bytes = [0; 16 * 1024];
                for answer in answers {
                    if !matches!(stream.read(&mut bytes).await, Ok(1..)) {
                        return;
                    }
                    counts.requests.fetch_add(1, Ordering::SeqCst);
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    if !answer.ends_with("\r\n\r\n") {
                        return;
                    }
                }
                // The connection dies when it is next used, or when nobody wants it any more.
                let _next_request = stream.read(&mut bytes).await;
                if !wait.is_zero() {
                    pass(wait).await;
                }
            });
        }
    });
    seen
}

/// So much time passes, in no time.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_kept_connection_that_has_died_is_followed_by_a_fresh_one() {
    let mut rig = Rig::new().await;
    let seen = serve(&mut rig, &[OK]).await;
    let webhook = rig.webhook(json!({})).await;
    for id in ["1", "2", "3"] {
        rig.events(&[rig.event(id)]).await;
    }
    let log = rig.memory.log_of(&webhook.key.webhook);
    assert!(
        log.iter().all(|entry| entry.outcome == Outcome::Succeeded && entry.attempts.count() == 1),
        "{log:?}"
    );
    assert_eq!((log.len(), seen.requests.load(Ordering::SeqCst)), (3, 3));
    assert_eq!(seen.connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_fresh_connection_that_dies_is_not_followed_by_another() {
    let mut rig = Rig::new().await;
    let seen = serve(&mut rig, &[]).await;
    let webhook = rig.webhook(json!({})).await;
    rig.events(&[rig.event("1")]).await;
    let item = rig.memory.backlog_of(&webhook.key.webhook).pop().unwrap();
    assert_eq!(item.attempts.last().unwrap().error, Some(AttemptError::ConnectFailed));
    assert_eq!(seen.connections.load(Ordering::SeqCst), 1);
}

/// A receiver that dies over a request may have done what it asks for.
#[tokio::test]
async fn a_fresh_connection_that_dies_late_is_not_followed_by_another_either() {
    let mut rig = Rig::new().await;
    let seen = serve_slowly(&mut rig, &[], Duration::from_millis(1_100)).await;
    let webhook = rig.webhook(json!({})).await;
    rig.events(&[rig.event("1")]).await;
    let item = rig.memory.backlog_of(&webhook.key.webhook).pop().unwrap();
    assert_eq!(item.attempts.last().unwrap().error, Some(AttemptError::ConnectFailed));
    assert_eq!(seen.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_request_that_was_half_answered_is_not_sent_again() {
    let mut rig = Rig::new().await;
    let seen = serve(&mut rig, &[OK, "HTTP/1.1 200 O"]).await;
    let webhook = rig.webhook(json!({})).await;
    rig.events(&[rig.event("1")]).await;
    rig.events(&[rig.event("2")]).await;
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 1);
    assert_eq!((seen.connections.load(Ordering::SeqCst), seen.requests.load(Ordering::SeqCst)), (1, 2));
}

#[tokio::test]
async fn an_endless_head_is_cut_off() {
    let mut rig = Rig::new().await;
    let head: &'static str =
        Box::leak(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1 << 20)).into_boxed_str());
    let answers: &'static [&'static str] = Box::leak(vec![head].into_boxed_slice());
    serve(&mut rig, answers).await;
    let webhook = rig.webhook(json!({})).await;
    rig.events(&[rig.event("1")]).await;
    let item = rig.memory.backlog_of(&webhook.key.webhook).pop().unwrap();
    assert_eq!(item.attempts.last().unwrap().error, Some(AttemptError::ResponseTooLarge));
}

#[tokio::test]
async fn a_connection_is_used_for_many_requests() {
    let mut rig = Rig::new().await;
    let seen = serve(&mut rig, &[OK; 20]).await;
    rig.webhook(json!({})).await;
    for id in 0..20 {
        rig.events(&[rig.event(&id.to_string())]).await;
    }
    assert_eq!((seen.connections.load(Ordering::SeqCst), seen.requests.load(Ordering::SeqCst)), (1, 20));
}

#[tokio::test]
async fn a_receiver_that_takes_what_is_asked_for_first_gets_aes_128() {
    let mut rig = Rig::new().await;
    let seen = serve(&mut rig, &[OK]).await;
    rig.webhook(json!({})).await;
    rig.events(&[rig.event("1")]).await;
    assert_eq!(*seen.suites.lock().unwrap(), BTreeSet::from(["TLS13_AES_128_GCM_SHA256".to_owned()]));
}

/// The second handshake with a receiver verifies no certificate and no signature: a third of the work.
#[tokio::test]
async fn many_receivers_are_met_again_by_a_short_handshake() {
    const GONE: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let mut rig = Rig::new().await;
    let seen = serve(&mut rig, &[GONE]).await;
    let tenants: Vec<String> = (0..4).map(|tenant| format!("t{tenant}")).collect();
    for (number, tenant) in tenants.iter().flat_map(|tenant| (0..15).map(move |number| (number, tenant))) {
        rig.webhook_of(tenant, json!({"url": format!("https://{tenant}-{number}.hosts.example.com/")})).await;
    }
    for (id, resumed) in [("1", 0), ("2", 60)] {
        let events: Vec<_> =
            tenants.iter().map(|tenant| rig.event_of(tenant, id, "project_scan.finished")).collect();
        assert!(rig.events(&events).await.is_empty());
        assert_eq!(seen.resumed.load(Ordering::SeqCst), resumed, "{id}");
    }
    assert_eq!(seen.connections.load(Ordering::SeqCst), 120);
}

#[tokio::test]
async fn a_connection_is_used_for_a_minute_at_most() {
    let mut rig = Rig::new().await;
    let seen = serve(&mut rig, &[OK; 20]).await;
    rig.webhook(json!({})).await;
    for (id, seconds, connections) in [("1", 0, 1), ("2", 25, 1), ("3", 25, 1), ("4", 11, 2), ("5", 25, 2)] {
        pass(Duration::from_secs(seconds)).await;
        rig.events(&[rig.event(id)]).await;
        assert_eq!(seen.connections.load(Ordering::SeqCst), connections, "{id}");
    }
    assert_eq!(seen.requests.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn a_connection_that_was_idle_for_half_a_minute_is_not_used_again() {
    let mut rig = Rig::new().await;
    let seen = serve(&mut rig, &[OK; 20]).await;
    rig.webhook(json!({})).await;
    for (id, seconds, connections) in [("1", 0, 1), ("2", 29, 1), ("3", 31, 2)] {
        pass(Duration::from_secs(seconds)).await;
        rig.events(&[rig.event(id)]).await;
        assert_eq!(seen.connections.load(Ordering::SeqCst), connections, "{id}");
    }
}

#[tokio::test]
async fn of_one_host_sixteen_idle_connections_are_kept() {
    let mut rig = Rig::new().await;
    let seen = serve(&mut rig, &[OK; 20]).await;
    for _ in 0..20 {
        rig.webhook(json!({})).await;
    }
    for (id, connections) in [("1", 20), ("2", 24)] {
        assert!(rig.events(&[rig.event(id)]).await.is_empty());
        assert_eq!(seen.connections.load(Ordering::SeqCst), connections, "{id}");
    }
    assert_eq!(seen.requests.load(Ordering::SeqCst), 40);
}

/// Lambda allows 1,024 file descriptors, and there are always new hosts.
#[tokio::test]
async fn idle_connections_make_room_for_new_ones() {
    let mut rig = Rig::new().await;
    let seen = serve(&mut rig, &[OK; 20]).await;
    let tenants: Vec<String> = (0..20).map(|tenant| format!("t{tenant}")).collect();
    for (number, tenant) in tenants.iter().flat_map(|tenant| (0..30).map(move |number| (number, tenant))) {
        rig.webhook_of(tenant, json!({"url": format!("https://{tenant}-{number}.hosts.example.com/")})).await;
    }
    for tenants in tenants.chunks(10) {
        let events: Vec<_> =
            tenants.iter().map(|tenant| rig.event_of(tenant, "1", "project_scan.finished")).collect();
        assert!(rig.events(&events).await.is_empty());
    }
    assert_eq!(seen.requests.load(Ordering::SeqCst), 600);
    let most = seen.most_open.load(Ordering::SeqCst);
    // 512, and some of which the other side has yet to learn that they are closed.
    assert!((500..560).contains(&most), "{most} connections were open at once");
}

#[tokio::test]
async fn what_follows_an_answer_is_never_taken_for_the_next_one() {
    const SURPLUS: &[&[&str]] = &[
        &["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"],
        &["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"],
        &["HTTP/1.1 204 None\r\ncontent-length: 24\r\n\r\nHTTP/1.1 410 Gone\r\n\r\n\r\n"],
        &["HTTP/1.1 304 Same\r\ncontent-length: 24\r\n\r\nHTTP/1.1 410 Gone\r\n\r\n\r\n"],
        &["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 410 Gone\r\n\r\n"],
        &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 410 Gone\r\n\r\n"],
        &[
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\nHTTP/1.1 410 Gone\r\n\r\n",
        ],
        &["HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\nHTTP/1.1 410 Gone\r\n\r\n"],
    ];
    assert!(SURPLUS.len() >= 8);
    for answers in SURPLUS {
        let mut rig = Rig::new().await;
        let seen = serve(&mut rig, answers).await;
        let webhook = rig.webhook(json!({})).await;
        for id in ["1", "2"] {
            rig.change(&webhook, Change::ClearWake).await;
            rig.change(&webhook, Change::Healthy(rig.ports().clock.now())).await;
            rig.events(&[rig.event(id)]).await;
        }
        assert_eq!(rig.row(&webhook).await.status, Status::On, "{answers:?}");
        assert_eq!(seen.connections.load(Ordering::SeqCst), 2, "{answers:?}");
        assert_eq!(seen.requests.load(Ordering::SeqCst), 2, "{answers:?}");
    }
}
