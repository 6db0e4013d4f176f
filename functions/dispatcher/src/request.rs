//! What goes on the wire: the request of one attempt. Pure.

use bytes::Bytes;
use domain::ids::DeliveryId;
use domain::row::WebhookRow;
use domain::secret::SecretText;
use domain::signature::{self, SigningKey};
use domain::time::Timestamp;
use domain::webhook::Target;
use domain::webhook::bundle::Bundle;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request, Uri};
use http_body_util::Full;

/// The `User-Agent` of every delivery.
const AGENT: HeaderValue = HeaderValue::from_static("Soteri-Security-for-Jira-Webhooks/1");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const SOTERI_SIGNATURE: HeaderName = HeaderName::from_static("x-soteri-signature");
const SOTERI_EVENT: HeaderName = HeaderName::from_static("x-soteri-event");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The row and its bundle do not fit together, or hold what no request can
/// carry: nothing is sent, since it would be sent unsigned or unauthorized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the webhook's secrets do not match its settings")]
pub struct Unsendable;

/// One delivery to one webhook.
pub struct Delivery<'a> {
    /// The webhook.
    pub row: &'a WebhookRow,
    /// Its secrets; an empty bundle when it has none.
    pub bundle: &'a Bundle,
    /// The delivery's id, the same over all attempts.
    pub id: &'a DeliveryId,
    /// The event's type.
    pub event_type: &'a str,
    /// The body, in the webhook's format.
    pub body: Bytes,
}

impl Delivery<'_> {
    /// The request of an attempt at `at`.
    ///
    /// # Errors
    /// [`Unsendable`] when a secret that the row names is not in the bundle.
    pub fn request(&self, at: Timestamp) -> Result<Request<Full<Bytes>>, Unsendable> {
        let url = match &self.row.settings.target {
            Target::Custom { url } => url.as_str(),
            Target::Slack(_) => self.bundle.slack_url.as_ref().ok_or(Unsendable)?.secret().expose(),
        };
        let uri: Uri = url.parse().map_err(|_| Unsendable)?;
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.reserve(8 + self.row.settings.headers.len());
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(USER_AGENT, AGENT);
        headers.insert(SOTERI_EVENT, value(self.event_type)?);
        self.authorize(headers)?;
        self.sign(headers, at)?;
        Ok(request)
    }

    fn authorize(&self, headers: &mut HeaderMap) -> Result<(), Unsendable> {
        match (&self.row.settings.authorization_scheme, &self.bundle.authorization) {
            (None, _) => {}
            (Some(_), Some(authorization)) => {
                headers.insert(AUTHORIZATION, sensitive(authorization)?);
            }
            (Some(_), None) => return Err(Unsendable),
        }
        for header in &self.row.settings.headers {
            let name = HeaderName::from_bytes(header.name.as_str().as_bytes()).map_err(|_| Unsendable)?;
            let value = match &header.value {
                Some(plain) => value(plain)?,
                None => sensitive(self.bundle.header(&header.name).ok_or(Unsendable)?)?,
            };
            headers.insert(name, value);
        }
        Ok(())
    }

    fn sign(&self, headers: &mut HeaderMap, at: Timestamp) -> Result<(), Unsendable> {
        headers.insert(WEBHOOK_ID, value(self.id.as_str())?);
        headers.insert(WEBHOOK_TIMESTAMP, HeaderValue::from(at.as_seconds()));
        let keys: Vec<&SigningKey> = self
            .row
            .settings
            .signing_secrets
            .iter()
            .map(|secret| self.bundle.signing_secret(&secret.id).ok_or(Unsendable))
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Ok(());
        }
        let soteri = signature::soteri(keys.iter().copied(), &self.body).ok_or(Unsendable)?;
        headers.insert(SOTERI_SIGNATURE, taken(soteri)?);
        if let Some(standard) = signature::standard(keys.into_iter(), self.id, at, &self.body) {
            headers.insert(WEBHOOK_SIGNATURE, taken(standard)?);
        }
        Ok(())
    }
}

fn value(text: &str) -> Result<HeaderValue, Unsendable> {
    HeaderValue::from_str(text).map_err(|_| Unsendable)
}

/// The same, without a copy.
fn taken(text: String) -> Result<HeaderValue, Unsendable> {
    HeaderValue::try_from(text).map_err(|_| Unsendable)
}

/// A value that HTTP libraries neither print nor index.
fn sensitive(secret: &SecretText) -> Result<HeaderValue, Unsendable> {
    let mut value = value(secret.expose())?;
    value.set_sensitive(true);
    Ok(value)
}
