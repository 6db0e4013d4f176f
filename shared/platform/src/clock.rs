//! The two things that a function cannot decide by itself: what time it is,
//! and what chance brings.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::ports::{Clock, Dice};
use domain::time::Timestamp;
use rand::rngs::OsRng;
use rand::{Rng, TryRngCore};

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the Clock port that everybody else takes the time from"
        )]
        let now = SystemTime::now();
        match now.duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp::from_millis(0).plus(since),
            Err(before) => Timestamp::from_millis(0).minus(before.duration()),
        }
    }
}

/// The operating system's random source, asked each time: a generator of our
/// own would repeat itself in every copy of a process that is restored from a
/// snapshot.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsDice;

impl Dice for OsDice {
    fn roll(&self) -> u128 {
        // Linux's source does not fail once the machine has started
        // (getrandom(2)); if it did, no secret could be made, and the process ends.
        OsRng.unwrap_err().random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_past_2025_and_the_dice_do_not_repeat() {
        assert!(SystemClock.now() > Timestamp::from_millis(1_735_689_600_000));
        assert_ne!(OsDice.roll(), OsDice.roll());
    }
}
