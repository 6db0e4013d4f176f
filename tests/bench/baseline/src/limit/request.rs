//! The requests: the headers and signatures of the dispatcher's (`request.rs`
//! there), made when a connection is free for them.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use domain::ids::{DeliveryId, EventId, WebhookId};
use domain::signature::{self, SigningKey};
use domain::time::Timestamp;
use http::header::{CONTENT_TYPE, HOST as HOST_HEADER, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request, Uri};
use http_body_util::Full;

use crate::Fault;

/// The receiver's name.
pub(super) const HOST: &str = "receiver.example.com";

const RECEIVER: HeaderValue = HeaderValue::from_static(HOST);
const AGENT: HeaderValue = HeaderValue::from_static("Soteri-Security-for-Jira-Webhooks/1");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENT_TYPE: HeaderValue = HeaderValue::from_static("project_scan.finished");
const SOTERI_SIGNATURE: HeaderName = HeaderName::from_static("x-soteri-signature");
const SOTERI_EVENT: HeaderName = HeaderName::from_static("x-soteri-event");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// What all requests have in common.
pub(super) struct Template {
    pub(super) body: Bytes,
    pub(super) key: SigningKey,
}

/// The requests of one round, each event to each webhook.
pub(super) struct Requests {
    template: Arc<Template>,
    uri: Uri,
    began: Timestamp,
    events: Vec<EventId>,
    webhooks: Vec<WebhookId>,
    taken: AtomicUsize,
}

impl Requests {
    pub(super) fn new(template: Arc<Template>, events: usize, webhooks: usize) -> Self {
        let began = now();
        let events = (0..events).map(|n| EventId::new(began, n as u128)).collect();
        let webhooks = (0..webhooks).map(|n| WebhookId::new(began, n as u128)).collect();
        let uri = Uri::from_static("/hook");
        Self { template, uri, began, events, webhooks, taken: AtomicUsize::new(0) }
    }

    /// The next one, signed now.
    ///
    /// # Errors
    /// When a header cannot hold its value, which does not happen.
    pub(super) fn next(&self) -> Result<Option<Request<Full<Bytes>>>, Fault> {
        let place = self.taken.fetch_add(1, Ordering::Relaxed);
        let webhook = self.webhooks.get(place % self.webhooks.len().max(1));
        let event = self.events.get(place / self.webhooks.len().max(1));
        let (Some(event), Some(webhook)) = (event, webhook) else { return Ok(None) };
        let id = DeliveryId::of(event, self.began, webhook);
        self.request(&id, now()).map(Some)
    }

    fn request(&self, id: &DeliveryId, at: Timestamp) -> Result<Request<Full<Bytes>>, Fault> {
        let Template { body, key } = &*self.template;
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.reserve(8);
        headers.insert(HOST_HEADER, RECEIVER);
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(USER_AGENT, AGENT);
        headers.insert(SOTERI_EVENT, EVENT_TYPE);
        headers.insert(WEBHOOK_ID, HeaderValue::from_str(id.as_str())?);
        headers.insert(WEBHOOK_TIMESTAMP, HeaderValue::from(at.as_seconds()));
        if let Some(signature) = signature::soteri(iter::once(key), body) {
            headers.insert(SOTERI_SIGNATURE, HeaderValue::try_from(signature)?);
        }
        if let Some(signature) = signature::standard(iter::once(key), id, at, body) {
            headers.insert(WEBHOOK_SIGNATURE, HeaderValue::try_from(signature)?);
        }
        Ok(request)
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(since.as_millis() as i64)
}
