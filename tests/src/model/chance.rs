//! Chance that follows from a seed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// One source for all parts of a history; a clone is the same source.
#[derive(Clone)]
pub(super) struct Chance(Arc<Mutex<StdRng>>);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// 0 to `n` - 1.
    pub(super) fn below(&self, n: usize) -> usize {
        self.with(|rng| rng.random_range(0..n))
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&self, percent: u32) -> bool {
        self.with(|rng| rng.random_range(0..100) < percent)
    }

    pub(super) fn millis(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.with(|rng| rng.random_range(from..=to)))
    }

    pub(super) fn bits(&self) -> u128 {
        self.with(|rng| rng.random())
    }

    fn with<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
