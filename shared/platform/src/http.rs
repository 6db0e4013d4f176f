//! The HTTP client under the AWS SDK: hyper's pool over rustls, HTTP/1.1 alone.
//! The SDK's own client links HTTP/2 and proxies besides, 0.5 MB of a function
//! that the services here never speak.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// A connection within the region is made in milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// The services close what has been idle for longer.
const IDLE_FOR: Duration = Duration::from_secs(20);

/// The roots of AWS make no TLS client.
#[derive(Debug, thiserror::Error)]
#[error("no TLS client for AWS: {0}")]
pub struct BadRoots(String);

/// Sends the SDK's requests. The time that a call may take is the SDK's matter.
#[derive(Clone, Debug)]
pub(crate) struct Http(Client<HttpsConnector<Tcp>, SdkBody>);

impl Http {
    /// Trusts these roots, PEM, and no others. Endpoints without TLS are for emulators.
    ///
    /// # Errors
    /// [`BadRoots`] when one of them cannot be read.
    pub(crate) fn trusting(roots: &[u8]) -> Result<Self, BadRoots> {
        let bad = |error: &dyn std::error::Error| BadRoots(error.to_string());
        let mut store = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(roots) {
            store.add(root.map_err(|error| bad(&error))?).map_err(|error| bad(&error))?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| bad(&error))?
            .with_root_certificates(store)
            .with_no_client_auth();
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .build(connector);
        Ok(Self(client))
    }
}

impl HttpClient for Http {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let answer = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(connector_error)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What the SDK tries again is what failed on the way: neither a mistake of our
/// own nor an answer that is not HTTP.
fn connector_error(error: Error) -> ConnectorError {
    let of_hyper = error.source().and_then(|source| source.downcast_ref::<hyper::Error>());
    if of_hyper.is_some_and(hyper::Error::is_user) {
        ConnectorError::user(error.into())
    } else if of_hyper.is_some_and(hyper::Error::is_parse) {
        ConnectorError::other(error.into(), None)
    } else {
        ConnectorError::io(error.into())
    }
}
