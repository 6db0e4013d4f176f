//! The language of guarded changes ([`domain::row`]) as DynamoDB's
//! expressions: one condition a guard, and of the changes, in their order, what
//! becomes of each attribute.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ports::PortResult;
use domain::row::{Change, Guard, Wake};

use super::row::{DISABLED, ON, PAUSED, names, settings_text};
use crate::expression::Expression;
use crate::item::{number, text, time};

/// One conditional write.
pub(super) struct Write {
    pub(super) expression: Expression,
    /// Empty when nothing is changed.
    pub(super) update: String,
}

/// What a write takes for granted of the row's health, on condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assumed {
    Nothing,
    Failing,
    Healthy,
}

/// Whether the first change that concerns the health does something else to
/// a failing webhook than to a healthy one, beyond what an update can express.
pub(super) fn depends_on_health(changes: &[Change]) -> bool {
    let first = changes.iter().find(|change| {
        matches!(change, Change::Failing(_) | Change::Probed { .. } | Change::Healthy(_) | Change::Enable(_))
    });
    matches!(first, Some(Change::Probed { .. }))
}

/// The write that these guards and changes ask for.
pub(super) fn write(guards: &[Guard<'_>], changes: &[Change], assumed: Assumed) -> PortResult<Write> {
    let mut expression = Expression::default();
    for guard in guards {
        require(&mut expression, guard);
    }
    match assumed {
        Assumed::Nothing => {}
        Assumed::Failing => expression.require_there(names::FAILING_SINCE),
        Assumed::Healthy => expression.require_absent(names::FAILING_SINCE),
    }
    let mut plan = Plan { health: assumed, steps: BTreeMap::new() };
    for change in changes {
        plan.add(change)?;
    }
    let update = plan.into_update(&mut expression);
    Ok(Write { expression, update })
}

/// The condition that holds when [`Guard::holds`] does.
fn require(expression: &mut Expression, guard: &Guard<'_>) {
    match guard {
        Guard::On => expression.require_that(names::STATUS, "=", text(ON)),
        Guard::Off => expression.require_that(names::STATUS, "<>", text(ON)),
        Guard::NoWake => expression.require_absent(names::WAKE_TOKEN),
        Guard::Token(token) => expression.require_that(names::WAKE_TOKEN, "=", text(token.as_str())),
        Guard::Due(now) => expression.require_that(names::WAKE_AT, "<=", time(*now)),
        Guard::Lease(end) => expression.require_that(names::WAKE_AT, "=", time(*end)),
        Guard::Idle(now) => {
            let no_wake = expression.name(names::WAKE_TOKEN);
            let not_busy = expression.comparison(names::WAKE_BUSY, "=", AttributeValue::Bool(false));
            let run_out = expression.comparison(names::WAKE_AT, "<=", time(*now));
            expression.require(format!("(attribute_not_exists({no_wake}) OR {not_busy} OR {run_out})"));
        }
        Guard::Busy(now) => {
            expression.require_that(names::WAKE_BUSY, "=", AttributeValue::Bool(true));
            expression.require_that(names::WAKE_AT, ">", time(*now));
        }
        Guard::Version(version) => expression.require_that(names::VERSION, "=", number(version)),
        Guard::Unpaced(now) => require_absent_or_by(expression, names::PACED_UNTIL, time(*now)),
        Guard::NotTestedSince(since) => require_absent_or_by(expression, names::TESTED_AT, time(*since)),
    }
}

fn require_absent_or_by(expression: &mut Expression, attribute: &str, at: AttributeValue) {
    let absent = expression.name(attribute);
    let by = expression.comparison(attribute, "<=", at);
    expression.require(format!("(attribute_not_exists({absent}) OR {by})"));
}

/// What becomes of an attribute.
enum Step {
    Set(AttributeValue),
    /// Unless it is there.
    SetNew(AttributeValue),
    Add(u64),
    Remove,
}

/// What becomes of each attribute, after the changes so far.
struct Plan {
    /// What is known of the row's health after the changes so far.
    health: Assumed,
    steps: BTreeMap<&'static str, Step>,
}

impl Plan {
    /// Does to the item what [`Change::apply`] does to the row.
    fn add(&mut self, change: &Change) -> PortResult<()> {
        match change {
            Change::Wake(wake) => self.wake(wake),
            Change::ClearWake => self.remove(&[names::WAKE_TOKEN, names::WAKE_AT, names::WAKE_BUSY]),
            Change::Failing(since) => self.failing(time(*since)),
            Change::Probed { probes, after } => {
                if self.health == Assumed::Failing {
                    self.set(names::PROBES, number(probes));
                }
                self.set(names::AFTER, text(after.as_str()));
            }
            Change::Healthy(at) => {
                self.healthy();
                self.set(names::LAST_OK, time(*at));
                self.set(names::SINCE, time(*at));
            }
            Change::LastOk(at) => self.set(names::LAST_OK, time(*at)),
            Change::ClearAfter => self.remove(&[names::AFTER]),
            Change::Disable(reason, at) => {
                self.status(DISABLED, time(*at));
                self.set(names::REASON, text(reason.as_str()));
            }
            Change::Pause(at) => self.status(PAUSED, time(*at)),
            Change::Enable(at) => {
                self.status(ON, time(*at));
                self.healthy();
                self.remove(&[names::AFTER]);
                self.set(names::HELD_BEFORE, time(*at));
            }
            Change::HoldPending(at) => self.set(names::HELD_BEFORE, time(*at)),
            Change::Settings { settings, bundle, updated } => {
                self.set(names::SETTINGS, text(settings_text(settings)?));
                match bundle {
                    Some(bundle) => self.set(names::BUNDLE, text(&bundle.0)),
                    None => self.remove(&[names::BUNDLE]),
                }
                self.set(names::UPDATED_AT, time(updated.at));
                self.set(names::UPDATED_BY, text(updated.by.as_str()));
                self.add_one(names::VERSION);
            }
            Change::Paced(until) => self.set(names::PACED_UNTIL, time(*until)),
            Change::Tested(at) => self.set(names::TESTED_AT, time(*at)),
        }
        Ok(())
    }

    fn wake(&mut self, wake: &Wake) {
        self.set(names::WAKE_TOKEN, text(wake.token.as_str()));
        self.set(names::WAKE_AT, time(wake.at));
        self.set(names::WAKE_BUSY, AttributeValue::Bool(wake.busy));
    }

    fn failing(&mut self, since: AttributeValue) {
        match self.health {
            // It was failing, and keeps its time and its probes.
            Assumed::Failing => {}
            Assumed::Healthy => {
                self.set(names::FAILING_SINCE, since);
                self.set(names::PROBES, number(0));
            }
            // Both attributes come and go together.
            Assumed::Nothing => {
                self.steps.insert(names::FAILING_SINCE, Step::SetNew(since));
                self.steps.insert(names::PROBES, Step::SetNew(number(0)));
            }
        }
        self.health = Assumed::Failing;
    }

    fn healthy(&mut self) {
        self.remove(&[names::FAILING_SINCE, names::PROBES]);
        self.health = Assumed::Healthy;
    }

    fn status(&mut self, word: &str, at: AttributeValue) {
        self.set(names::STATUS, text(word));
        self.set(names::SINCE, at);
        self.remove(&[names::REASON]);
    }

    fn set(&mut self, name: &'static str, value: AttributeValue) {
        self.steps.insert(name, Step::Set(value));
    }

    fn remove(&mut self, names: &[&'static str]) {
        for name in names {
            self.steps.insert(name, Step::Remove);
        }
    }

    fn add_one(&mut self, name: &'static str) {
        let so_far = match self.steps.get(name) {
            Some(Step::Add(count)) => *count,
            Some(Step::Set(_) | Step::SetNew(_) | Step::Remove) | None => 0,
        };
        self.steps.insert(name, Step::Add(so_far.saturating_add(1)));
    }

    fn into_update(self, expression: &mut Expression) -> String {
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        for (attribute, step) in self.steps {
            let name = expression.name(attribute);
            match step {
                Step::Set(value) => set.push(format!("{name} = {}", expression.value(value))),
                Step::SetNew(value) => {
                    set.push(format!("{name} = if_not_exists({name}, {})", expression.value(value)));
                }
                Step::Add(count) => {
                    set.push(format!("{name} = {name} + {}", expression.value(number(count))))
                }
                Step::Remove => remove.push(name),
            }
        }
        let clauses = [("SET", set), ("REMOVE", remove)];
        let clauses = clauses.iter().filter(|(_, parts)| !parts.is_empty());
        clauses.map(|(verb, parts)| format!("{verb} {}", parts.join(", "))).collect::<Vec<_>>().join(" ")
    }
}
