//! What must hold when everything has come to rest.

use std::collections::BTreeMap;

use domain::delivery::{BacklogItem, Outcome};
use domain::health::{DisabledReason, OWN_FAILURES};
use domain::ids::DeliveryId;
use domain::message::{AuditEvent, EventsMessage};
use domain::row::{Status, WebhookRow};

use super::history::{History, Kind, Summary, Watched};
use super::receivers::Arrival;

/// A history at its end.
struct Case<'a> {
    history: &'a History,
    arrivals: Vec<Arrival>,
    summary: Summary,
}

/// Counts what came of all deliveries.
///
/// # Errors
/// The first promise that is broken.
pub(super) async fn judge(history: &History) -> Result<Summary, String> {
    let arrivals = history.world.receivers.arrivals();
    let requests = arrivals.len();
    let mut case = Case { history, arrivals, summary: Summary { requests, ..Summary::default() } };
    for watched in &history.webhooks {
        let row = history.world.memory.ports().webhooks.get(&watched.key).await.unwrap();
        if let Some(row) = row {
            case.nothing_waits(&row)?;
            case.what_was_asked_for_was_sent(watched, &row)?;
            case.is_disabled_for_a_reason(watched, &row)?;
            case.every_event_has_its_end(watched, &row)?;
        }
    }
    case.nothing_went_astray()?;
    case.repeats_are_excused()?;
    case.no_two_drains_at_once()?;
    Ok(case.summary)
}

/// Whatever is to be sent has come to its end, in spite of what breaks its receiver.
///
/// # Errors
/// What has not.
pub(super) async fn nobody_was_stopped(history: &History) -> Result<(), String> {
    let case = Case { history, arrivals: Vec::new(), summary: Summary::default() };
    for watched in &history.webhooks {
        let Some(row) = history.world.memory.ports().webhooks.get(&watched.key).await.unwrap() else {
            continue;
        };
        if row.status == Status::Disabled(DisabledReason::NoSuccess) {
            return Err(format!("{} was given up", watched.host));
        }
        case.nothing_waits(&row)?;
    }
    Ok(())
}

