//! The one outbound door: HTTPS over connections that go to a vetted address.
//!
//! HTTP/1.1 and TLS are hyper's and rustls's. Ours is who is dialed and which
//! connection is used again, so that nothing but a judged [`crate::resolve::Target`]
//! can be dialed, each stage of a connection has its own error, and there is no
//! proxy, redirect or decompression to turn off.

mod connection;
mod dial;
mod pool;
mod sessions;

use std::error::Error;
use std::io;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::attempt::{ATTEMPT_TIMEOUT, Answer, AttemptError, SlackError, retry_after};
use domain::time::Timestamp;
use futures::FutureExt as _;
use http::header::{HOST, RETRY_AFTER};
use http::uri::{Authority, Parts, Uri};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Incoming};
use platform::settings::DispatcherSettings;
use tokio::time::{Instant, timeout, timeout_at};

use self::connection::Connection;
pub use self::dial::BadCertificates;
use self::dial::Dialer;
use self::pool::Pool;
use crate::request::Unsendable;
use crate::resolve::{Resolver, Unresolved};

/// What is read of an answer's body, so that a small one leaves its connection
/// reusable, and for how long.
const BODY_BYTES: usize = 4 * 1024;
const BODY_WAIT: Duration = Duration::from_millis(100);

/// Makes an attempt's request; each time the same one.
pub type Make<'a> = dyn Fn() -> Result<Request<Full<Bytes>>, Unsendable> + Sync + 'a;

/// Takes requests to their receivers. [`Transport`] does; the model of the whole
/// service has another one, so that it can play weeks in a second.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Sends a request and waits for its answer's head, for [`ATTEMPT_TIMEOUT`]
    /// at most. `request` may be asked for a second time.
    ///
    /// # Errors
    /// [`Unsendable`] when it cannot be made; then nothing is sent.
    async fn send(&self, request: &Make<'_>, now: Timestamp) -> Result<Reply, Unsendable>;
}

/// Sends requests over the network.
pub struct Transport {
    dialer: Dialer,
    pool: Arc<Pool>,
}

/// An answer's head, and its body not yet read.
pub struct Reply {
    /// What was answered.
    pub answer: Answer,
    /// The rest of the answer.
    pub rest: Rest,
}

/// The unread body of an answer, and the connection that it comes over.
pub struct Rest(Option<Unread>);

struct Unread {
    body: Incoming,
    connection: Connection,
    pool: Arc<Pool>,
}

impl Transport {
    /// Builds the trust store and the pool, over the system's name servers.
    ///
    /// # Errors
    /// [`BadCertificates`] when the extra CA file holds none that can be read.
    pub fn new(settings: &DispatcherSettings) -> Result<Self, BadCertificates> {
        let resolver = Resolver::new(settings.allowed_cidrs.clone(), settings.connect_to.clone());
        Self::over(resolver, settings)
    }

    /// As [`Transport::new`], over this resolver.
    ///
    /// # Errors
    /// As above.
    pub fn over(resolver: Resolver, settings: &DispatcherSettings) -> Result<Self, BadCertificates> {
        let dialer = Dialer::new(resolver, settings.extra_ca_pem.as_deref())?;
        Ok(Self { dialer, pool: Arc::new(Pool::new()) })
    }

    /// A fresh connection. On the heap: seldom needed, and much larger than the rest.
    async fn dial(&self, origin: &Authority) -> Result<Connection, AttemptError> {
        if self.dialer.is_full() {
            self.pool.clear();
        }
        self.dialer.dial(origin).boxed().await.map_err(code_of_stage)
    }

    fn reply(&self, response: Response<Incoming>, connection: Connection, now: Timestamp) -> Reply {
        // There should be one at most; of several none is undercut.
        let waits = response.headers().get_all(RETRY_AFTER).iter();
        let wait = waits.filter_map(|value| retry_after(value.as_bytes(), now)).max();
        let answer = Answer::Status { code: response.status().as_u16(), retry_after: wait };
        let unread = Unread { body: response.into_body(), connection, pool: Arc::clone(&self.pool) };
        Reply { answer, rest: Rest(Some(unread)) }
    }

    /// A kept connection. What came over it meanwhile, perhaps during a freeze, is found before the
    /// request is written: else a receiver's farewell would be taken for its answer.
    async fn kept(&self, origin: &Authority) -> Option<Connection> {
        let connection = self.pool.take(origin.as_str())?;
        // Now tokio looks at the sockets.
        tokio::task::yield_now().await;
        Some(connection)
    }

