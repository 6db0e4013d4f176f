//! One TLS connection and what is sent over it.

use std::net::Ipv4Addr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CipherSuite, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::request::{HOST, Requests};
use crate::Fault;

/// An open connection after its HTTP handshake. It is driven by a task of its
/// own: one task for that and for sending takes no less time.
pub(super) struct Connection(http1::SendRequest<Full<Bytes>>);

/// Opens so many, one after the other.
pub(super) async fn open(port: u16, ca_pem: &[u8], count: usize) -> Result<Vec<Connection>, Fault> {
    let tls = connector(ca_pem)?;
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        connections.push(Connection::open(port, &tls).await?);
    }
    Ok(connections)
}

impl Connection {
    async fn open(port: u16, tls: &TlsConnector) -> Result<Self, Fault> {
        let tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        tcp.set_nodelay(true)?;
        let stream = tls.connect(ServerName::try_from(HOST)?, tcp).await?;
        let mut http = http1::Builder::new();
        // As the dispatcher's pool does.
        http.title_case_headers(true);
        let (sender, driver) = http.handshake(TokioIo::new(stream)).await?;
        // What ends it is the sender's error, too.
        tokio::spawn(driver);
        Ok(Self(sender))
    }

    /// Sends until there are no more requests, and gives itself back.
    pub(super) async fn send(mut self, requests: Arc<Requests>) -> Result<Self, Fault> {
        while let Some(request) = requests.next()? {
            self.0.ready().await?;
            let mut answer = self.0.send_request(request).await?;
            if !answer.status().is_success() {
                return Err(format!("the receiver answered {}", answer.status()).into());
            }
            while let Some(frame) = answer.frame().await {
                frame?;
            }
        }
        Ok(self)
    }
}

fn connector(ca_pem: &[u8]) -> Result<TlsConnector, Fault> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem) {
        roots.add(certificate?)?;
    }
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    // As the dispatcher's dialer does.
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
