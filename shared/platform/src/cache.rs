//! Bounded caches, in one piece: a function has one thread, and to ask the system how many it
//! could have, as is usual, takes 2 % of a start.

use std::hash::Hash;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, UnitWeighter, Weighter};

/// A cache of so many items.
pub fn bounded<K: Eq + Hash, V: Clone>(items: usize) -> Cache<K, V> {
    weighted(items, items as u64, UnitWeighter)
}

/// A cache of about so many items, which together weigh so much at most.
pub(crate) fn weighted<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(
    items: usize,
    weight: u64,
    weighter: W,
) -> Cache<K, V, W> {
    let mut options = OptionsBuilder::new();
    options.shards(1).estimated_items_capacity(items).weight_capacity(weight);
    match options.build() {
        Ok(options) => {
            let (hasher, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
            Cache::with_options(options, weighter, hasher, lifecycle)
        }
        // Something is not set, which does not happen.
        Err(_) => Cache::with_weighter(items, weight, weighter),
    }
}
