//! Name, TCP and TLS: one connection, each stage with its own error.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use domain::attempt::CONNECT_TIMEOUT;
use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CipherSuite, ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

use crate::resolve::{Resolver, Target, Unresolved};

/// Of so many hosts the last TLS sessions are kept, some 5 KB each. Who is met again within their
/// life, hours to days, needs no verifying of certificates, which is most of a handshake.
const HOSTS: usize = 1_024;
/// Of each host rustls keeps so many.
const SESSIONS: usize = 8;

/// The stage at which a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failed {
    #[error(transparent)]
    Resolve(#[from] Unresolved),
    #[error("no TCP connection")]
    Tcp,
    #[error("no TLS session")]
    Tls,
}

/// An answer is longer than what is read of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer is too long")]
struct TooLong;

/// Whether this is why a connection was given up.
pub(super) fn is_too_long(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLong>())
}

/// The extra CA file holds no certificate, or one that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("DELIVERY_EXTRA_CA_FILE: no certificate, or one that cannot be read")]
pub struct BadCertificates;

/// Opens connections for hyper's pool.
#[derive(Clone)]
pub(super) struct Dialer {
    resolver: Arc<Resolver>,
    tls: TlsConnector,
    open: Arc<AtomicUsize>,
}

impl Dialer {
    /// Trusts the public roots, compiled in, and those of `extra_pem`.
    pub(super) fn new(resolver: Resolver, extra_pem: Option<&str>) -> Result<Self, BadCertificates> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(pem) = extra_pem {
            let before = roots.len();
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                roots.add(certificate.map_err(|_| BadCertificates)?).map_err(|_| BadCertificates)?;
            }
            if roots.len() == before {
                return Err(BadCertificates);
            }
        }
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        // AES-128 first, as browsers have it: SHA-256 goes with it, for which processors have
        // instructions.
        provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .map_err(|_| BadCertificates)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // HTTP/2 pays only when one host takes many deliveries at once.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = Resumption::in_memory_sessions(HOSTS * SESSIONS);
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self { resolver: Arc::new(resolver), tls, open: Arc::default() })
    }

    /// How many connections are open, idle ones counted.
    pub(super) fn open_connections(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Has [`CONNECT_TIMEOUT`] for all stages; the one it ends in names the failure.
    async fn dial(self, uri: Uri) -> Result<TokioIo<Wire>, Failed> {
        let end = Instant::now() + CONNECT_TIMEOUT;
        let host = uri.host().ok_or(Unresolved::Dns)?;
        let port = uri.port_u16().unwrap_or(443);
        let targets = match timeout_at(end, self.resolver.resolve(host, port)).await {
            Ok(targets) => targets?,
            Err(_) => return Err(Unresolved::Dns.into()),
        };
        let tcp = connect(&targets, end).await?;
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Failed::Tls)?;
        let tls = timeout_at(end, self.tls.connect(name, tcp)).await;
        let stream = tls.map_err(|_| Failed::Tls)?.map_err(|_| Failed::Tls)?;
        let line = Arc::new(Line::new(self.open));
        Ok(TokioIo::new(Wire { stream, line }))
    }
}

/// Tries the addresses in turn; each has its share of the time that is left.
async fn connect(targets: &[Target], end: Instant) -> Result<TcpStream, Failed> {
    for (tried, target) in targets.iter().enumerate() {
        let share = share(end.saturating_duration_since(Instant::now()), targets.len() - tried);
        if let Ok(Ok(stream)) = timeout(share, TcpStream::connect(target.socket())).await {
            // Nagle's algorithm and delayed acknowledgments together cost 40 ms a request.
            stream.set_nodelay(true).map_err(|_| Failed::Tcp)?;
            return Ok(stream);
        }
    }
    Err(Failed::Tcp)
}

/// Of many addresses the first ones have enough for the other side of the world, and the last none.
fn share(left: Duration, addresses: usize) -> Duration {
    const ENOUGH: Duration = Duration::from_secs(1);
    let equal = left / u32::try_from(addresses).unwrap_or(u32::MAX).max(1);
    equal.max(ENOUGH).min(left)
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<Wire>;
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Wire>, Failed>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().dial(uri))
    }
}

/// What is remembered of an open connection.
pub(super) struct Line {
    opened: Instant,
    /// Whether a request was begun on it …
    asked: AtomicBool,
    /// … and whether the last of them found it in the pool.
    pooled: AtomicBool,
    /// Whether a byte came back since the last of them began …
    heard: AtomicBool,
    /// … and how many did.
    read: AtomicUsize,
    open: Arc<AtomicUsize>,
}

/// A connection that was opened so long before a request was not opened for it: it came from the
/// pool.
const POOLED_AFTER: Duration = Duration::from_secs(1);
/// So much is read after a request: the largest head, the body's beginning, and
/// interim answers, whose number HTTP does not limit (RFC 9110, section 15.2).
const ANSWER_BYTES: usize = 128 * 1024;

impl Line {
    fn new(open: Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        let heard = AtomicBool::new(true);
        let (asked, pooled) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { opened: Instant::now(), asked, pooled, heard, read: AtomicUsize::new(0), open }
    }

    /// Whether it came from the pool and brought no byte of an answer: the
    /// receiver may have closed it while the function was frozen.
    pub(super) fn may_have_died(&self) -> bool {
        self.pooled.load(Ordering::Relaxed) && !self.heard.load(Ordering::Relaxed)
    }

    fn ask(&self) {
        // The writes of one request follow each other; an answer lies between two requests.
        if self.heard.swap(false, Ordering::Relaxed) {
            let pooled = self.asked.swap(true, Ordering::Relaxed) || self.opened.elapsed() >= POOLED_AFTER;
            self.pooled.store(pooled, Ordering::Relaxed);
            self.read.store(0, Ordering::Relaxed);
        }
    }

    fn hear(&self, count: usize) {
        if count > 0 {
            self.heard.store(true, Ordering::Relaxed);
            self.read.fetch_add(count, Ordering::Relaxed);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An open connection.
pub(super) struct Wire {
    stream: TlsStream<TcpStream>,
    line: Arc<Line>,
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new().extra(Arc::clone(&self.line))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.line.read.load(Ordering::Relaxed) >= ANSWER_BYTES {
            return Poll::Ready(Err(io::Error::other(TooLong)));
        }
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.line.hear(buffer.filled().len() - before);
        outcome
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.line.ask();
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.line.ask();
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_second_or_an_equal_share_of_what_is_left() {
        let ms = Duration::from_millis;
        for (left, addresses, share_of_one) in [
            (3_000, 1, 3_000),
            (3_000, 2, 1_500),
            (3_000, 3, 1_000),
            (3_000, 16, 1_000),
            (400, 9, 400),
            (0, 2, 0),
        ] {
            assert_eq!(share(ms(left), addresses), ms(share_of_one), "{left} ms, {addresses}");
        }
    }
}
