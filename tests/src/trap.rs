//! A listener that nobody is to reach.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Counts who connects to it. It stops when it is dropped.
pub struct Trap {
    address: SocketAddr,
    sprung: Arc<AtomicUsize>,
    _accepting: JoinSet<()>,
}

impl Trap {
    /// Listens on any free port of this address.
    ///
    /// # Panics
    /// When it cannot listen there.
    pub async fn on(ip: impl Into<IpAddr>) -> Self {
        Self::at(ip, 0).await
    }

    /// Listens on this port.
    ///
    /// # Panics
    /// When it cannot listen there.
    pub async fn at(ip: impl Into<IpAddr>, port: u16) -> Self {
        let listener = TcpListener::bind(SocketAddr::new(ip.into(), port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sprung, mut accepting) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
        let counts = Arc::clone(&sprung);
        accepting.spawn(async move {
            while listener.accept().await.is_ok() {
                counts.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, sprung, _accepting: accepting }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many have connected.
    pub async fn sprung(&self) -> usize {
        // Connections are accepted in their order: whoever connected before this one is counted.
        let before = self.sprung.load(Ordering::SeqCst);
        let _last = tokio::net::TcpStream::connect(self.address).await.unwrap();
        while self.sprung.load(Ordering::SeqCst) == before {
            tokio::task::yield_now().await;
        }
        self.sprung.fetch_sub(1, Ordering::SeqCst) - 1
    }
}
