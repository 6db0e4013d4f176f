//! Requests that nobody waits for any more, what a receiver says without being asked, and what is kept of it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::attempt::{ATTEMPT_TIMEOUT, AttemptError};
use domain::delivery::Outcome;
use domain::row::Status;
use e2e::rig::{HOST, Rig};
use local::Ca;
use nix::sys::socket::{setsockopt, sockopt};
use platform::settings::ConnectTo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::HandshakeKind;
use tokio_rustls::server::TlsStream;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// A receiver that goes on while the rig's thread stands still. Each of its connections is given to
/// `serve`, with how many there were before. Gives its port.
async fn receiver<F: Future<Output = ()> + Send + 'static>(
    rig: &mut Rig,
    mut serve: impl FnMut(usize, TlsStream<TcpStream>) -> F + Send + 'static,
) -> u16 {
    let ca = Ca::new().unwrap();
    let mut config = Arc::unwrap_or_clone(ca.server_config(&[HOST]).unwrap());
    config.send_tls13_tickets = 8;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (port, of_listener) = oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let socket = TcpSocket::new_v4().unwrap();
            // What is not read is soon more than both sides keep, as on a real network: over loopback a
            // sender keeps megabytes.
            socket.set_recv_buffer_size(4 * 1024).unwrap();
            setsockopt(&socket, sockopt::TcpMaxSeg, &536).unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let listener = socket.listen(8).unwrap();
            port.send(listener.local_addr().unwrap().port()).unwrap();
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let stream = acceptor.accept(stream).await.unwrap();
                tokio::spawn(serve(number, stream));
            }
        });
    });
    let port = of_listener.await.unwrap();
    rig.settings.extra_ca_pem = Some(ca.pem());
    rig.settings.connect_to = ConnectTo::parse(&format!("{HOST}:443:127.0.0.1:{port}")).unwrap();
    rig.restart();
    port
}

/// Our sockets to this port, as man 5 proc has them: the other side's address is the third field.
fn sockets_to(port: u16) -> Vec<Vec<String>> {
    let theirs = format!(":{port:04X}");
    let all = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let sockets = all.lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    sockets.filter(|fields| fields[2].ends_with(&theirs)).collect()
}

/// Whether our side of a connection to this port is open. A socket that is closed may still have to send.
fn is_connected_to(port: u16) -> bool {
    const ESTABLISHED: &str = "01";
    sockets_to(port).iter().any(|fields| fields[3] == ESTABLISHED)
}

/// An event with so much text.
fn event_of(rig: &Rig, text: usize) -> String {
    let mut event: Value = serde_json::from_str(&rig.event("1")).unwrap();
    event["details"]["text"] = "x".repeat(text).into();
    event.to_string()
}

/// Waits until something lies in our socket to this port that nobody has read, and lets nothing else run on
/// this thread meanwhile.
fn wait_for_unread(port: u16) {
    // "tx_queue:rx_queue".
    let lies_there = |fields: &Vec<String>| !fields[4].ends_with(":00000000");
    let began = Instant::now();
    while !sockets_to(port).iter().any(lies_there) {
        assert!(began.elapsed() < Duration::from_secs(10), "nothing came");
        std::thread::yield_now();
    }
}

/// It would take a connection, and go on in a later invocation.
#[tokio::test]
async fn a_request_that_nobody_waits_for_is_not_sent_on() {
    let mut rig = Rig::new().await;
    let (begun, has_begun) = oneshot::channel();
    let mut begun = Some(begun);
    let port = receiver(&mut rig, move |_, mut stream| {
        let begun = begun.take().unwrap();
        async move {
            stream.read_exact(&mut [0]).await.unwrap();
            begun.send(()).unwrap();
            std::future::pending::<()>().await;
        }
    })
    .await;
    let webhook = rig.webhook(json!({})).await;
    let events = [event_of(&rig, 240_000)];
    let time = async {
        has_begun.await.unwrap();
        tokio::time::pause();
        tokio::time::advance(ATTEMPT_TIMEOUT).await;
        tokio::time::resume();
    };
    let (failed, ()) = tokio::join!(rig.events(&events), time);
    assert!(failed.is_empty());
    let item = rig.memory.backlog_of(&webhook.key.webhook).pop().unwrap();
    assert_eq!(item.attempts.last().unwrap().error, Some(AttemptError::Timeout));
    tokio::task::yield_now().await;
    assert!(!is_connected_to(port));
}

