//! Bounded caches.

use std::hash::Hash;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, UnitWeighter};

/// A cache of so many items, in one piece: a function has one thread, and to ask the system
/// how many it could have, as is usual, takes 2 % of a start.
pub fn bounded<K: Eq + Hash, V: Clone>(items: usize) -> Cache<K, V> {
    let mut options = OptionsBuilder::new();
    options.shards(1).estimated_items_capacity(items).weight_capacity(items as u64);
    match options.build() {
        Ok(options) => {
            let (hasher, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
            Cache::with_options(options, UnitWeighter, hasher, lifecycle)
        }
        // Something is not set, which does not happen.
        Err(_) => Cache::new(items),
    }
}
