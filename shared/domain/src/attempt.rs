//! One HTTP request of a delivery: what came of it and what that means.

mod slack;

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::slack::{SlackError, SlackGone, SlackMalformed, SlackTrouble};
use crate::health::DisabledReason;
use crate::time::Timestamp;

/// An attempt has 3 seconds to connect.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// An attempt has 10 seconds in all.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// A `Retry-After` is honored up to 12 hours.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(12 * 60 * 60);

/// Why an attempt did not deliver: a fixed code, never raw text from a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptError {
    /// No answer within [`ATTEMPT_TIMEOUT`].
    Timeout,
    /// No TCP connection, or it broke before an answer.
    ConnectFailed,
    /// No TLS session: a handshake that failed or took too long, a certificate that is not trusted.
    TlsFailed,
    /// The name could not be resolved.
    DnsFailed,
    /// The name resolves to an address that is not dialed.
    AddressRefused,
    /// The answer's status is not a success.
    HttpStatus,
    /// The answer is a redirect; none is followed.
    Redirect,
    /// The answer's head is larger than what is read.
    ResponseTooLarge,
    /// The webhook's secrets could not be read; nothing was sent.
    SecretUnavailable,
    /// Slack said why.
    Slack(SlackError),
}

impl AttemptError {
    const WITHOUT_SLACK: [Self; 9] = [
        Self::Timeout,
        Self::ConnectFailed,
        Self::TlsFailed,
        Self::DnsFailed,
        Self::AddressRefused,
        Self::HttpStatus,
        Self::Redirect,
        Self::ResponseTooLarge,
        Self::SecretUnavailable,
    ];

    /// The code as it stands in the API and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::ConnectFailed => "connect_failed",
            Self::TlsFailed => "tls_failed",
            Self::DnsFailed => "dns_failed",
            Self::AddressRefused => "address_refused",
            Self::HttpStatus => "http_status",
            Self::Redirect => "redirect",
            Self::ResponseTooLarge => "response_too_large",
            Self::SecretUnavailable => "secret_unavailable",
            Self::Slack(error) => error.as_str(),
        }
    }

    /// Whether the message was malformed: a fault of ours.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Slack(SlackError::Malformed(_)))
    }
}

impl Serialize for AttemptError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AttemptError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut all = Self::WITHOUT_SLACK.into_iter().chain(SlackError::all().map(Self::Slack));
        let found = all.find(|error| error.as_str() == text);
        found.ok_or_else(|| serde::de::Error::custom("not the code of an attempt's error"))
    }
}

/// What came back from a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status line and headers.
    Status {
        /// 100 to 599, or whatever else three digits spell.
        code: u16,
        /// How long the receiver asks us to wait (see [`retry_after`]).
        retry_after: Option<Duration>,
    },
    /// As `Status`, and Slack said why.
    Slack {
        /// Not a success.
        code: u16,
        /// Decides what it means, whatever the status.
        error: SlackError,
        /// How long Slack asks us to wait.
        retry_after: Option<Duration>,
    },
    /// No answer.
    None(AttemptError),
}

/// What an answer means for the delivery and its webhook (contract, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// The receiver refuses this message: the delivery has failed, the webhook is well.
    Refused,
    /// The receiver is gone: the webhook is disabled, with this reason.
    Gone(DisabledReason),
    /// The receiver is in trouble: the webhook is failing, the delivery waits.
    Trouble {
        /// Not before that.
        retry_after: Option<Duration>,
    },
    /// Nothing was sent, by no fault of the receiver: the delivery waits, the
    /// webhook's health is not touched.
    NotSent,
}

/// One attempt, as it is kept in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
    /// The answer's status, when there was one.
    pub status_code: Option<u16>,
    /// Why it did not deliver, when it did not.
    pub error: Option<AttemptError>,
}

impl Answer {
    /// What this answer means.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Status { code: 200..=299, .. } => Verdict::Delivered,
            Self::Status { code: 400 | 413 | 415 | 422, .. } => Verdict::Refused,
            Self::Status { code: 410, .. } => Verdict::Gone(DisabledReason::Gone),
            Self::Status { retry_after, .. } => Verdict::Trouble { retry_after },
            Self::Slack { error: SlackError::Gone(code), .. } => Verdict::Gone(DisabledReason::Slack(code)),
            Self::Slack { error: SlackError::Malformed(_), .. } => Verdict::Refused,
            Self::Slack { error: SlackError::Trouble(_), retry_after, .. } => {
                Verdict::Trouble { retry_after }
            }
            Self::None(AttemptError::SecretUnavailable) => Verdict::NotSent,
            Self::None(_) => Verdict::Trouble { retry_after: None },
        }
    }

    /// The attempt that brought this answer.
    pub fn into_attempt(self, at: Timestamp, took: Duration) -> Attempt {
        let (status_code, error) = match self {
            Self::Status { code: code @ 200..=299, .. } => (Some(code), None),
            Self::Status { code: code @ 300..=399, .. } => (Some(code), Some(AttemptError::Redirect)),
            Self::Status { code, .. } => (Some(code), Some(AttemptError::HttpStatus)),
            Self::Slack { code, error, .. } => (Some(code), Some(AttemptError::Slack(error))),
            Self::None(error) => (None, Some(error)),
        };
        Attempt { at, duration_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX), status_code, error }
    }
}

