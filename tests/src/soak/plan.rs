//! How much is sent, for how long, and what goes wrong meanwhile.

use std::ops::RangeInclusive;
use std::time::Duration;

/// What SQS takes at once, and Lambda.
pub(super) const BATCH: usize = 10;

/// How a webhook's receiver behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// It answers 200.
    Well,
    /// It answers 500 until half of the events are sent, then 200.
    Recovers,
    /// Nobody listens there.
    Down,
    /// It takes the request and never answers.
    Hangs,
}

impl Conduct {
    /// Whether everything has to arrive there in the end.
    pub const fn works(self) -> bool {
        match self {
            Self::Well | Self::Recovers => true,
            Self::Down | Self::Hangs => false,
        }
    }
}

/// What happens to one of the dispatcher's queues.
#[derive(Clone, Copy, Debug)]
pub struct QueuePlan {
    /// Its name in the template.
    pub name: &'static str,
    /// So many of its invocations are killed.
    pub kills: usize,
    /// Its visibility timeout; none is the template's six minutes, too long for a run.
    pub hidden: Option<Duration>,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Chooses the moments of the kills and their victims.
    pub seed: u64,
    /// The webhooks of each tenant.
    pub tenants: Vec<Vec<Conduct>>,
    /// How many events are sent in all, to one tenant after the other.
    pub events: usize,
    /// How long sending them takes.
    pub push_for: Duration,
    /// How long a dispatcher keeps what it knows of a tenant, and may not see a new webhook.
    pub tenant_cache: Duration,
    /// The queues.
    pub queues: [QueuePlan; 2],
    /// Whether the run goes on until surplus wake-ups are gone: an event that is handed
    /// out again sends one, which may wait for the end of a lease, 90 s.
    pub calms_down: bool,
    /// The dispatchers' memory may grow to so many times that of the second quarter;
    /// none: the run is too short to judge.
    pub most_growth: Option<f64>,
    /// When the run is over, whatever is missing.
    pub deadline: Duration,
}

impl Plan {
    /// What `make soak` does: a tenant with three receivers in trouble among three
    /// without, ten kills, some seven minutes.
    ///
    /// A killed invocation's messages come back after 70 s: later than the dispatcher
    /// may run (60 s), as in the template, so that no event is handed out twice at once.
    pub fn full() -> Self {
        use Conduct::{Down, Hangs, Recovers, Well};
        let hidden = Some(Duration::from_secs(70));
        Self {
            seed: 1,
            tenants: vec![
                vec![Hangs, Down, Recovers, Well, Well],
                vec![Well; 5],
                vec![Well; 5],
                vec![Well; 5],
            ],
            events: 5_000,
            push_for: Duration::from_secs(240),
            queues: [
                QueuePlan { name: "EventsQueue", kills: 7, hidden },
                QueuePlan { name: "DeliveriesQueue", kills: 3, hidden },
            ],
            tenant_cache: Duration::from_secs(5),
            calms_down: true,
            most_growth: Some(1.2),
            deadline: Duration::from_secs(560),
        }
    }

    /// The same in half a minute, for `make test`. Only events are killed: the wake-up
    /// of a killed drain waits for the end of its lease, 90 s.
    pub fn small() -> Self {
        use Conduct::{Down, Hangs, Recovers, Well};
        Self {
            tenants: vec![vec![Hangs, Down, Recovers, Well], vec![Well; 2]],
            events: 200,
            push_for: Duration::from_secs(4),
            queues: [
                // An attempt at the receiver that hangs takes 10 s.
                QueuePlan { name: "EventsQueue", kills: 2, hidden: Some(Duration::from_secs(12)) },
                QueuePlan { name: "DeliveriesQueue", kills: 0, hidden: None },
            ],
            tenant_cache: Duration::from_secs(1),
            calms_down: false,
            most_growth: None,
            deadline: Duration::from_secs(60),
            ..Self::full()
        }
    }

    /// Whose the event of this number is.
    pub fn tenant_of(&self, event: usize) -> usize {
        event % self.tenants.len()
    }

    /// How many events a tenant gets.
    pub fn events_of(&self, tenant: usize) -> usize {
        (0..self.events).filter(|event| self.tenant_of(*event) == tenant).count()
    }

    /// Every webhook with its tenant.
    pub fn hooks(&self) -> impl Iterator<Item = (usize, Conduct)> {
        let tenants = self.tenants.iter().enumerate();
        tenants.flat_map(|(tenant, hooks)| hooks.iter().map(move |conduct| (tenant, *conduct)))
    }

    /// How many webhooks are in trouble to the end.
    pub fn in_trouble(&self) -> usize {
        self.hooks().filter(|(_, conduct)| !conduct.works()).count()
    }

    /// How many messages may wait for them in the end: one each, and what the events of
    /// killed invocations have sent for nothing.
    pub fn messages_in_the_end(&self) -> RangeInclusive<usize> {
        let kills: usize = self.queues.iter().map(|queue| queue.kills).sum();
        let most_hooks = self.tenants.iter().map(Vec::len).max().unwrap_or(0);
        let surplus = if self.calms_down { 0 } else { kills * BATCH * most_hooks };
        self.in_trouble()..=self.in_trouble() + surplus
    }

    /// Whether a tenant has a receiver in trouble.
    pub fn is_troubled(&self, tenant: usize) -> bool {
        self.tenants[tenant].iter().any(|conduct| *conduct != Conduct::Well)
    }
}

/// What a tenant is called.
pub(super) fn tenant_name(tenant: usize) -> String {
    format!("tenant-{tenant}")
}
