//! One connection: HTTP/1.1 over TLS, a request after the other.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;

/// What is read of an answer's head.
const HEAD_BYTES: usize = 32 * 1024;
/// So much is read after a request: the largest head, the body's beginning, and
/// interim answers, whose number HTTP does not limit (RFC 9110, section 15.2).
const ANSWER_BYTES: usize = 128 * 1024;

/// Whoever holds it may send a request. Dropped, it closes the connection.
pub(super) struct Connection {
    origin: Box<str>,
    opened: Instant,
    sender: SendRequest<Full<Bytes>>,
    heard: Heard,
    task: AbortHandle,
}

/// How many bytes of an answer came since the last request began. What TLS says for itself,
/// and a part of its first record, are none.
#[derive(Clone, Default)]
struct Heard(Arc<AtomicUsize>);

/// An answer is longer than what is read of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer is too long")]
struct TooLong;

/// Whether this is why a connection was given up.
pub(super) fn is_too_long(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLong>())
}

impl Connection {
    /// Over this stream, which leads to `origin`, a host and its port. Its place among all
    /// is held as long as the stream is.
    ///
    /// # Errors
    /// hyper's; today there are none, as nothing is sent yet.
    pub(super) async fn over(
        stream: TlsStream<TcpStream>,
        origin: &str,
        place: OwnedSemaphorePermit,
    ) -> Result<Self, hyper::Error> {
        let heard = Heard::default();
        let wire = Wire { stream, heard: heard.clone(), _place: place };
        let (sender, connection) = Builder::new()
            .max_buf_size(HEAD_BYTES)
            .title_case_headers(true)
            .handshake(TokioIo::new(wire))
            .await?;
        // What goes wrong on it, whoever sends a request learns.
        #[expect(
            clippy::disallowed_methods,
            reason = "it lives from invocation to invocation, and does nothing but what the request on it needs"
        )]
        let task = tokio::spawn(connection).abort_handle();
        Ok(Self { origin: origin.into(), opened: Instant::now(), sender, heard, task })
    }

    /// Sends a request and waits for its answer's head.
    ///
    /// # Errors
    /// When there is none. Dropped on the way, it closes the connection.
    pub(super) async fn ask(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, hyper::Error> {
        self.heard.0.store(0, Ordering::Relaxed);
        self.sender.send_request(request).await
    }

    /// Whether not one byte came back since the last request began.
    pub(super) fn is_silent(&self) -> bool {
        self.heard.0.load(Ordering::Relaxed) == 0
    }

    /// Waits until it takes another request. False: it is closed.
    pub(super) async fn is_freed(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    /// Whether it takes a request now.
    pub(super) fn is_free(&self) -> bool {
        self.sender.is_ready()
    }

    /// Where it leads to.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// When it was made.
    pub(super) const fn opened(&self) -> Instant {
        self.opened
    }
}

/// hyper would first write all that is left, of an answered request too, however long the receiver
/// does not read.
impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What hyper reads and writes: the stream, and what is counted of it.
struct Wire {
    stream: TlsStream<TcpStream>,
    heard: Heard,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.heard.0.load(Ordering::Relaxed) >= ANSWER_BYTES {
            return Poll::Ready(Err(io::Error::other(TooLong)));
        }
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.heard.0.fetch_add(buffer.filled().len() - before, Ordering::Relaxed);
        outcome
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
