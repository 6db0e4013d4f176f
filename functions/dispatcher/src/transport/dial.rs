//! Name, TCP and TLS: one connection, each stage with its own error.

use std::sync::Arc;
use std::time::Duration;

use domain::attempt::CONNECT_TIMEOUT;
use http::uri::Authority;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CipherSuite, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::connection::Connection;
use super::sessions::Sessions;
use crate::resolve::{Resolver, Target, Unresolved};

/// Lambda allows 1,024 file descriptors
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>): half of them are for
/// receivers. An invocation has 320 attempts under way at most (`share.rs`), so there is always a place
/// when idle connections are let go.
const MOST_OPEN: usize = 512;

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

/// The extra CA file holds no certificate, or one that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("DELIVERY_EXTRA_CA_FILE: no certificate, or one that cannot be read")]
pub struct BadCertificates;

/// Opens connections.
pub(super) struct Dialer {
    resolver: Resolver,
    tls: TlsConnector,
    /// Each connection has a place from its beginning on.
    places: Arc<Semaphore>,
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
        config.resumption = Resumption::store(Arc::new(Sessions::new()));
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self { resolver, tls, places: Arc::new(Semaphore::new(MOST_OPEN)) })
    }

    /// Whether another connection has to wait until one is closed.
    pub(super) fn is_full(&self) -> bool {
        self.places.available_permits() == 0
    }

    /// Has [`CONNECT_TIMEOUT`] for all stages; the one it ends in names the failure.
    pub(super) async fn dial(&self, origin: &Authority) -> Result<Connection, Failed> {
        // It is never closed.
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Failed::Tcp)?;
        let end = Instant::now() + CONNECT_TIMEOUT;
        let (host, port) = (origin.host(), origin.port_u16().unwrap_or(443));
        let targets = match timeout_at(end, self.resolver.resolve(host, port)).await {
            Ok(targets) => targets?,
            Err(_) => return Err(Unresolved::Dns.into()),
        };
        let tcp = connect(&targets, end).await?;
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Failed::Tls)?;
        let tls = timeout_at(end, self.tls.connect(name, tcp)).await;
        let stream = tls.map_err(|_| Failed::Tls)?.map_err(|_| Failed::Tls)?;
        Connection::over(stream, origin.as_str(), place).await.map_err(|_| Failed::Tls)
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
