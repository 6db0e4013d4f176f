//! The health of a webhook: what follows from what came of its deliveries
//! (contract, section 4).

use std::time::Duration;

use crate::attempt::SlackGone;
use crate::time::Timestamp;
use crate::webhook::Target;

/// A delivery that fails so often although others got through has failed.
pub const OWN_FAILURES: u32 = 8;
/// A webhook without one success for so long is disabled …
pub const DISABLED_AFTER: Duration = Duration::from_secs(5 * 24 * 60 * 60);
/// … once it has had at least so many probes.
pub const DISABLED_AFTER_PROBES: u32 = 12;

/// The waits before the first, second … probe; the last one repeats.
const WAITS: [Duration; 6] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(15 * 60),
];

/// Whether a webhook's receiver takes what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As far as is known.
    Healthy,
    /// In trouble: its events wait, and it is probed.
    Failing {
        /// Since its first failure.
        since: Timestamp,
        /// How many probes have failed since.
        probes: u32,
    },
}

/// Why we disabled a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledReason {
    /// The receiver answered 410 Gone.
    Gone,
    /// No success for [`DISABLED_AFTER`].
    NoSuccess,
    /// Slack says that nothing can be posted.
    Slack(SlackGone),
}

impl DisabledReason {
    /// The code, for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::NoSuccess => "no_success",
            Self::Slack(code) => code.as_str(),
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        let slack = SlackGone::ALL.iter().copied().map(Self::Slack);
        [Self::Gone, Self::NoSuccess].into_iter().chain(slack).find(|reason| reason.as_str() == code)
    }

    /// A sentence, for people.
    pub fn sentence(self, target: &Target) -> String {
        const GONE: &str = "The receiver answered 410 Gone: it no longer wants these events. Check the URL, then enable the webhook again.";
        const NO_SUCCESS: &str =
            "Nothing could be delivered for 5 days. Repair the receiver, then enable the webhook again.";
        match (self, target) {
            (Self::Slack(code), Target::Slack(slack)) => code.sentence(slack),
            (Self::Gone, Target::Slack(slack)) => SlackGone::NoService.sentence(slack),
            (Self::Gone | Self::Slack(_), Target::Custom { .. }) => GONE.to_owned(),
            (Self::NoSuccess, Target::Slack(_) | Target::Custom { .. }) => NO_SUCCESS.to_owned(),
        }
    }
}

/// How long to wait before the next probe: the schedule's wait after so many
/// failed probes, ±20 % by `chance`, but never less than the receiver asked for.
pub fn wait_before_probe(failed_probes: u32, retry_after: Option<Duration>, chance: u128) -> Duration {
    let step = usize::try_from(failed_probes).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    let wait = WAITS.get(step).copied().unwrap_or_default();
    // 0 to 400 thousandths, so 0.8 to 1.2 of the wait.
    let jitter = u32::try_from(chance % 401).unwrap_or_default();
    let wait = wait.saturating_mul(800 + jitter) / 1_000;
    wait.max(retry_after.unwrap_or_default())
}

/// What follows for a webhook from a failed probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailedProbe {
    /// It is probed again later.
    ProbeAgain {
        /// Failed probes, this one counted.
        probes: u32,
    },
    /// It is disabled.
    Disable(DisabledReason),
}

/// What follows for a webhook from one more failure at `now`.
pub fn after_failed_probe(health: Health, now: Timestamp) -> AfterFailedProbe {
    match health {
        // Its first failure: no probe has failed yet.
        Health::Healthy => AfterFailedProbe::ProbeAgain { probes: 0 },
        Health::Failing { since, probes } => {
            let probes = probes.saturating_add(1);
            if probes >= DISABLED_AFTER_PROBES && now.since(since) >= DISABLED_AFTER {
                AfterFailedProbe::Disable(DisabledReason::NoSuccess)
            } else {
                AfterFailedProbe::ProbeAgain { probes }
            }
        }
    }
}

