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

    /// Reads a time of RFC 3339, section 5.6 (`2026-11-23T15:40:00Z`); finer parts
    /// than a millisecond are dropped. What lies beyond the calendar (the last day of the year
    /// 9999, west of Greenwich) is its end.
    ///
    /// # Errors
    /// [`NotATime`] when the text is none.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let (local, offset) = local_and_offset(text).ok_or(NotATime)?;
        let local: jiff::civil::DateTime = local.parse().map_err(|_| NotATime)?;
        let offset = jiff::tz::Offset::from_seconds(offset).map_err(|_| NotATime)?;
        let time = offset.to_timestamp(local).unwrap_or(jiff::Timestamp::MAX);
        Ok(Self(time.as_millisecond()))
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

/// The two parts of an RFC 3339 time: to the nanosecond at most, and how many seconds that is
/// ahead of UTC. What the parser knows beyond RFC 3339 is none.
fn local_and_offset(text: &str) -> Option<(&str, i32)> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    const NANOSECONDS: usize = 10;
    let (head, tail) = text.split_at_checked(SHAPE.len())?;
    let fits = |(byte, shape): (u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        shape => byte.eq_ignore_ascii_case(shape),
    };
    let fraction = match tail.strip_prefix('.') {
        None => 0,
        Some(digits) => 1 + digits.bytes().take_while(u8::is_ascii_digit).count(),
    };
    if fraction == 1 || !head.bytes().zip(SHAPE).all(fits) {
        return None;
    }
    let offset = offset(tail.get(fraction..)?)?;
    Some((text.get(..SHAPE.len() + fraction.min(NANOSECONDS))?, offset))
}

/// `Z`, or hours and minutes.
fn offset(text: &str) -> Option<i32> {
    let two = |digits: &[u8; 2]| {
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| i32::from(digits[0] - b'0') * 10 + i32::from(digits[1] - b'0'))
    };
    match text.as_bytes() {
        [b'Z' | b'z'] => Some(0),
        &[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(&[h1, h2])?, two(&[m1, m2])?);
            let seconds = (hours * 60 + minutes) * 60;
            (hours < 24 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
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
        for (text, millis) in [
            ("2025-11-23t15:40:00z", 1_763_912_400_000),
            ("2025-11-23T15:40:00.1234567890123Z", 1_763_912_400_123),
            ("2025-11-23T16:40:60-00:00", 1_763_916_059_000),
            ("1969-12-31T23:59:59.5Z", -500),
            ("9999-12-30T23:59:59+23:59", 253_402_127_999_000 + 60_000),
        ] {
            assert_eq!(Timestamp::parse(text), Ok(Timestamp::from_millis(millis)), "{text}");
        }
        let last = Timestamp::parse("9999-12-31T23:59:59Z").unwrap();
        assert!(last > Timestamp::parse("9999-12-30T21:59:59Z").unwrap());
        for wrong in [
            "",
            "now",
            "1763912400",
            "2025-11-23",
            "2025-11-23 15:40:00Z",
            "2025-11-23T15Z",
            "2025-11-23T15:40Z",
            "2025-11-23T154000Z",
            "2025-11-23T15:40:00",
            "2025-11-23T15:40:00.Z",
            "2025-11-23T15:40:00,5Z",
            "2025-11-23T15:40:00+01",
            "2025-11-23T15:40:00+0100",
            "2025-11-23T15:40:00+24:00",
            "2025-11-23T15:40:00+01:60",
            "2025-11-23T15:40:00+01:00:30",
            "2025-11-23T15:40:00Z[Europe/Paris]",
            "2025-02-29T15:40:00Z",
            "2025-11-23T24:00:00Z",
            "+02025-11-23T15:40:00Z",
            "2025-11-23T15:40:0\u{660}Z",
        ] {
            assert_eq!(Timestamp::parse(wrong), Err(NotATime), "{wrong}");
        }
    }
}