impl Case<'_> {
    fn nothing_waits(&self, row: &WebhookRow) -> Result<(), String> {
        let waiting = self.history.world.memory.backlog_of(&row.key.webhook);
        // What stands in the log was dealt with; the sweep deletes it.
        let is_left_over =
            |item: &&BacklogItem| self.history.kind == Kind::Unswept && self.is_done(row, item);
        let pending = waiting.iter().filter(|item| !row.holds(item) && !is_left_over(item)).count();
        if pending > 0 {
            return Err(format!("{pending} left waiting at {}: {row:?}", row.key.webhook));
        }
        if row.status == Status::On && row.wake.is_some() && self.history.kind != Kind::Unswept {
            return Err(format!("a wake-up is left behind: {row:?}"));
        }
        Ok(())
    }

    fn every_event_has_its_end(&mut self, watched: &Watched, row: &WebhookRow) -> Result<(), String> {
        let webhook = &watched.key.webhook;
        let memory = &self.history.world.memory;
        let (log, backlog) = (memory.log_of(webhook), memory.backlog_of(webhook));
        for text in self.history.world.accepted() {
            let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(&text) else { continue };
            if event.tenant != watched.key.tenant || event.subject().as_ref() == Some(webhook) {
                continue;
            }
            self.summary.deliveries += 1;
            let delivery = event.delivery_to(webhook);
            match log.iter().find(|entry| entry.delivery == delivery).map(|entry| entry.outcome) {
                Some(Outcome::Succeeded) => self.was_received(watched, &event, &delivery)?,
                Some(Outcome::Failed) => self.was_refused(watched, &event, &delivery)?,
                None => {
                    let is_held =
                        backlog.iter().any(|item| *item.key.delivery() == delivery && row.holds(item));
                    if !is_held {
                        return Err(format!("{} is lost to {}", event.id, watched.host));
                    }
                    self.summary.held += 1;
                }
            }
        }
        Ok(())
    }

    /// The requests of a delivery. Its id follows from its webhook's, so one that went to
    /// another webhook is none of them.
    fn of<'a>(&'a self, watched: &'a Watched, delivery: &'a DeliveryId) -> impl Iterator<Item = &'a Arrival> {
        let at_home = |arrival: &&Arrival| arrival.host == watched.host;
        self.arrivals.iter().filter(at_home).filter(move |arrival| arrival.delivery == delivery.as_str())
    }

    /// What an admin asked for reached the receiver after that, if the webhook has been on since.
    fn what_was_asked_for_was_sent(&self, watched: &Watched, row: &WebhookRow) -> Result<(), String> {
        let asked = self.history.world.asked();
        for asked in asked.iter().filter(|asked| asked.webhook == watched.key.webhook) {
            let (began, at) = asked.at;
            if row.status != Status::On || row.held_before.is_some_and(|before| before > at) {
                continue;
            }
            let is_done = match &asked.delivery {
                Some(delivery) => self.of(watched, delivery).any(|arrival| arrival.ended >= began),
                None => {
                    let kept = self.history.world.memory.backlog_of(&asked.webhook);
                    kept.iter().all(|item| !row.holds(item) || self.is_done(row, item))
                }
            };
            if !is_done {
                return Err(format!("asked for, and not sent: {asked:?}"));
            }
        }
        Ok(())
    }

    /// Whether an item of the backlog stands in the log, where it was dealt with.
    fn is_done(&self, row: &WebhookRow, item: &BacklogItem) -> bool {
        let log = self.history.world.memory.log_of(&row.key.webhook);
        let entry = log.iter().find(|entry| entry.delivery == *item.key.delivery());
        entry.is_some_and(|entry| item.is_done_by(entry))
    }

    fn is_disabled_for_a_reason(&self, watched: &Watched, row: &WebhookRow) -> Result<(), String> {
        let has_gone = || self.arrivals.iter().any(|one| one.host == watched.host && one.status == Some(410));
        match row.status {
            Status::Disabled(DisabledReason::Gone) if !has_gone() => {
                Err(format!("{} never said 410", watched.host))
            }
            Status::On | Status::Paused | Status::Disabled(_) => Ok(()),
        }
    }

    fn was_received(
        &mut self,
        watched: &Watched,
        event: &AuditEvent<'_>,
        delivery: &DeliveryId,
    ) -> Result<(), String> {
        if !self.of(watched, delivery).any(|arrival| arrival.status == Some(200)) {
            return Err(format!("{} is said to have been received, but was not", event.id));
        }
        self.summary.delivered += 1;
        Ok(())
    }

    fn was_refused(
        &mut self,
        watched: &Watched,
        event: &AuditEvent<'_>,
        delivery: &DeliveryId,
    ) -> Result<(), String> {
        let is_refused = self.of(watched, delivery).any(|arrival| arrival.status == Some(422));
        let failures = self.of(watched, delivery).filter(|arrival| arrival.status != Some(200)).count();
        if !is_refused && failures < usize::try_from(OWN_FAILURES).unwrap() {
            return Err(format!("{} has failed after {failures} failures", event.id));
        }
        self.summary.failed += 1;
        self.summary.failed_alone += usize::from(!is_refused);
        Ok(())
    }

    /// Each request went where its event belongs.
    fn nothing_went_astray(&self) -> Result<(), String> {
        for arrival in &self.arrivals {
            let is_at_home =
                self.history.webhooks_of(&arrival.tenant).any(|watched| watched.host == arrival.host);
            if !is_at_home {
                return Err(format!("{} of {} went to {}", arrival.event, arrival.tenant, arrival.host));
            }
        }
        Ok(())
    }

    /// A delivery that was received once is sent again by hand, or when its first
    /// reception was not in the log yet as the second invocation began: after a
    /// crash in between, or by an event that was handed out twice.
    fn repeats_are_excused(&mut self) -> Result<(), String> {
        let mut received: BTreeMap<&str, Vec<&Arrival>> = BTreeMap::new();
        for arrival in self.arrivals.iter().filter(|arrival| arrival.status == Some(200)) {
            received.entry(&arrival.delivery).or_default().push(arrival);
        }
        for (delivery, all) in received {
            if self.may_repeat(delivery, all.first().map_or("", |one| &one.event)) {
                continue;
            }
            for (first, second) in all.iter().zip(all.iter().skip(1)) {
                let logged = self.history.world.ledger.logged_since(delivery, first.ended);
                let is_one_run = first.run.number == second.run.number;
                let is_known = logged.is_some_and(|logged| logged < second.run.began);
                if is_one_run || is_known {
                    return Err(format!("{delivery} was logged, and sent again: {first:?} {second:?}"));
                }
                self.summary.repeated += 1;
            }
        }
        Ok(())
    }

    /// An admin asked for it, or more than once for all that is held; or its event
    /// is one of ours whose sending failed after it was done, so it was sent twice.
    fn may_repeat(&self, delivery: &str, event: &str) -> bool {
        let of_ours = |text: &String| text.contains(&format!("\"id\":\"{event}\""));
        let sent = self.history.world.accepted().iter().filter(|text| of_ours(text)).count();
        self.history.by_hand.iter().any(|asked| asked == delivery) || self.history.held_twice || sent > 1
    }

    /// Only one invocation at a time probes or drains a webhook, unless it froze.
    fn no_two_drains_at_once(&self) -> Result<(), String> {
        let drains: Vec<_> = self.arrivals.iter().filter(|arrival| arrival.run.is_of_deliveries).collect();
        for (place, one) in drains.iter().enumerate() {
            for other in drains.iter().skip(place + 1).take(64) {
                let overlap = one.host == other.host && one.began < other.ended && other.began < one.ended;
                let froze = self.history.world.ledger.has_frozen(one.run.number)
                    || self.history.world.ledger.has_frozen(other.run.number);
                if overlap && one.run.number != other.run.number && !froze {
                    return Err(format!("two drains at once: {one:?} {other:?}"));
                }
            }
        }
        Ok(())
    }
}
