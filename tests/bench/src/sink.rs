//! A receiver that costs little: TLS on loopback on a thread of its own. It answers 200 at
//! once, counts, and notes when the last request's head arrived.

use std::convert::Infallible;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use local::Ca;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::events::number_of;

/// A webhook with this path never gets an answer.
pub const DEAD: &str = "/dead";

/// Of requests to this path it is noted which event each is of, and when its head arrived.
pub const NOTED: &str = "/noted";

/// The receiver. Its thread ends with the program.
pub struct Sink {
    port: u16,
    seen: Arc<Seen>,
}

struct Seen {
    began: Instant,
    requests: AtomicU64,
    /// Nanoseconds after `began`.
    last_head: AtomicU64,
    noted: Mutex<Vec<(u64, Instant)>>,
}

/// The protocols that a receiver speaks, the preferred one first.
#[derive(Clone, Copy)]
pub enum Speaks {
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2, and HTTP/1.1 to those who do not.
    Http2,
}

impl Sink {
    /// Starts one for these hosts.
    ///
    /// # Panics
    /// When there is no port or certificate for it.
    pub fn start(ca: &Ca, hosts: &[&str], speaks: Speaks) -> Self {
        let mut config = (*ca.server_config(hosts).expect("hosts that a certificate can hold")).clone();
        if matches!(speaks, Speaks::Http2) {
            config.alpn_protocols.insert(0, b"h2".to_vec());
        }
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let port = listener.local_addr().expect("a bound socket").port();
        let seen = Arc::new(Seen {
            began: Instant::now(),
            requests: AtomicU64::new(0),
            last_head: AtomicU64::new(0),
            noted: Mutex::default(),
        });
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(accept(listener, acceptor, shared));
        });
        Self { port, seen }
    }

    /// Its port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// How many requests have come so far.
    pub fn requests(&self) -> u64 {
        self.seen.requests.load(Ordering::SeqCst)
    }

    /// Which events came to [`NOTED`] since this was last asked, and when.
    pub fn noted(&self) -> Vec<(u64, Instant)> {
        mem::take(&mut self.seen.noted.lock().expect("nobody panics with it"))
    }

    /// When the head of the last one came.
    pub fn last_head(&self) -> Instant {
        self.seen.began + Duration::from_nanos(self.seen.last_head.load(Ordering::SeqCst))
    }
}

async fn accept(listener: std::net::TcpListener, acceptor: TlsAcceptor, seen: Arc<Seen>) {
    let listener = TcpListener::from_std(listener).expect("a socket that does not block");
    loop {
        let Ok((tcp, _)) = listener.accept().await else { continue };
        tokio::spawn(serve(tcp, acceptor.clone(), Arc::clone(&seen)));
    }
}

/// What goes wrong on a connection shows at its other end.
async fn serve(tcp: TcpStream, acceptor: TlsAcceptor, seen: Arc<Seen>) {
    tcp.set_nodelay(true).ok();
    let Ok(tls) = acceptor.accept(tcp).await else { return };
    let service = service_fn(move |request| answer(request, Arc::clone(&seen)));
    Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(tls), service).await.ok();
}

async fn answer(request: Request<Incoming>, seen: Arc<Seen>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let now = Instant::now();
    let since = u64::try_from((now - seen.began).as_nanos()).expect("less than 500 years");
    seen.last_head.fetch_max(since, Ordering::SeqCst);
    if request.uri().path() == DEAD {
        std::future::pending::<()>().await;
    }
    let is_noted = request.uri().path() == NOTED;
    // Of a body that breaks off the sender learns.
    if let Ok(body) = request.into_body().collect().await
        && is_noted
        && let Some(number) = number_of(&body.to_bytes())
    {
        seen.noted.lock().expect("nobody panics with it").push((number, now));
    }
    seen.requests.fetch_add(1, Ordering::SeqCst);
    Ok(Response::new(Empty::new()))
}
