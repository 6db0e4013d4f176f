//! All that a memory holds, as text, to tell whether a call left it as it was.

use std::fmt::Debug;

use sha2::{Digest, Sha256};

use super::{Held, Memory};

impl Memory {
    /// A line for each thing that is held, always in the same order: the same
    /// lines mean the same contents. Time and chance are not among them, and
    /// of a secret object there is its name and a hash.
    pub fn fingerprint(&self) -> Vec<String> {
        let held = self.held();
        let Held { tenants, rows, keys, installations, passes, bundles, log, counts, backlog, .. } = &*held;
        let mut all = lines("tenant", tenants);
        all.extend(lines("webhook", rows));
        all.extend(lines("idempotency key", keys));
        all.extend(lines("installation", installations));
        all.extend(lines("pass", passes));
        let hashes = bundles.iter().map(|(name, (_, text))| (name, Sha256::digest(text)));
        all.extend(lines("secrets", hashes));
        all.extend(lines("log", log));
        all.extend(lines("count", counts));
        all.extend(lines("backlog", backlog));
        all.extend(lines("event", held.events.iter().enumerate()));
        all.extend(lines("delivery", held.deliveries.iter().enumerate()));
        all
    }
}

/// Sorted, since a hash map hands its entries out in any order.
fn lines<K: Debug, V: Debug>(kind: &str, entries: impl IntoIterator<Item = (K, V)>) -> Vec<String> {
    let mut lines: Vec<_> =
        entries.into_iter().map(|(key, value)| format!("{kind} {key:?}: {value:?}")).collect();
    lines.sort();
    lines
}