/// Reads a `Retry-After` (RFC 9110, section 10.2.3): seconds or an HTTP date.
/// Longer than [`LONGEST_RETRY_AFTER`] is cut to it; the past and rubbish are none.
pub fn retry_after(value: &[u8], now: Timestamp) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than a u64 holds are more than any limit.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        let since_epoch = date.duration_since(std::time::UNIX_EPOCH).ok()?;
        Timestamp::from_millis(0).plus(since_epoch).since(now)
    };
    (!wait.is_zero()).then_some(wait.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TROUBLE: Verdict = Verdict::Trouble { retry_after: None };

    #[test]
    fn every_status_means_what_the_contract_says() {
        for code in 100..=599 {
            let expected = match code {
                200..=299 => Verdict::Delivered,
                400 | 413 | 415 | 422 => Verdict::Refused,
                410 => Verdict::Gone(DisabledReason::Gone),
                _ => TROUBLE,
            };
            let answer = Answer::Status { code, retry_after: None };
            assert_eq!(answer.verdict(), expected, "{code}");
            let attempt = answer.into_attempt(Timestamp::from_millis(1), Duration::from_millis(7));
            let error = match code {
                200..=299 => None,
                300..=399 => Some(AttemptError::Redirect),
                _ => Some(AttemptError::HttpStatus),
            };
            assert_eq!((attempt.status_code, attempt.error, attempt.duration_ms), (Some(code), error, 7));
        }
    }

    #[test]
    fn no_answer_is_trouble_unless_we_could_not_sign() {
        assert_eq!(Answer::None(AttemptError::Timeout).verdict(), TROUBLE);
        assert_eq!(Answer::None(AttemptError::AddressRefused).verdict(), TROUBLE);
        assert_eq!(Answer::None(AttemptError::SecretUnavailable).verdict(), Verdict::NotSent);
    }

    #[test]
    fn what_slack_says_decides_whatever_the_status() {
        let wait = Some(Duration::from_secs(30));
        for error in SlackError::all() {
            let expected = match error {
                SlackError::Gone(code) => Verdict::Gone(DisabledReason::Slack(code)),
                SlackError::Malformed(_) => Verdict::Refused,
                SlackError::Trouble(_) => Verdict::Trouble { retry_after: wait },
            };
            for code in [400, 403, 404, 410, 429, 500] {
                let answer = Answer::Slack { code, error, retry_after: wait };
                assert_eq!(answer.verdict(), expected, "{error:?}");
                let attempt = answer.into_attempt(Timestamp::from_millis(1), Duration::ZERO);
                assert_eq!(
                    (attempt.status_code, attempt.error),
                    (Some(code), Some(AttemptError::Slack(error)))
                );
            }
        }
    }

    #[test]
    fn every_error_reads_back_by_its_code() {
        let all = AttemptError::WITHOUT_SLACK.into_iter().chain(SlackError::all().map(AttemptError::Slack));
        for error in all {
            let text = serde_json::to_string(&error).unwrap();
            assert_eq!(text, format!("\"{}\"", error.as_str()));
            assert_eq!(serde_json::from_str::<AttemptError>(&text).unwrap(), error);
        }
        assert!(serde_json::from_str::<AttemptError>("\"slack_\"").is_err());
    }

    #[test]
    fn a_retry_after_is_seconds_or_a_date_and_at_most_twelve_hours() {
        let now = Timestamp::parse("2015-10-21T07:27:00Z").unwrap();
        let seconds = |n| Some(Duration::from_secs(n));
        for (value, wait) in [
            ("120", seconds(120)),
            (" 1 ", seconds(1)),
            ("43200", seconds(43_200)),
            ("43201", seconds(43_200)),
            ("99999999999999999999999999", seconds(43_200)),
            ("0", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("Wed, 21 Oct 2015 07:28:00 GMT", seconds(60)),
            ("Wednesday, 21-Oct-15 07:28:00 GMT", seconds(60)),
            ("Wed Oct 21 07:28:00 2015", seconds(60)),
            ("Wed, 21 Oct 2015 07:26:00 GMT", None),
            ("Fri, 31 Dec 9999 23:59:59 GMT", seconds(43_200)),
            ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ] {
            assert_eq!(retry_after(value.as_bytes(), now), wait, "{value}");
        }
        assert_eq!(retry_after(b"\xff\xfe", now), None);
    }
}
