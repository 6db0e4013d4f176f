//! The HTTP client under the AWS SDK: hyper's pool over rustls, HTTP/1.1 alone.
//! The SDK's own client links HTTP/2 and proxies besides, 0.5 MB of a function
//! that the services here never speak.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use futures::stream;
use http::{Request, Response};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{HttpConnector as Tcp, capture_connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::TrustAnchor;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Semaphore;

/// A connection within the region is made in milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// The services close what has been idle for longer.
const IDLE_FOR: Duration = Duration::from_secs(20);

/// Calls of one service under way, each with a connection: with 512 to receivers they leave some
/// of the 1,024 file descriptors that Lambda allows
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const AT_ONCE: usize = 128;

/// Sends the SDK's requests. The time that a call may take is the SDK's matter.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: Client<HttpsConnector<Tcp>, SdkBody>,
    room: Arc<Semaphore>,
}

impl Http {
    /// Trusts the roots of AWS and no others. Endpoints without TLS are for emulators.
    ///
    /// # Errors
    /// When rustls finds its provider to lack something.
    pub(crate) fn new() -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(amazon_roots())
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
            .pool_max_idle_per_host(AT_ONCE)
            .build(connector);
        Ok(Self { client, room: Arc::new(Semaphore::new(AT_ONCE)) })
    }

    /// The same connections, and room for calls of its own: a service that hangs keeps no other waiting.
    pub(crate) fn of_one_service(&self) -> Self {
        Self { client: self.client.clone(), room: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// Those of the compiled-in roots whose subjects name Amazon Trust Services
/// (<https://www.amazontrust.com/repository/>). Nothing is read or decoded at a start: to load
/// the system's roots was 70 % of a usual one.
fn amazon_roots() -> RootCertStore {
    const SUBJECTS: [&[u8]; 2] = [b"Amazon Root CA ", b"Starfield Services Root Certificate Authority - G2"];
    let is_one = |root: &&TrustAnchor<'_>| {
        SUBJECTS.iter().any(|name| root.subject.windows(name.len()).any(|part| part == *name))
    };
    webpki_roots::TLS_SERVER_ROOTS.iter().filter(is_one).cloned().collect()
}

impl HttpClient for Http {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let_it_be_closed(&mut request);
        let Self { client, room } = self.clone();
        HttpConnectorFuture::new(async move {
            // It is never closed.
            let _room = room.acquire().await;
            let (head, body) = client.request(request).await.map_err(connector_error)?.into_parts();
            // Whole: answers are small, and some are read without the SDK. A body that breaks off it
            // learns of where it reads it.
            let body = match body.collect().await {
                Ok(body) => SdkBody::from(body.to_bytes()),
                Err(error) => {
                    SdkBody::from_body_1_x(StreamBody::new(stream::iter([Err::<Frame<Bytes>, _>(error)])))
                }
            };
            HttpResponse::try_from(Response::from_parts(head, body))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// After an answer that the SDK tries again it closes the connection, so that another machine of the
/// service is asked; for that it has to know which one it was.
fn let_it_be_closed(request: &mut Request<SdkBody>) {
    let Some(asked_for) = request.extensions().get::<CaptureSmithyConnection>().cloned() else { return };
    let captured = capture_connection(request);
    asked_for.set_connection_retriever(move || {
        let captured = captured.clone();
        let close = move || {
            if let Some(connection) = &*captured.connection_metadata() {
                connection.poison();
            }
        };
        Some(ConnectionMetadata::builder().proxied(false).poison_fn(close).build())
    });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_five_roots_of_amazon_are_trusted() {
        assert_eq!(amazon_roots().len(), 5);
        Http::new().unwrap();
    }
}