/// One that answers well and reads nothing would keep what is not yet sent, and the connection's place
/// with it, for as long as it likes.
#[tokio::test]
async fn a_connection_that_is_let_go_is_closed_whatever_is_left_to_send() {
    // For some of them the sockets take not all, and TLS the rest.
    for text in [60_000, 140_000, 180_000, 210_000, 225_000, 235_000, 255_000] {
        let mut rig = Rig::new().await;
        let port = receiver(&mut rig, |_, mut stream| async move {
            stream.read_exact(&mut [0]).await.unwrap();
            stream.write_all(OK.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
            std::future::pending::<()>().await;
        })
        .await;
        rig.webhook(json!({})).await;
        assert!(rig.events(&[event_of(&rig, text)]).await.is_empty());
        // All connections go with the dispatcher.
        rig.restart();
        tokio::task::yield_now().await;
        assert!(!is_connected_to(port), "{text}");
    }
}

/// Each may be as long as a handshake message, and takes memory that others need.
#[tokio::test]
async fn of_many_tls_tickets_two_are_kept() {
    const GONE: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let mut rig = Rig::new().await;
    let resumed = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&resumed);
    receiver(&mut rig, move |_, mut stream| {
        let is_resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
        counted.fetch_add(is_resumed.into(), Ordering::SeqCst);
        async move {
            assert!(stream.read(&mut [0; 16 * 1024]).await.unwrap() > 0);
            stream.write_all(GONE.as_bytes()).await.unwrap();
            stream.shutdown().await.ok();
        }
    })
    .await;
    let webhook = rig.webhook(json!({})).await;
    rig.events(&[rig.event("1")]).await;
    let five: Vec<String> = (2..7).map(|id| rig.event(&id.to_string())).collect();
    rig.events(&five).await;
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 6);
    assert_eq!(resumed.load(Ordering::SeqCst), 2);
}

/// A request that its farewell meets goes to a fresh connection, and the farewell is no answer to it.
#[tokio::test]
async fn a_receivers_farewell_is_no_answer() {
    const FAREWELLS: [&str; 3] = [
        "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n",
        "goodbye",
    ];
    for farewell in FAREWELLS {
        let mut rig = Rig::new().await;
        let (speak, may_speak) = oneshot::channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let (mut may_speak, opened) = (Some(may_speak), Arc::clone(&connections));
        let port = receiver(&mut rig, move |number, mut stream| {
            opened.store(number + 1, Ordering::SeqCst);
            let may_speak = may_speak.take();
            async move {
                let mut bytes = [0; 16 * 1024];
                assert!(stream.read(&mut bytes).await.unwrap() > 0);
                stream.write_all(OK.as_bytes()).await.unwrap();
                if let Some(may_speak) = may_speak {
                    may_speak.await.unwrap();
                    stream.write_all(farewell.as_bytes()).await.unwrap();
                    stream.flush().await.unwrap();
                }
                // Until it is closed.
                while let Ok(1..) = stream.read(&mut bytes).await {}
            }
        })
        .await;
        let webhook = rig.webhook(json!({})).await;
        rig.events(&[rig.event("1")]).await;
        speak.send(()).unwrap();
        // As in a freeze.
        wait_for_unread(port);
        rig.events(&[rig.event("2")]).await;
        assert_eq!(rig.memory.backlog_of(&webhook.key.webhook), [], "{farewell:?}");
        assert_eq!(rig.row(&webhook).await.status, Status::On, "{farewell:?}");
        let log = rig.memory.log_of(&webhook.key.webhook);
        assert_eq!(log.len(), 2, "{farewell:?}");
        assert!(log.iter().all(|entry| entry.outcome == Outcome::Succeeded), "{farewell:?}: {log:?}");
        assert_eq!(connections.load(Ordering::SeqCst), 2, "{farewell:?}");
    }
}
