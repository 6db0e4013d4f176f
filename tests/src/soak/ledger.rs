//! What the receivers got: every delivery is counted where it arrives.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use local::{Reply, Request};
use serde_json::Value;

use super::now;
use super::plan::{Conduct, Plan, tenant_name};

/// A dispatcher that dies so soon after an arrival may not have written it down; and
/// a request that it sent before may be read so long after its death.
const UNWRITTEN: i64 = 5_000;

/// So long after the first event no dispatcher takes the receiver that hangs for a
/// healthy one: an attempt takes 10 s, and what is known of a tenant is kept for 5 s.
const DISCOVERY: Duration = Duration::from_secs(15);

/// A delivery, by its webhook's and its event's number.
type Delivery = (usize, usize);

#[derive(Default)]
struct Held {
    /// When it was sent, and when a receiver took it, in milliseconds since the epoch.
    taken: HashMap<Delivery, (i64, Vec<i64>)>,
    /// Requests that were not answered 200.
    refused: usize,
    crossed: Vec<String>,
}

/// Counts what arrives, and answers it.
pub(super) struct Ledger {
    plan: Plan,
    hooks: Vec<(usize, Conduct)>,
    held: Mutex<Held>,
}

/// How late deliveries were, in milliseconds, for the first time that each arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// How many there are.
    pub count: usize,
    /// Half of them were faster.
    pub p50: i64,
    /// 99 of 100 were faster.
    pub p99: i64,
    /// The slowest.
    pub most: i64,
}

/// How late the deliveries to some webhooks were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    /// Of events that were sent when the receiver that hangs was not yet known to hang.
    pub first: Latency,
    /// Of those after that.
    pub then: Latency,
    /// How many came later than the visibility timeout: by a second hand-out.
    pub after_a_kill: usize,
}

/// Deliveries that arrived more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// How often one arrived again.
    pub all: usize,
    /// Of these, how many no kill explains.
    pub unexplained: usize,
}

