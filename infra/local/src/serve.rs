//! A small HTTP server on loopback, for the parts of the stack that have one.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;

/// A listener on loopback; port 0 is any free one. Connections inherit
/// TCP_NODELAY from it (Linux), without which small answers wait for an
/// acknowledgment.
pub(crate) fn bind(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(1024)
}

/// Serves until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    _accepting: JoinSet<()>,
}

impl Server {
    pub(crate) fn start(app: Router) -> io::Result<Self> {
        Self::on(bind(0)?, app)
    }

    pub(crate) fn on(listener: TcpListener, app: Router) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            // It ends only with the task.
            axum::serve(listener, app).await.ok();
        });
        Ok(Self { address, _accepting: accepting })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
