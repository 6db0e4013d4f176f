//! A receiver of webhooks: HTTP/1.1 over TLS on loopback. It keeps what arrives
//! and answers what it is told to.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::ca::Ca;
use crate::error::Result;

/// So many requests are kept, the newest.
const KEPT: usize = 100_000;

/// A request that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When its body was complete.
    pub at: jiff::Timestamp,
    /// Its method.
    pub method: String,
    /// Its path, with the query if it has one.
    pub path: String,
    /// The host that it asks for.
    pub host: String,
    /// Its headers as they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Bytes,
}

impl Request {
    /// The value of its first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// What a receiver answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// How long it waits before it answers.
    pub delay: Duration,
}

impl Reply {
    /// An answer with this status and nothing else.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), delay: Duration::ZERO }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same with this body.
    #[must_use]
    pub fn with_body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// The same, later.
    #[must_use]
    pub const fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

type Answering = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

struct Shared {
    requests: Mutex<VecDeque<Request>>,
    arrived: watch::Sender<usize>,
    answering: Mutex<Answering>,
}

/// A TLS receiver on loopback. It stops when it is dropped.
pub struct Receiver {
    port: u16,
    shared: Arc<Shared>,
    _accepting: JoinSet<()>,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Receiver {
    /// Starts one for these hosts on any free port. It answers 200 until told otherwise.
    ///
    /// # Errors
    /// When there is no port or no certificate for it.
    #[allow(clippy::unused_async, reason = "it needs a runtime, and callers should see that")]
    pub async fn start(ca: &Ca, hosts: &[&str]) -> Result<Self> {
        let acceptor = TlsAcceptor::from(ca.server_config(hosts)?);
        let listener = crate::serve::bind(0)?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            requests: Mutex::new(VecDeque::new()),
            arrived: watch::Sender::new(0),
            answering: Mutex::new(Arc::new(|_| Reply::status(200))),
        });
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, acceptor, Arc::clone(&shared)));
        Ok(Self { port, shared, _accepting: accepting })
    }

    /// Its port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on every request is answered by this function.
    pub fn answer(&self, by: impl Fn(&Request) -> Reply + Send + Sync + 'static) {
        *self.shared.answering.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(by);
    }

    /// What has arrived, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Forgets what has arrived.
    pub fn clear(&self) {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.shared.arrived.send_replace(0);
    }

    /// Waits until `n` requests have arrived, at most so long; brings all that have, oldest first.
    pub async fn wait_for(&self, n: usize, at_most: Duration) -> Vec<Request> {
        let mut arrived = self.shared.arrived.subscribe();
        // Too few after that time is for the caller to judge.
        tokio::time::timeout(at_most, arrived.wait_for(|count| *count >= n)).await.ok();
        self.requests()
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(converse(stream, acceptor.clone(), Arc::clone(&shared)));
            }
            // Out of file descriptors, perhaps: do not spin.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// One connection, until either side closes it. What goes wrong with it is the client's to see.
async fn converse(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(move |request| receive(request, Arc::clone(&shared)));
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await.ok();
}

async fn receive(
    request: hyper::Request<Incoming>,
    shared: Arc<Shared>,
) -> std::result::Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Ok(Response::default()) };
    let header = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = Request {
        at: jiff::Timestamp::now(),
        method: parts.method.to_string(),
        path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        host: parts.headers.get("host").map(header).unwrap_or_default(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), header(value))).collect(),
        body: body.to_bytes(),
    };
    let answering = Arc::clone(&shared.answering.lock().unwrap_or_else(PoisonError::into_inner));
    let reply = answering(&request);
    shared.keep(request);
    tokio::time::sleep(reply.delay).await;
    Ok(reply.into_response())
}

impl Shared {
    fn keep(&self, request: Request) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push_back(request);
        if requests.len() > KEPT {
            requests.pop_front();
        }
        self.arrived.send_replace(requests.len());
    }
}

impl Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(ca: &Ca, receiver: &Receiver) -> reqwest::Client {
        crate::http_client();
        let root = reqwest::Certificate::from_pem(ca.pem().as_bytes()).unwrap();
        let address = ([127, 0, 0, 1], receiver.port()).into();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([root]);
        client.resolve("receiver.example.com", address).build().unwrap()
    }

    #[tokio::test]
    async fn it_keeps_what_arrives_and_answers_what_it_is_told() {
        let ca = Ca::new().unwrap();
        let receiver = Receiver::start(&ca, &["receiver.example.com"]).await.unwrap();
        let url = format!("https://receiver.example.com:{}/a?b=c", receiver.port());
        let post = || client(&ca, &receiver).post(&url).header("X-One", "1").body("hello").send();
        assert_eq!(post().await.unwrap().status(), 200);

        receiver.answer(|request| match request.header("x-one") {
            Some(_) => Reply::status(503).with_header("Retry-After", 7).with_body("busy"),
            None => Reply::status(200),
        });
        let answer = post().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (503, &"7".parse().unwrap())
        );
        assert_eq!(answer.text().await.unwrap(), "busy");

        let arrived = receiver.wait_for(2, Duration::from_secs(5)).await;
        assert_eq!(arrived.len(), 2);
        assert_eq!((arrived[0].method.as_str(), arrived[0].path.as_str()), ("POST", "/a?b=c"));
        assert_eq!((arrived[0].header("x-one"), &*arrived[0].body), (Some("1"), &b"hello"[..]));
        assert!(arrived[0].host.starts_with("receiver.example.com"));
        receiver.clear();
        assert!(receiver.requests().is_empty());
    }

    #[tokio::test]
    async fn another_authority_is_not_trusted() {
        let receiver = Receiver::start(&Ca::new().unwrap(), &["receiver.example.com"]).await.unwrap();
        let url = format!("https://receiver.example.com:{}/", receiver.port());
        assert!(client(&Ca::new().unwrap(), &receiver).get(&url).send().await.is_err());
    }
}
