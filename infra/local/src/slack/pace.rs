//! Slack's limit of about one message a second to one webhook, with bursts of a
//! few (docs.slack.dev/apis/web-api/rate-limits). How many "a few" are Slack does
//! not say.

use jiff::{SignedDuration, Timestamp};

/// What one message costs.
const INTERVAL: SignedDuration = SignedDuration::from_secs(1);
/// So many may come at once after a pause.
pub(super) const BURST: i32 = 4;
/// What `Retry-After` says, in seconds.
pub(super) const RETRY_AFTER: u32 = 1;

/// The pace of one webhook.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// When the time that was used up so far has passed.
    used_until: Option<Timestamp>,
}

/// Whether a message may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    Free,
    TooFast,
}

impl Pace {
    /// A message comes. One that is refused costs nothing.
    pub(super) fn take(&mut self, now: Timestamp) -> Passage {
        let used_until = self.used_until.unwrap_or(now).max(now);
        let ahead = used_until.duration_since(now);
        if ahead > INTERVAL * (BURST - 1) {
            return Passage::TooFast;
        }
        self.used_until = Some(used_until.saturating_add(INTERVAL).unwrap_or(used_until));
        Passage::Free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_one_a_second() {
        let mut pace = Pace::default();
        let mut at = |millis| pace.take(Timestamp::from_millisecond(millis).unwrap());
        for _ in 0..BURST {
            assert_eq!(at(0), Passage::Free);
        }
        assert_eq!(at(0), Passage::TooFast);
        assert_eq!(at(999), Passage::TooFast);
        assert_eq!(at(1000), Passage::Free);
        assert_eq!(at(1001), Passage::TooFast);
        assert_eq!(at(2000), Passage::Free);
        // After a pause a whole burst passes again, and no more.
        for _ in 0..BURST {
            assert_eq!(at(60_000), Passage::Free);
        }
        assert_eq!(at(60_000), Passage::TooFast);
    }
}
