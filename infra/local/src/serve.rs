//! A small HTTP server on loopback, for the parts of the stack that have one.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::Router;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;

/// A listener on loopback; port 0 is any free one. Connections inherit
/// TCP_NODELAY from it (Linux), without which small answers wait for an
/// acknowledgment. A port that another has on the other loopback is taken, too:
/// `localhost` leads there first.
pub(crate) fn bind(port: u16) -> io::Result<TcpListener> {
    match std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
        // Free, or there is no IPv6.
        Ok(_) | Err(_) => {}
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_is_taken_on_either_loopback() {
        // Without IPv6 there is only one.
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(other) = std::net::TcpListener::bind(address) else { continue };
            let error = bind(other.local_addr().unwrap().port()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse, "{address}");
        }
    }
}
