//! What a run has shown: a table for people, JSON for programs, and what is wrong.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::ledger::{Duplicates, Latency, Lateness};
use super::memory::Memory;
use super::plan::Plan;

/// What a run has shown.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was planned.
    pub plan: Plan,
    /// How long it took.
    pub lasted: Duration,
    /// Events that were sent.
    pub sent: usize,
    /// Deliveries that had to arrive.
    pub expected: usize,
    /// Deliveries that had to arrive and did.
    pub arrived: usize,
    /// Those that did not.
    pub missing: Vec<String>,
    /// What arrived where it should not.
    pub crossed: Vec<String>,
    /// What arrived again.
    pub duplicates: Duplicates,
    /// Requests that met a receiver in trouble.
    pub refused: usize,
    /// Dispatchers that were killed within an invocation.
    pub kills: usize,
    /// Invocations that ended with their process.
    pub crashes: usize,
    /// What waits for each webhook in the end, by the API.
    pub pending: Vec<usize>,
    /// The most messages on the deliveries queue, and those in the end.
    pub messages: (usize, usize),
    /// Messages that were given up.
    pub dead_letters: usize,
    /// Lines of level ERROR in the dispatchers' log.
    pub error_lines: usize,
    /// The dispatchers' memory.
    pub memory: Memory,
    /// Working webhooks of tenants without trouble.
    pub calm: Lateness,
    /// Working webhooks of tenants that have a receiver in trouble.
    pub troubled: Lateness,
}

impl Report {
    /// What waits for each webhook when all went well.
    fn expected_pending(&self) -> Vec<usize> {
        let hooks = self.plan.hooks();
        hooks.map(|(tenant, conduct)| if conduct.works() { 0 } else { self.plan.events_of(tenant) }).collect()
    }

    /// Everything that is wrong, in words.
    pub fn faults(&self) -> Vec<String> {
        let planned: usize = self.plan.queues.iter().map(|queue| queue.kills).sum();
        let first = |all: &[String]| all.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let grew = self.plan.most_growth.is_some_and(|most| self.memory.growth() > most);
        let lost = self.memory.samples == 0;
        let checks = [
            (
                self.sent != self.plan.events,
                format!("{} of {} events were sent", self.sent, self.plan.events),
            ),
            (
                !self.missing.is_empty(),
                format!("{} deliveries are missing: {} …", self.missing.len(), first(&self.missing)),
            ),
            (
                !self.crossed.is_empty(),
                format!("{} requests are another's: {} …", self.crossed.len(), first(&self.crossed)),
            ),
            (
                self.duplicates.unexplained > 0,
                format!("{} duplicates have no kill that explains them", self.duplicates.unexplained),
            ),
            (
                self.kills != planned || self.crashes != planned,
                format!(
                    "{planned} kills were planned, {} done, {} invocations crashed",
                    self.kills, self.crashes
                ),
            ),
            (
                self.pending != self.expected_pending(),
                format!("{:?} wait instead of {:?}", self.pending, self.expected_pending()),
            ),
            (
                !self.plan.messages_in_the_end().contains(&self.messages.1),
                format!(
                    "{} messages wait for {} webhooks in trouble",
                    self.messages.1,
                    self.plan.in_trouble()
                ),
            ),
            (self.dead_letters > 0, format!("{} messages were given up", self.dead_letters)),
            (grew, format!("the dispatchers' memory grew {:.2} times", self.memory.growth())),
            (lost, "the dispatchers' memory was not measured".to_owned()),
        ];
        checks.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, words)| words).collect()
    }

    /// All of it, for programs.
    pub fn json(&self) -> Value {
        let latency =
            |of: &Latency| json!({ "count": of.count, "p50": of.p50, "p99": of.p99, "max": of.most });
        let lateness = |of: &Lateness| {
            let (first, then) = (latency(&of.first), latency(&of.then));
            json!({ "first": first, "then": then, "afterAKill": of.after_a_kill })
        };
        let (Memory { medians, most, .. }, growth) = (self.memory, self.memory.growth());
        json!({
            "seed": self.plan.seed, "seconds": self.lasted.as_secs(), "events": self.sent,
            "webhooks": self.plan.hooks().count(), "tenants": self.plan.tenants.len(),
            "deliveries": { "expected": self.expected, "arrived": self.arrived, "missing": self.missing.len(),
                            "crossed": self.crossed.len(), "duplicates": self.duplicates.all,
                            "unexplainedDuplicates": self.duplicates.unexplained, "refused": self.refused },
            "kills": self.kills, "pending": self.pending, "deadLetters": self.dead_letters,
            "errorLines": self.error_lines,
            "webhooksInTrouble": self.plan.in_trouble(),
            "queueMessages": { "most": self.messages.0, "end": self.messages.1 },
            "memoryKb": { "medians": medians, "most": most, "growth": growth },
            "latencyMs": { "calmTenants": lateness(&self.calm), "troubledTenant": lateness(&self.troubled) },
            "faults": self.faults(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hooks = self.plan.hooks().count();
        let mut row = |what: &str, says: String| writeln!(f, "{what:<38} {says}");
        row("seed, time", format!("{}, {} s", self.plan.seed, self.lasted.as_secs()))?;
        row(
            "events sent",
            format!("{} to {hooks} webhooks of {} tenants", self.sent, self.plan.tenants.len()),
        )?;
        row("deliveries arrived", format!("{} of {}", self.arrived, self.expected))?;
        row("missing, at another's webhook", format!("{}, {}", self.missing.len(), self.crossed.len()))?;
        let Duplicates { all, unexplained } = self.duplicates;
        row("arrived again", format!("{all}, of which {unexplained} without a kill"))?;
        row("dispatchers killed at work", self.kills.to_string())?;
        row("requests that met trouble", self.refused.to_string())?;
        row("pending, by webhook", format!("{:?}", self.pending))?;
        let (most, end) = self.messages;
        row(
            "deliveries queue",
            format!("{end} messages for {} webhooks in trouble, at most {most}", self.plan.in_trouble()),
        )?;
        row("dead letters, error lines", format!("{}, {}", self.dead_letters, self.error_lines))?;
        row("memory by quarter, median kB", format!("{:?}", self.memory.medians))?;
        row("memory by quarter, most kB", format!("{:?}", self.memory.most))?;
        row("memory, 4th quarter to 2nd", format!("{:.2}", self.memory.growth()))?;
        for (whose, late) in [("calm tenants", &self.calm), ("troubled tenant", &self.troubled)] {
            for (when, latency) in [("first 15 s", &late.first), ("then", &late.then)] {
                let Latency { count, p50, p99, most } = latency;
                let words = format!("p50 {p50} ms, p99 {p99} ms, at most {most} ms, of {count}");
                row(&format!("latency, {whose}, {when}"), words)?;
            }
            row(&format!("late by a kill, {whose}"), late.after_a_kill.to_string())?;
        }
        for fault in self.faults() {
            row("FAULT", fault)?;
        }
        Ok(())
    }
}