/// Whether a delivery alone is at fault: it has failed [`OWN_FAILURES`] times
/// although others got through since its first attempt.
pub fn has_failed_alone(failures: u32, first_failed: Option<Timestamp>, last_ok: Option<Timestamp>) -> bool {
    failures >= OWN_FAILURES && matches!((first_failed, last_ok), (Some(first), Some(ok)) if ok > first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::slack::{SlackName, SlackTarget};
    use crate::webhook::url::WebhookUrl;

    #[test]
    fn probes_follow_the_schedule_with_a_fifth_of_jitter() {
        for (probes, seconds) in
            [(0, 5), (1, 30), (2, 120), (3, 300), (4, 600), (5, 900), (6, 900), (u32::MAX, 900)]
        {
            let wait = Duration::from_secs(seconds);
            assert_eq!(wait_before_probe(probes, None, 200), wait);
            assert_eq!(wait_before_probe(probes, None, 0), wait * 8 / 10);
            assert_eq!(wait_before_probe(probes, None, 400), wait * 12 / 10);
            assert_eq!(wait_before_probe(probes, None, 401), wait * 8 / 10);
        }
    }

    #[test]
    fn no_probe_comes_before_the_receiver_asked_for_it() {
        let asked = Duration::from_secs(3_600);
        assert_eq!(wait_before_probe(0, Some(asked), 200), asked);
        assert_eq!(wait_before_probe(5, Some(Duration::from_secs(1)), 200), Duration::from_secs(900));
    }

    #[test]
    fn five_days_and_twelve_probes_without_success_disable() {
        let since = Timestamp::from_millis(0);
        let five_days = since.plus(Duration::from_secs(432_000));
        let disable = AfterFailedProbe::Disable(DisabledReason::NoSuccess);
        let failing = |probes| Health::Failing { since, probes };
        assert_eq!(after_failed_probe(failing(11), five_days), disable);
        assert_eq!(after_failed_probe(failing(10), five_days), AfterFailedProbe::ProbeAgain { probes: 11 });
        let just_before = five_days.minus(Duration::from_millis(1));
        assert_eq!(
            after_failed_probe(failing(900), just_before),
            AfterFailedProbe::ProbeAgain { probes: 901 }
        );
        assert_eq!(
            after_failed_probe(Health::Healthy, five_days),
            AfterFailedProbe::ProbeAgain { probes: 0 }
        );
    }

    #[test]
    fn a_reason_reads_back_by_its_code() {
        let slack = SlackGone::ALL.iter().copied().map(DisabledReason::Slack);
        for reason in [DisabledReason::Gone, DisabledReason::NoSuccess].into_iter().chain(slack) {
            assert_eq!(DisabledReason::parse(reason.as_str()), Some(reason));
        }
        assert_eq!(DisabledReason::parse("slack_rollup_error"), None);
    }

    #[test]
    fn a_reason_says_what_has_happened_and_what_to_do() {
        let custom = Target::Custom { url: WebhookUrl::stored("https://hec.example.com/").unwrap() };
        let [team, channel] = [("T1", "Acme"), ("C1", "#audit")].map(|(id, name)| SlackName::read(id, name));
        let (team, channel) = (team.unwrap(), channel.unwrap());
        let slack = Target::Slack(SlackTarget { team, channel, configuration_url: String::new() });
        let archived = DisabledReason::Slack(SlackGone::ChannelIsArchived);
        for (reason, target, start) in [
            (DisabledReason::Gone, &custom, "The receiver answered 410 Gone: "),
            (DisabledReason::Gone, &slack, "Slack does not know this webhook any more: "),
            (DisabledReason::NoSuccess, &custom, "Nothing could be delivered for 5 days. "),
            (DisabledReason::NoSuccess, &slack, "Nothing could be delivered for 5 days. "),
            (archived, &slack, "The channel #audit was archived: "),
        ] {
            let sentence = reason.sentence(target);
            assert!(sentence.starts_with(start) && sentence.ends_with("again."), "{sentence}");
        }
    }

    #[test]
    fn a_delivery_fails_alone_only_when_others_got_through_since() {
        let (first, later) = (Timestamp::from_millis(1), Timestamp::from_millis(2));
        assert!(has_failed_alone(8, Some(first), Some(later)));
        assert!(!has_failed_alone(7, Some(first), Some(later)));
        assert!(!has_failed_alone(8, Some(first), Some(first)));
        assert!(!has_failed_alone(8, Some(first), None));
        assert!(!has_failed_alone(8, None, Some(later)));
    }
}