impl Ledger {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { plan: plan.clone(), hooks: plan.hooks().collect(), held: Mutex::default() }
    }

    /// The path of a webhook's URL.
    pub(super) fn path(hook: usize) -> String {
        format!("/soak/{hook}")
    }

    /// The credentials of a webhook.
    pub(super) fn authorization(hook: usize) -> String {
        format!("Bearer soak-{hook}")
    }

    /// Writes a request down, and answers as its receiver does.
    pub(super) fn answer(&self, request: &Request, has_recovered: bool) -> Reply {
        let hook = request.path.strip_prefix("/soak/").and_then(|hook| hook.parse().ok());
        let known = hook.and_then(|hook: usize| Some((hook, *self.hooks.get(hook)?)));
        let mut held = self.held.lock().unwrap();
        let Some((hook, (tenant, conduct))) = known else {
            held.crossed.push(format!("a request to {}", request.path));
            return Reply::status(404);
        };
        let event = match self.event(request, hook, tenant) {
            Ok(event) => event,
            Err(what) => {
                held.crossed.push(what);
                return Reply::status(200);
            }
        };
        match conduct {
            Conduct::Well => {}
            Conduct::Recovers if has_recovered => {}
            Conduct::Recovers | Conduct::Down => {
                held.refused += 1;
                return Reply::status(500);
            }
            Conduct::Hangs => {
                held.refused += 1;
                // The dispatcher hangs up long before.
                return Reply::status(200).after(Duration::from_secs(3_600));
            }
        }
        let (number, sent) = event;
        held.taken.entry((hook, number)).or_insert((sent, Vec::new())).1.push(now());
        Reply::status(200)
    }

    /// The number of the event, and when it was sent; or what of it is another's.
    fn event(&self, request: &Request, hook: usize, tenant: usize) -> Result<(usize, i64), String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let details = &body["details"];
        let (number, sent) = (details["number"].as_u64(), details["sent"].as_i64());
        let number = number.and_then(|number| usize::try_from(number).ok());
        let name = tenant_name(tenant);
        let is_ours = body["tenant"]["id"] == *name
            && body["tenant"]["siteUrl"] == format!("https://{name}.atlassian.net")
            && details["tenant"] == *name
            && number.is_some_and(|number| self.plan.tenant_of(number) == tenant)
            && request.header("authorization") == Some(&Self::authorization(hook));
        match (is_ours, number, sent) {
            (true, Some(number), Some(sent)) => Ok((number, sent)),
            _ => Err(format!("webhook {hook} of {name} got {body}")),
        }
    }

    /// How many deliveries have arrived where they should.
    pub(super) fn arrived(&self) -> usize {
        self.held.lock().unwrap().taken.len()
    }

    /// How many should.
    pub(super) fn expected(&self) -> usize {
        let working = self.hooks.iter().filter(|(_, conduct)| conduct.works());
        working.map(|(tenant, _)| self.plan.events_of(*tenant)).sum()
    }

    /// What has not arrived, in words.
    pub(super) fn missing(&self) -> Vec<String> {
        let held = self.held.lock().unwrap();
        let working = self.hooks.iter().enumerate().filter(|(_, (_, conduct))| conduct.works());
        working
            .flat_map(|(hook, (tenant, _))| {
                let events = (0..self.plan.events).filter(|event| self.plan.tenant_of(*event) == *tenant);
                events.map(move |event| (hook, event))
            })
            .filter(|delivery| !held.taken.contains_key(delivery))
            .map(|(hook, event)| format!("event {event} at webhook {hook}"))
            .collect()
    }

    /// What arrived where it should not, in words.
    pub(super) fn crossed(&self) -> Vec<String> {
        self.held.lock().unwrap().crossed.clone()
    }

    /// How many requests met a receiver in trouble.
    pub(super) fn refused(&self) -> usize {
        self.held.lock().unwrap().refused
    }

    /// A delivery may arrive again when its dispatcher was killed before it wrote down
    /// that it had arrived (ARCHITECTURE.md, the protocol's two windows; the other one
    /// does not open, since no message comes back while its invocation may still run).
    pub(super) fn duplicates(&self, kills: &[i64]) -> Duplicates {
        let held = self.held.lock().unwrap();
        let mut duplicates = Duplicates::default();
        for (_, times) in held.taken.values() {
            for pair in times.windows(2) {
                let (near, before) = (pair[0] - UNWRITTEN..=pair[0] + UNWRITTEN, ..=pair[1]);
                let explains = |kill: &i64| near.contains(kill) && before.contains(kill);
                duplicates.all += 1;
                duplicates.unexplained += usize::from(!kills.iter().any(explains));
            }
        }
        duplicates
    }

    /// How late the deliveries to these webhooks were.
    pub(super) fn lateness(&self, of: impl Fn(usize, Conduct) -> bool) -> Lateness {
        let held = self.held.lock().unwrap();
        let began = held.taken.values().map(|(sent, _)| *sent).min().unwrap_or_default();
        let hidden = self.plan.queues[0].hidden.map_or(i64::MAX, millis);
        let (mut first, mut then, mut after_a_kill) = (Vec::new(), Vec::new(), 0);
        for ((hook, _), (sent, taken)) in &held.taken {
            let ((tenant, conduct), late) = (self.hooks[*hook], taken[0] - sent);
            match of(tenant, conduct) {
                false => {}
                true if late >= hidden => after_a_kill += 1,
                true if *sent < began + millis(DISCOVERY) => first.push(late),
                true => then.push(late),
            }
        }
        Lateness { first: Latency::of(first), then: Latency::of(then), after_a_kill }
    }
}

impl Latency {
    fn of(mut all: Vec<i64>) -> Self {
        all.sort_unstable();
        let at = |hundredth: usize| all.get(all.len() * hundredth / 100).copied().unwrap_or_default();
        Self { count: all.len(), p50: at(50), p99: at(99), most: all.last().copied().unwrap_or_default() }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap()
}

#[cfg(test)]
mod tests;
