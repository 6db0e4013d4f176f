//! Connections that are kept for the next request.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::connection::Connection;

/// A connection is used again for at most 60 s after it was made. What is under way then ends on it.
const USED_FOR: Duration = Duration::from_secs(60);
/// And no more when it had nothing to do for so long.
const IDLE_FOR: Duration = Duration::from_secs(30);
/// Connections kept for one host between its requests.
const IDLE_PER_HOST: usize = 16;

/// Idle connections, by host and port. All were dialed by the dialer, so all go to judged addresses.
pub(super) struct Pool(Mutex<Kept>);

struct Kept {
    by_origin: HashMap<Box<str>, Vec<Idle>>,
    swept: Instant,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Pool {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Kept { by_origin: HashMap::new(), swept: Instant::now() }))
    }

    /// The one to this host and port that was used last, if any may be used again.
    pub(super) fn take(&self, origin: &str) -> Option<Connection> {
        let now = Instant::now();
        let mut kept = self.kept();
        kept.sweep(now);
        let idle = kept.by_origin.get_mut(origin)?;
        while let Some(last) = idle.pop() {
            if last.is_good(now) {
                return Some(last.connection);
            }
        }
        None
    }

    /// Keeps a connection that has nothing to do, unless its host has enough of them.
    pub(super) fn keep(&self, connection: Connection) {
        let now = Instant::now();
        let mut kept = self.kept();
        kept.sweep(now);
        let idle = match kept.by_origin.get_mut(connection.origin()) {
            Some(idle) => idle,
            None => kept.by_origin.entry(connection.origin().into()).or_default(),
        };
        if idle.len() < IDLE_PER_HOST {
            idle.push(Idle { connection, since: now });
        }
    }

    /// Lets all of them go.
    pub(super) fn clear(&self) {
        self.kept().by_origin.clear();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Lets go, now and then, what nobody has asked for and nobody will get.
    fn sweep(&mut self, now: Instant) {
        if now.duration_since(self.swept) < IDLE_FOR {
            return;
        }
        self.swept = now;
        self.by_origin.retain(|_, idle| {
            idle.retain(|one| one.is_good(now));
            !idle.is_empty()
        });
    }
}

impl Idle {
    fn is_good(&self, now: Instant) -> bool {
        now.duration_since(self.since) < IDLE_FOR
            && now.duration_since(self.connection.opened()) < USED_FOR
            && self.connection.is_free()
    }
}
