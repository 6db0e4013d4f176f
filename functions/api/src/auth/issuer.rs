//! Fetching the issuer's keys, as seldom as can be.
//!
//! The last good keys are kept for as long as the issuer is down; without any,
//! no token can be verified, and none is accepted. A token with
//! an unknown key id may mean that the issuer has a new key, or that somebody
//! makes ids up: so it causes a fetch at most once a minute. Requests that
//! need the same fetch wait for it together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::time::Timestamp;
use reqwest::StatusCode;
use tokio::sync::Mutex;
use url::Url;

use super::keys::KeySet;
use crate::outbound::Outbound;

/// The issuer, with the keys it last had.
pub(super) struct Issuer {
    url: Url,
    outbound: Outbound,
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
/// Until there are some, sooner: meanwhile nobody gets in.
const BETWEEN_FIRST_FETCHES: Duration = Duration::from_secs(5);
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// A key is under 1 KiB, and a set holds a few.
const MAX_SET_BYTES: usize = 256 * 1024;

impl Issuer {
    pub(super) fn new(url: Url, outbound: Outbound) -> Self {
        Self {
            url,
            outbound,
            keys: RwLock::new(None),
            tried_at: Mutex::new(None),
            fetches: AtomicU64::new(0),
        }
    }

    /// The issuer's keys, fetched anew when the one of this id is not among them or they are old.
    pub(super) async fn keys(&self, id: &str, now: Timestamp) -> Option<Arc<KeySet>> {
        if !self.have(id, now) {
            self.refresh(now).await;
        }
        self.last_good()
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
        let pause = if self.last_good().is_some() { BETWEEN_FETCHES } else { BETWEEN_FIRST_FETCHES };
        if tried_at.is_some_and(|tried| now.since(tried) < pause) {
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
        let request = self.outbound.get(self.url.clone());
        let answer = Outbound::ask(request, FETCH_TIMEOUT, MAX_SET_BYTES).await?;
        if answer.status != StatusCode::OK {
            return Err(format!("status {}", answer.status.as_u16()));
        }
        KeySet::parse(&answer.body, now).ok_or_else(|| "not a JWK set".to_owned())
    }
}
