//! TLS sessions to go on from: who is met again needs no verifying of certificates, which is most
//! of a handshake.
//!
//! rustls's own store keeps eight tickets of each host, and a hostile one makes each as long as a
//! handshake message may be, its certificates with it: some 128 KB. So few are kept here.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platform::cache;
use quick_cache::sync::Cache;
use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

/// Hosts remembered at once. With usual tickets, of some 5 KB, all take 2.5 MB, and at worst 64 MB.
const HOSTS: usize = 256;
/// As many as servers send over a connection.
const TICKETS: usize = 2;

/// Of the hosts that were met last.
pub(super) struct Sessions(Cache<ServerName<'static>, Arc<Mutex<Host>>>);

/// Sessions of one version, the last that the host spoke.
#[derive(Default)]
struct Host {
    group: Option<NamedGroup>,
    tls12: Option<Tls12ClientSessionValue>,
    tickets: VecDeque<Tls13ClientSessionValue>,
}

impl Sessions {
    pub(super) fn new() -> Self {
        Self(cache::bounded(HOSTS))
    }

    /// What `read` makes of what is known of a host.
    fn of<T>(&self, name: &ServerName<'_>, read: impl FnOnce(&mut Host) -> Option<T>) -> Option<T> {
        let host = self.0.get(&name.to_owned())?;
        read(&mut locked(&host))
    }

    fn learn(&self, name: ServerName<'static>, write: impl FnOnce(&mut Host)) {
        let host = self.0.get(&name).unwrap_or_else(|| {
            let host = Arc::default();
            self.0.insert(name, Arc::clone(&host));
            host
        });
        write(&mut locked(&host));
    }
}

fn locked(host: &Mutex<Host>) -> MutexGuard<'_, Host> {
    host.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, name: ServerName<'static>, group: NamedGroup) {
        self.learn(name, |host| host.group = Some(group));
    }

    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        self.of(name, |host| host.group)
    }

    fn set_tls12_session(&self, name: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.learn(name, |host| {
            host.tickets.clear();
            host.tls12 = Some(session);
        });
    }

    fn tls12_session(&self, name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.of(name, |host| host.tls12.clone())
    }

    fn remove_tls12_session(&self, name: &ServerName<'static>) {
        self.of(name, |host| host.tls12.take());
    }

    fn insert_tls13_ticket(&self, name: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.learn(name, |host| {
            host.tls12 = None;
            host.tickets.push_back(ticket);
            if host.tickets.len() > TICKETS {
                host.tickets.pop_front();
            }
        });
    }

    /// The newest, and none twice (RFC 8446, appendix C.4).
    fn take_tls13_ticket(&self, name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.of(name, |host| host.tickets.pop_back())
    }
}

/// Shows nothing: they are keys.
impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}
