//! A receiver that follows a script, be it against every rule.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use local::Ca;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// How a connection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// It is never accepted, and the queue for it is full.
    NeverAccepted,
    /// Nobody listens.
    Closed,
    /// The script is for the bare connection.
    Bare,
    /// TLS as it should be; the script is for what is inside.
    Tls,
    /// TLS, a byte at a time.
    DrippedTls,
    /// A certificate that ended in 2021.
    Expired,
    /// A certificate that begins in 2200.
    NotYetValid,
    /// A certificate for another host.
    OtherHost,
    /// A certificate that signs itself.
    SelfSigned,
    /// A certificate of an authority that nobody knows.
    UnknownAuthority,
    /// HTTP/2 or nothing.
    Http2Alone,
    /// A certificate of the client's, or nothing.
    Certified,
}

/// What it does next. After the last one it closes the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Reads what comes, at most so many bytes.
    Hear(usize),
    /// Writes this.
    Say(&'static str),
    /// Writes these bytes.
    SayBytes(&'static [u8]),
    /// Writes this so many times.
    Repeat(&'static str, usize),
    /// Writes this over and over, until nobody takes it.
    Flood(&'static str),
    /// As `Flood`, bytes.
    FloodBytes(&'static [u8]),
    /// Writes this a byte at a time, 20 a second, over and over.
    Drip(&'static str),
    /// Gives what it said time to arrive.
    Pause,
    /// Does nothing until the other side closes.
    Wait,
    /// Closes by a reset.
    Reset,
}

const BEAT: Duration = Duration::from_millis(50);
/// What the system keeps for a sender before the other side takes it.
const SEND_BUFFER: u32 = 32 * 1024;

/// A hostile receiver. It stops when it is dropped.
pub(crate) struct Hostile {
    pub(crate) port: u16,
    /// How many bytes it got rid of.
    pub(crate) written: Arc<AtomicUsize>,
    _serving: JoinSet<()>,
    _held: Box<dyn Any + Send>,
}

impl Hostile {
    pub(crate) async fn start(ca: &Ca, host: &str, opening: Opening, script: &'static [Step]) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(SEND_BUFFER).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let port = socket.local_addr().unwrap().port();
        let (written, mut serving) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
        let held: Box<dyn Any + Send> = match opening {
            // Bound all the same, so that nobody else takes the port.
            Opening::Closed => Box::new(socket),
            Opening::NeverAccepted => {
                let listener = socket.listen(0).unwrap();
                // A queue of length 0 holds one on Linux.
                let first = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                Box::new((listener, first))
            }
            _ => {
                let (listener, tls) = (socket.listen(64).unwrap(), acceptor(ca, host, opening));
                serving.spawn(serve(listener, tls, opening, script, Arc::clone(&written)));
                Box::new(())
            }
        };
        Self { port, written, _serving: serving, _held: held }
    }
}

fn acceptor(ca: &Ca, host: &str, opening: Opening) -> TlsAcceptor {
    let config = match opening {
        Opening::Expired => ca.server_config_of_years(&[host], 2020..2021),
        Opening::NotYetValid => ca.server_config_of_years(&[host], 2200..2201),
        Opening::OtherHost => ca.server_config(&["other.example.com"]),
        Opening::SelfSigned => Ca::self_signed_server_config(&[host]),
        Opening::Certified => ca.server_config_for_certified(&[host]),
        Opening::UnknownAuthority => Ca::new().unwrap().server_config(&[host]),
        _ => ca.server_config(&[host]),
    };
    let mut config = config.unwrap();
    if opening == Opening::Http2Alone {
        Arc::make_mut(&mut config).alpn_protocols = vec![b"h2".to_vec()];
    }
    TlsAcceptor::from(config)
}

async fn serve(
    listener: TcpListener,
    tls: TlsAcceptor,
    opening: Opening,
    script: &'static [Step],
    written: Arc<AtomicUsize>,
) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, written) = (tls.clone(), Arc::clone(&written));
        connections.spawn(async move {
            if script.last() == Some(&Step::Reset) {
                // Closed in spite of what is still to be sent, a connection is reset.
                stream.set_zero_linger().unwrap();
            }
            match opening {
                Opening::Bare => follow(stream, script, &written).await,
                Opening::DrippedTls => {
                    if let Ok(stream) = tls.accept(dripping(stream)).await {
                        follow(stream, script, &written).await;
                    }
                }
                _ => {
                    if let Ok(stream) = tls.accept(stream).await {
                        follow(stream, script, &written).await;
                    }
                }
            }
        });
    }
}

/// Passes on what comes at once, and what goes a byte at a time.
fn dripping(stream: TcpStream) -> tokio::io::DuplexStream {
    let (near, far) = tokio::io::duplex(4_096);
    let (mut incoming, mut outgoing) = stream.into_split();
    let (mut said, mut heard) = tokio::io::split(far);
    tokio::spawn(async move { tokio::io::copy(&mut incoming, &mut heard).await });
    tokio::spawn(async move {
        while let Ok(byte) = said.read_u8().await {
            if outgoing.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(BEAT).await;
        }
    });
    near
}

async fn follow(mut stream: impl AsyncRead + AsyncWrite + Unpin, script: &[Step], written: &AtomicUsize) {
    let mut bytes = [0; 16 * 1024];
    for step in script {
        let done = match step {
            Step::Hear(most) => stream.read(&mut bytes[..*most]).await.map(drop),
            Step::Say(text) => say(&mut stream, text.as_bytes(), written).await,
            Step::SayBytes(bytes) => say(&mut stream, bytes, written).await,
            Step::Repeat(text, times) => say(&mut stream, text.repeat(*times).as_bytes(), written).await,
            Step::Flood(text) => flood(&mut stream, text.as_bytes(), written).await,
            Step::FloodBytes(bytes) => flood(&mut stream, bytes, written).await,
            Step::Drip(text) => drip(&mut stream, text, written).await,
            Step::Pause => {
                tokio::time::sleep(BEAT).await;
                Ok(())
            }
            Step::Wait => {
                while matches!(stream.read(&mut bytes).await, Ok(1..)) {}
                Ok(())
            }
            Step::Reset => return,
        };
        if done.is_err() {
            return;
        }
    }
    // The other side may have gone.
    stream.shutdown().await.ok();
}

async fn say(
    stream: &mut (impl AsyncWrite + Unpin),
    mut bytes: &[u8],
    written: &AtomicUsize,
) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let count = stream.write(bytes).await?;
        written.fetch_add(count, Ordering::SeqCst);
        bytes = &bytes[count..];
    }
    stream.flush().await
}

async fn flood(
    stream: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    written: &AtomicUsize,
) -> std::io::Result<()> {
    let many = bytes.repeat(16 * 1024 / bytes.len() + 1);
    loop {
        say(stream, &many, written).await?;
    }
}

async fn drip(
    stream: &mut (impl AsyncWrite + Unpin),
    text: &str,
    written: &AtomicUsize,
) -> std::io::Result<()> {
    for byte in text.bytes().cycle() {
        say(stream, &[byte], written).await?;
        tokio::time::sleep(BEAT).await;
    }
    Ok(())
}
