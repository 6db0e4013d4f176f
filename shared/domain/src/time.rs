//! Points in time, given by the caller: nothing in this crate reads a clock.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, UTC.
///
/// Shown and serialized for people as RFC 3339 with whole seconds and `Z`;
/// stored as milliseconds ([`Timestamp::as_millis`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time")]
pub struct NotATime;

impl Timestamp {
    /// The time that many milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Reads an RFC 3339 time (`2026-11-23T15:40:00Z`); finer parts than a
    /// millisecond are dropped.
    ///
    /// # Errors
    /// [`NotATime`] when the text is none.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        // Longer than any RFC 3339 time with nanoseconds and an offset.
        const LONGEST: usize = 40;
        let looks_right =
            text.len() <= LONGEST && text.as_bytes().get(10).is_some_and(|b| matches!(b, b'T' | b't'));
        if !looks_right {
            return Err(NotATime);
        }
        let parsed: jiff::Timestamp = text.parse().map_err(|_| NotATime)?;
        Ok(Self(parsed.as_millisecond()))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// This time moved into the future; the end of time when it would overflow.
    #[must_use]
    pub fn plus(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This time moved into the past; the beginning of time when it would overflow.
    #[must_use]
    pub fn minus(self, wait: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The start of this time's hour: the bucket of the hourly counters.
    #[must_use]
    pub fn hour(self) -> Self {
        self.floor(Duration::from_secs(60 * 60))
    }

    /// The start of the step of this length that this time is in, counted from
    /// the Unix epoch: of its hour or its day, UTC.
    #[must_use]
    pub fn floor(self, step: Duration) -> Self {
        let step = i64::try_from(step.as_millis()).unwrap_or(i64::MAX).max(1);
        Self(self.0.div_euclid(step).saturating_mul(step))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.as_seconds()) {
            Ok(time) => write!(f, "{time:.0}"),
            Err(_) => write!(f, "{}", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_times_have_whole_seconds_and_a_z() {
        assert_eq!(Timestamp::from_millis(1_763_912_400_999).to_string(), "2025-11-23T15:40:00Z");
        assert_eq!(Timestamp::from_millis(-1).to_string(), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn reads_rfc_3339_and_nothing_else() {
        assert_eq!(
            Timestamp::parse("2025-11-23T15:40:00.999Z"),
            Ok(Timestamp::from_millis(1_763_912_400_999))
        );
        assert_eq!(
            Timestamp::parse("2025-11-23T16:40:00+01:00"),
            Ok(Timestamp::from_millis(1_763_912_400_000))
        );
        for wrong in ["", "now", "2025-11-23", "2025-11-23 15:40:00Z", "2025-11-23T15:40:00", "1763912400"] {
            assert_eq!(Timestamp::parse(wrong), Err(NotATime), "{wrong}");
        }
    }
}
