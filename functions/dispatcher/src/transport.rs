//! The one outbound door: HTTPS over connections that go to a vetted address.
//!
//! HTTP, its pool and TLS are hyper's and rustls's; what is ours is the dialer,
//! so that nothing but a judged [`crate::resolve::Target`] can be dialed, each
//! stage of a connection has its own error, and there is no proxy, redirect or
//! decompression to turn off.

mod dial;

use std::error::Error as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::attempt::{ATTEMPT_TIMEOUT, Answer, AttemptError, SlackError, retry_after};
use domain::time::Timestamp;
use http::header::RETRY_AFTER;
use http::{Extensions, Request};
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper::body::{Body as _, Incoming};
use hyper_util::client::legacy::connect::Connected;
use hyper_util::client::legacy::{Client, Error, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use platform::settings::DispatcherSettings;
use tokio::time::{Instant, timeout, timeout_at};

pub use self::dial::BadCertificates;
use self::dial::{Dialer, Line};
use crate::request::Unsendable;
use crate::resolve::{Resolver, Unresolved};

/// A pooled connection is used again for at most 60 s after it was made: its pool
/// lives no longer. What is under way then ends on its connection, the last on it.
const POOLED_FOR: Duration = Duration::from_secs(60);
const IDLE_FOR: Duration = Duration::from_secs(30);
/// Connections kept for one host between its requests.
const IDLE_PER_HOST: usize = 16;
/// Lambda allows 1,024 file descriptors
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
/// At some half of them a new pool begins too, and all idle connections are let go.
const MOST_OPEN: usize = 512;
/// What is read of an answer's head …
const HEAD_BYTES: usize = 32 * 1024;
/// … and of its body, so that a small one leaves its connection reusable,
/// and for how long.
const BODY_BYTES: usize = 4 * 1024;
const BODY_WAIT: Duration = Duration::from_millis(100);

type Http = Client<Dialer, Full<Bytes>>;

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
    pool: Mutex<Pool>,
}

/// Connections that may be used again.
struct Pool {
    client: Http,
    began: Instant,
}

/// An answer's head, and its body not yet read.
pub struct Reply {
    /// What was answered.
    pub answer: Answer,
    /// The rest of the answer.
    pub rest: Rest,
}

/// The unread body of an answer.
pub struct Rest(Option<Incoming>);

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
        let pool = Mutex::new(Pool::begin(&dialer));
        Ok(Self { dialer, pool })
    }

    /// Sends over the pool, or over a new one when its time is up.
    fn ask(&self, request: Request<Full<Bytes>>) -> ResponseFuture {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.began.elapsed() >= POOLED_FOR || self.dialer.open_connections() >= MOST_OPEN {
            *pool = Pool::begin(&self.dialer);
        }
        pool.client.request(request)
    }
}

#[async_trait]
impl Carrier for Transport {
    /// The time runs from name to status line. A pooled connection may have died
    /// while the function was frozen, so a request that fails on a used
    /// connection before any byte of an answer is sent once more on a fresh one.
    async fn send(&self, request: &Make<'_>, now: Timestamp) -> Result<Reply, Unsendable> {
        let once_or_twice = async {
            match answer(self.ask(request()?), now).await {
                // Not from the pool: after a freeze all that is in it may be dead.
                Err(failure) if failure.of_dead_connection => {
                    Ok(answer(Pool::begin(&self.dialer).client.request(request()?), now).await)
                }
                outcome => Ok(outcome),
            }
        };
        let none = |error| Reply { answer: Answer::None(error), rest: Rest(None) };
        Ok(match timeout(ATTEMPT_TIMEOUT, once_or_twice).await {
            Ok(outcome) => outcome?.unwrap_or_else(|failure: Failure| none(failure.error)),
            Err(_) => none(AttemptError::Timeout),
        })
    }
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
        let body = Limited::new(self.0?, most).collect().await;
        body.ok().map(Collected::to_bytes)
    }

    /// Reads what little there may be, so that the connection can be used
    /// again; a long or slow body is cut off with its connection.
    pub async fn drain(self) {
        let Some(mut body) = self.0.filter(|body| !body.is_end_stream()) else { return };
        let read = async {
            let mut bytes = 0;
            while let Some(Ok(frame)) = body.frame().await {
                bytes += frame.data_ref().map_or(0, Bytes::len);
                if bytes > BODY_BYTES {
                    return;
                }
            }
        };
        let _ = timeout(BODY_WAIT, read).await;
    }
}

async fn answer(asked: ResponseFuture, now: Timestamp) -> Result<Reply, Failure> {
    let response = asked.await.map_err(|error| Failure::of(&error))?;
    // There should be one at most; of several none is undercut.
    let waits = response.headers().get_all(RETRY_AFTER).iter();
    let wait = waits.filter_map(|value| retry_after(value.as_bytes(), now)).max();
    let answer = Answer::Status { code: response.status().as_u16(), retry_after: wait };
    Ok(Reply { answer, rest: Rest(Some(response.into_body())) })
}

impl Pool {
    fn begin(dialer: &Dialer) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .http1_max_buf_size(HEAD_BYTES)
            .http1_title_case_headers(true)
            .build(dialer.clone());
        Self { client, began: Instant::now() }
    }
}

/// Why there is no answer, and whether that may be a dead connection's fault.
struct Failure {
    error: AttemptError,
    of_dead_connection: bool,
}

impl Failure {
    fn of(error: &Error) -> Self {
        let line = error.connect_info().and_then(line_of);
        Self { error: code_of(error), of_dead_connection: line.is_some_and(|line| line.may_have_died()) }
    }
}

fn code_of(error: &Error) -> AttemptError {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(stage) = cause.downcast_ref::<dial::Failed>() {
            return match stage {
                dial::Failed::Resolve(Unresolved::Dns) => AttemptError::DnsFailed,
                dial::Failed::Resolve(Unresolved::Refused(_)) => AttemptError::AddressRefused,
                dial::Failed::Tcp => AttemptError::ConnectFailed,
                dial::Failed::Tls => AttemptError::TlsFailed,
            };
        }
        if cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse_too_large)
            || cause.downcast_ref().is_some_and(dial::is_too_long)
        {
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

fn line_of(connected: &Connected) -> Option<Arc<Line>> {
    let mut extras = Extensions::new();
    connected.get_extras(&mut extras);
    extras.remove()
}
