//! The one HTTP client of the API. It asks those whom the operator named in
//! the settings, the token issuer and Slack, and nobody else.

use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::{ClientBuilder, RequestBuilder, StatusCode, redirect};
use url::Url;
use zeroize::Zeroizing;

/// The HTTP client cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built: {0}")]
pub struct NoClient(String);

/// Asks. A clone shares the client.
#[derive(Clone)]
pub struct Outbound(reqwest::Client);

/// An answer, whatever its status.
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its whole body, which may hold secrets.
    pub(crate) body: Zeroizing<Vec<u8>>,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

impl Outbound {
    /// Builds the client. The roots are compiled in: reading the system's costs
    /// milliseconds of every cold start. No connection is kept: the next
    /// request is far away, and a frozen function could not see it die.
    ///
    /// # Errors
    /// [`NoClient`] when the TLS library cannot be set up.
    pub fn new() -> Result<Self, NoClient> {
        Self::build(|client| client)
    }

    /// As [`Outbound::new`], and whoever is asked is looked up by this resolver,
    /// so that a test can tell that nobody else ever is.
    ///
    /// # Errors
    /// As [`Outbound::new`].
    pub fn looking_up_by(resolver: Arc<dyn Resolve>) -> Result<Self, NoClient> {
        Self::build(|client| client.dns_resolver(resolver))
    }

    fn build(finish: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Self, NoClient> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|fault| NoClient(fault.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT_TIMEOUT);
        finish(client).build().map(Self).map_err(|fault| NoClient(fault.to_string()))
    }

    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        self.0.get(url)
    }

    pub(crate) fn post(&self, url: &str) -> RequestBuilder {
        self.0.post(url)
    }

    /// Sends a request and reads its answer. One deadline spans from connecting
    /// to the last byte; a body of more than `most` bytes is a failure.
    ///
    /// # Errors
    /// The cause, without the URL.
    pub(crate) async fn ask(
        request: RequestBuilder,
        deadline: Duration,
        most: usize,
    ) -> Result<Answer, String> {
        let told = |fault: reqwest::Error| fault.without_url().to_string();
        let mut response = request.timeout(deadline).send().await.map_err(told)?;
        // Room for all of it at once: growing would leave copies behind.
        let mut body = Zeroizing::new(Vec::with_capacity(most));
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            if body.len() + chunk.len() > most {
                return Err("the answer is too large".to_owned());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: response.status(), body })
    }
}