    /// A kept connection may have died while the function was frozen, so a request that was never
    /// begun on one, or that fails before any byte of an answer, is sent once more on a fresh one.
    async fn once_or_twice(
        &self,
        make: &Make<'_>,
        now: Timestamp,
    ) -> Result<Result<Reply, AttemptError>, Unsendable> {
        let (origin, request) = addressed(make()?)?;
        let request = match self.kept(&origin).await {
            None => request,
            Some(mut kept) => match kept.ask(request).await {
                Ok(response) => return Ok(Ok(self.reply(response, kept, now))),
                // Canceled: hyper had not begun it.
                Err(error) if error.is_canceled() || kept.is_silent() => addressed(make()?)?.1,
                Err(error) => return Ok(Err(code_of(&error))),
            },
        };
        // Not from the pool: after a freeze all that is in it may be dead.
        let mut fresh = match self.dial(&origin).await {
            Ok(fresh) => fresh,
            Err(error) => return Ok(Err(error)),
        };
        Ok(match fresh.ask(request).await {
            Ok(response) => Ok(self.reply(response, fresh, now)),
            Err(error) => Err(code_of(&error)),
        })
    }
}

#[async_trait]
impl Carrier for Transport {
    /// The time runs from name to status line.
    async fn send(&self, request: &Make<'_>, now: Timestamp) -> Result<Reply, Unsendable> {
        let outcome = timeout(ATTEMPT_TIMEOUT, self.once_or_twice(request, now)).await;
        let outcome = outcome.unwrap_or(Ok(Err(AttemptError::Timeout)))?;
        Ok(outcome.unwrap_or_else(|error| Reply { answer: Answer::None(error), rest: Rest::none() }))
    }
}

/// Where a request goes, and the request as it is sent there: its target is the path
/// alone (RFC 9112, section 3.2.1).
fn addressed(mut request: Request<Full<Bytes>>) -> Result<(Authority, Request<Full<Bytes>>), Unsendable> {
    let Parts { authority, path_and_query, .. } = mem::take(request.uri_mut()).into_parts();
    let (Some(origin), Some(path)) = (authority, path_and_query) else { return Err(Unsendable) };
    let host = HeaderValue::from_str(origin.as_str()).map_err(|_| Unsendable)?;
    request.headers_mut().insert(HOST, host);
    *request.uri_mut() = Uri::from(path);
    Ok((origin, request))
}

impl Reply {
    /// What Slack says in the body of an answer that is no success, read until
    /// then: its code decides what the answer means.
    pub async fn heard_out(self, ends: Instant) -> Self {
        let Answer::Status { code, retry_after } = self.answer else { return self };
        if (200..=299).contains(&code) {
            return self;
        }
        let said = timeout_at(ends, self.rest.short(SlackError::MAX_BYTES)).await.ok().flatten();
        let answer = match said.and_then(|said| SlackError::read(&said)) {
            Some(error) => Answer::Slack { code, error, retry_after },
            None => self.answer,
        };
        Self { answer, rest: Rest::none() }
    }
}

impl Rest {
    /// Nothing to read.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The whole of it, if it is at most so long.
    async fn short(self, most: usize) -> Option<Bytes> {
        let Unread { body, connection, pool } = self.0?;
        let body = Limited::new(body, most).collect().await.ok()?;
        give_back(connection, &pool).await;
        Some(body.to_bytes())
    }

    /// Reads what little there may be, so that the connection can be used
    /// again; a long or slow body is cut off with its connection.
    pub async fn drain(self) {
        let Some(Unread { mut body, connection, pool }) = self.0 else { return };
        let read = async {
            let mut bytes = 0;
            while !body.is_end_stream()
                && let Some(frame) = body.frame().await
            {
                let Ok(frame) = frame else { return };
                bytes += frame.data_ref().map_or(0, Bytes::len);
                if bytes > BODY_BYTES {
                    return;
                }
            }
            give_back(connection, &pool).await;
        };
        let _ = timeout(BODY_WAIT, read).await;
    }
}

/// Keeps a connection whose answer has been read.
async fn give_back(mut connection: Connection, pool: &Pool) {
    if connection.is_freed().await {
        pool.keep(connection);
    }
}

const fn code_of_stage(stage: dial::Failed) -> AttemptError {
    match stage {
        dial::Failed::Resolve(Unresolved::Dns) => AttemptError::DnsFailed,
        dial::Failed::Resolve(Unresolved::Refused(_)) => AttemptError::AddressRefused,
        dial::Failed::Tcp => AttemptError::ConnectFailed,
        dial::Failed::Tls => AttemptError::TlsFailed,
    }
}

fn code_of(error: &hyper::Error) -> AttemptError {
    if error.is_parse_too_large() {
        return AttemptError::ResponseTooLarge;
    }
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.downcast_ref().is_some_and(connection::is_too_long) {
            return AttemptError::ResponseTooLarge;
        }
        if cause.downcast_ref().is_some_and(is_of_tls) {
            return AttemptError::TlsFailed;
        }
        source = cause.source();
    }
    AttemptError::ConnectFailed
}

/// What is wrong with TLS after our part of the handshake: a receiver that wants a certificate says
/// so only then (RFC 8446, section 4.4.2.4).
fn is_of_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|cause| cause.is::<rustls::Error>())
}
