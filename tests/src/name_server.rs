//! A name server on loopback, over UDP and TCP (RFC 1035), that says what it is
//! told to, be it wrong.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

/// What is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The name, without the dot at its end.
    pub name: String,
    /// Whether IPv6 addresses are wanted, not IPv4's.
    pub v6: bool,
    /// Whether it came over TCP.
    pub tcp: bool,
}

/// What it says.
#[derive(Clone, Debug)]
pub enum Says {
    /// These records.
    Records(Vec<Record>),
    /// No record, and this response code (RFC 1035, section 4.1.1).
    Code(u8),
    /// That the records are too many for UDP.
    Truncated,
    /// Nothing.
    Silence,
    /// These bytes behind the question's id.
    Bytes(Vec<u8>),
    /// These records, under another question's id.
    Misaddressed(Vec<Record>),
}

/// A record: whose, and what.
#[derive(Clone, Debug)]
pub struct Record {
    name: String,
    kind: u16,
    content: Vec<u8>,
}

const A: u16 = 1;
const CNAME: u16 = 5;
const TXT: u16 = 16;
const AAAA: u16 = 28;

impl Record {
    /// An A or AAAA record.
    pub fn address(name: &str, ip: IpAddr) -> Self {
        let (kind, content) = match ip {
            IpAddr::V4(ip) => (A, ip.octets().to_vec()),
            IpAddr::V6(ip) => (AAAA, ip.octets().to_vec()),
        };
        Self { name: name.to_owned(), kind, content }
    }

    /// Another name of this one.
    pub fn alias(name: &str, of: &str) -> Self {
        Self { name: name.to_owned(), kind: CNAME, content: encoded(of) }
    }

    /// Text, which is no address.
    pub fn text(name: &str) -> Self {
        Self { name: name.to_owned(), kind: TXT, content: b"\x04text".to_vec() }
    }

    /// An A record that is a byte too short.
    pub fn stump(name: &str) -> Self {
        Self { name: name.to_owned(), kind: A, content: vec![127, 0, 0] }
    }
}

type Answering = Arc<dyn Fn(&Question) -> Says + Send + Sync>;

struct Shared {
    answering: Answering,
    asked: Mutex<HashMap<Question, usize>>,
}

/// A name server. It stops when it is dropped.
pub struct NameServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    _serving: JoinSet<()>,
}

impl NameServer {
    /// Answers every question by this function.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start(by: impl Fn(&Question) -> Says + Send + Sync + 'static) -> Self {
        let (udp, tcp) = bound().await;
        let address = udp.local_addr().unwrap();
        let shared = Arc::new(Shared { answering: Arc::new(by), asked: Mutex::default() });
        let mut serving = JoinSet::new();
        serving.spawn(over_udp(udp, Arc::clone(&shared)));
        serving.spawn(over_tcp(tcp, Arc::clone(&shared)));
        Self { address, shared, _serving: serving }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often it was asked for this name's IPv4 addresses over UDP.
    ///
    /// # Panics
    /// When an answer has panicked.
    pub fn asked(&self, name: &str) -> usize {
        let question = Question { name: name.to_owned(), v6: false, tcp: false };
        self.shared.asked.lock().unwrap().get(&question).copied().unwrap_or_default()
    }

    /// How often it was asked for anything.
    ///
    /// # Panics
    /// When an answer has panicked.
    pub fn asked_at_all(&self) -> usize {
        self.shared.asked.lock().unwrap().values().sum()
    }
}

/// The same port of both; another test may have one of them.
async fn bound() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
}

async fn over_udp(socket: UdpSocket, shared: Arc<Shared>) {
    let mut bytes = [0; 4_096];
    while let Ok((count, from)) = socket.recv_from(&mut bytes).await {
        if let Some(answer) = shared.answer(&bytes[..count], false) {
            // Who asked may have gone.
            socket.send_to(&answer, from).await.ok();
        }
    }
}

async fn over_tcp(listener: TcpListener, shared: Arc<Shared>) {
    let mut conversations = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        conversations.spawn(converse(stream, Arc::clone(&shared)));
    }
}

/// Over TCP a message has its length before it (RFC 1035, section 4.2.2).
async fn converse(mut stream: TcpStream, shared: Arc<Shared>) {
    while let Ok(length) = stream.read_u16().await {
        let mut bytes = vec![0; usize::from(length)];
        if stream.read_exact(&mut bytes).await.is_err() {
            return;
        }
        let Some(answer) = shared.answer(&bytes, true) else { continue };
        let mut framed = u16::try_from(answer.len()).unwrap().to_be_bytes().to_vec();
        framed.extend(answer);
        if stream.write_all(&framed).await.is_err() {
            return;
        }
    }
}

impl Shared {
    fn answer(&self, message: &[u8], tcp: bool) -> Option<Vec<u8>> {
        let asked = message.get(12..)?;
        let (mut labels, mut at) = (Vec::new(), 0);
        while let Some(length @ 1..) = asked.get(at).copied().map(usize::from) {
            labels.push(String::from_utf8_lossy(asked.get(at + 1..at + 1 + length)?).into_owned());
            at += 1 + length;
        }
        let v6 = asked.get(at + 1..at + 3)? == AAAA.to_be_bytes();
        let question = Question { name: labels.join("."), v6, tcp };
        *self.asked.lock().unwrap().entry(question.clone()).or_default() += 1;
        let (mut id, asked) = (message[..2].to_vec(), &asked[..at + 5]);
        match (self.answering)(&question) {
            Says::Records(records) => Some(written(&id, 0, asked, &records)),
            Says::Code(code) => Some(written(&id, u16::from(code), asked, &[])),
            Says::Truncated => Some(written(&id, 0x0200, asked, &[])),
            Says::Silence => None,
            Says::Bytes(bytes) => {
                id.extend(bytes);
                Some(id)
            }
            Says::Misaddressed(records) => Some(written(&[!id[0], !id[1]], 0, asked, &records)),
        }
    }
}

/// An answer with recursion desired and available, no longer valid than now.
fn written(id: &[u8], flags: u16, asked: &[u8], records: &[Record]) -> Vec<u8> {
    let count = u16::try_from(records.len()).unwrap();
    let mut message = id.to_vec();
    for number in [0x8180 | flags, 1, count, 0, 0] {
        message.extend(number.to_be_bytes());
    }
    message.extend(asked);
    for record in records {
        message.extend(encoded(&record.name));
        message.extend(record.kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 0]);
        message.extend(u16::try_from(record.content.len()).unwrap().to_be_bytes());
        message.extend(&record.content);
    }
    message
}

fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
