//! Fetching the issuer's keys, as seldom as can be.
//!
//! The last good keys are kept for as long as the issuer is down. A token with
//! an unknown key id may mean that the issuer has a new key, or that somebody
//! makes ids up: so it causes a fetch at most once a minute. Requests that
//! need the same fetch wait for it together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::time::Timestamp;
use jsonwebtoken::Algorithm;
use reqwest::redirect;
use tokio::sync::Mutex;
use url::Url;

use super::keys::{Found, KeySet};

/// The client that fetches the issuer's keys cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("the client for the issuer's keys cannot be built: {0}")]
pub struct NoClient(String);

/// The issuer, with the keys it last had.
pub(super) struct Issuer {
    url: Url,
    client: reqwest::Client,
    /// The last good keys.
    keys: RwLock<Option<Arc<KeySet>>>,
    /// When a fetch was last begun; held for its length, so that there is one at a time.
    tried_at: Mutex<Option<Timestamp>>,
    /// Counts the fetches, by which a request knows that one ended while it waited.
    fetches: AtomicU64,
}

/// Keys older than this are fetched anew.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);
/// As long as there are keys, fetches are at least so far apart.
const BETWEEN_FETCHES: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// A key is under 1 KiB, and a set holds a few.
const MAX_SET_BYTES: usize = 256 * 1024;

impl Issuer {
    pub(super) fn new(url: Url) -> Result<Self, NoClient> {
        let client = client(url.scheme() == "https").map_err(NoClient)?;
        Ok(Self {
            url,
            client,
            keys: RwLock::new(None),
            tried_at: Mutex::new(None),
            fetches: AtomicU64::new(0),
        })
    }

    /// The key that a token names.
    pub(super) async fn key(&self, id: &str, algorithm: Algorithm, now: Timestamp) -> Found {
        if !self.have(id, now) {
            self.refresh(now).await;
        }
        self.last_good().map_or(Found::NoKeys, |keys| keys.find(id, algorithm))
    }

    fn have(&self, id: &str, now: Timestamp) -> bool {
        self.last_good().is_some_and(|keys| keys.knows(id) && now.since(keys.fetched_at) < MAX_AGE)
    }

    fn last_good(&self) -> Option<Arc<KeySet>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn refresh(&self, now: Timestamp) {
        let before = self.fetches.load(Ordering::Acquire);
        let mut tried_at = self.tried_at.lock().await;
        if self.fetches.load(Ordering::Acquire) != before {
            return;
        }
        let too_soon = tried_at.is_some_and(|tried| now.since(tried) < BETWEEN_FETCHES);
        if too_soon && self.last_good().is_some() {
            return;
        }
        *tried_at = Some(now);
        match self.fetch(now).await {
            Ok(keys) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys)),
            Err(cause) => tracing::error!(cause, "the issuer's keys cannot be fetched"),
        }
        self.fetches.fetch_add(1, Ordering::Release);
    }

    async fn fetch(&self, now: Timestamp) -> Result<KeySet, String> {
        let told = |fault: reqwest::Error| fault.without_url().to_string();
        let mut response = self.client.get(self.url.clone()).send().await.map_err(told)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("status {}", response.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            if bytes.len() + chunk.len() > MAX_SET_BYTES {
                return Err("the key set is too large".to_owned());
            }
            bytes.extend_from_slice(&chunk);
        }
        KeySet::parse(&bytes, now).ok_or_else(|| "not a JWK set".to_owned())
    }
}

/// The roots are compiled in: reading the system's costs milliseconds of every
/// cold start. No connection is kept: the next fetch is an hour away, and a
/// frozen function could not see it die.
fn client(https_only: bool) -> Result<reqwest::Client, String> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|fault| fault.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(https_only)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .http1_only()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(FETCH_TIMEOUT)
        .build()
        .map_err(|fault| fault.to_string())
}
