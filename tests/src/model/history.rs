//! The course of one history.

use std::time::Duration;

use domain::row::WebhookKey;
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

use super::admin::{self, Deed};
use super::judge;
use super::lambda::Function;
use super::receivers::{Mood, POISON};
use super::service::Service;
use super::wire::Wire;
use super::world::World;
use crate::rig::add_webhook;

/// What goes wrong, beside receivers that fail and recover, duplicates,
/// reordering and admins, which every history has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Calls fail, before or after they are done; functions die and time out.
    Faults,
    /// As `Faults`, and every fifth wake-up is lost.
    LostWakeUps,
    /// As `Faults`, and environments stand still, past their lease too.
    Freezes,
    /// As `Faults`, and some events break their receiver whenever they come.
    Poison,
    /// As `Faults`, but without a sweep, and without the two things that need one: an
    /// admin's request that dies between row and message, and a message handed out
    /// twice at once, of which one copy dies and the other is acknowledged.
    Unswept,
}

/// What came of a history, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Deliveries of all accepted events to all webhooks that were there.
    pub deliveries: usize,
    /// Those that the receiver has.
    pub delivered: usize,
    /// Those that failed by their receiver's word.
    pub failed: usize,
    /// Of these, those whose receiver was in trouble with them alone.
    pub failed_alone: usize,
    /// Those that are held.
    pub held: usize,
    /// Receptions beyond the first, all within the windows that the protocol names.
    pub repeated: usize,
    /// Requests in all.
    pub requests: usize,
}

/// A webhook of a history.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) key: WebhookKey,
    pub(super) host: String,
}

const STEPS: usize = 40;
/// So many hours until the latest wake-up, of a receiver that asked to wait for
/// two, is overdue.
const SWEEPS: u32 = 4;
/// So many hours in which good events come among the poison, once everything else is well …
const AMONG_POISON: u32 = 10;
/// … and so many until all of it has come to its end.
const AFTER_POISON: u32 = 4;
/// Environments of each queue at the same time.
const AT_ONCE: usize = 3;

pub(super) struct History {
    pub(super) kind: Kind,
    pub(super) world: World,
    pub(super) webhooks: Vec<Watched>,
    /// Deliveries that an admin asked for again.
    pub(super) by_hand: Vec<String>,
    /// Whether an admin asked for all that is held of a webhook a second time.
    pub(super) held_twice: bool,
    held_asked: Vec<WebhookKey>,
    service: Service,
    events: usize,
}

/// Plays one history to its end and judges it.
///
/// # Errors
/// What does not hold.
pub fn play(kind: Kind, seed: u64) -> Result<Summary, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let mut history = History::new(kind, seed).await;
        for _ in 0..STEPS {
            history.step().await;
        }
        history.settle().await?;
        judge::judge(&history).await
    })
}

impl History {
    async fn new(kind: Kind, seed: u64) -> Self {
        let world = World::new(seed);
        let mut webhooks = Vec::new();
        for (tenant, number) in [("acme", 0), ("acme", 1), ("globex", 2)] {
            let host = format!("{tenant}-{number}.example.com");
            let fields = json!({ "url": format!("https://{host}/hook") });
            let key = add_webhook(&world.memory.ports(), tenant, fields).await.key;
            webhooks.push(Watched { key, host });
        }
        if kind == Kind::LostWakeUps {
            world.lose_wake_ups(20);
        }
        let mut service = Service::new(world.clone(), AT_ONCE, true, kind == Kind::Freezes);
        if kind == Kind::Unswept {
            service.duplicates = 0;
        }
        Self {
            kind,
            world,
            webhooks,
            by_hand: Vec::new(),
            held_twice: false,
            held_asked: Vec::new(),
            service,
            events: 0,
        }
    }

    async fn step(&mut self) {
        let chance = self.world.chance.clone();
        match chance.below(20) {
            0..=8 => (0..=chance.below(3)).for_each(|_| self.publish()),
            9..=12 => self.change_a_mood(),
            13..=15 => self.act(),
            16 if self.kind != Kind::Unswept => self.world.sweep(),
            _ => {}
        }
        let wait = match chance.below(10) {
            0..=5 => chance.millis(0, 2_000),
            6..=8 => chance.millis(0, 120_000),
            _ => chance.millis(0, 4_000_000),
        };
        self.service.drive(wait).await;
    }

    fn publish(&mut self) {
        let chance = &self.world.chance;
        self.events += 1;
        let is_poison = self.kind == Kind::Poison && chance.percent(10);
        let id = format!("{}{}", if is_poison { POISON } else { "e" }, self.events);
        let tenant = ["acme", "globex"][chance.below(2)];
        self.world.publish(tenant, &id);
    }

    fn change_a_mood(&self) {
        let chance = &self.world.chance;
        let host = &self.webhooks[chance.below(self.webhooks.len())].host;
        let mood = match chance.below(16) {
            0..=6 => Mood::Well,
            7..=9 => Mood::Broken,
            10 | 11 => Mood::Hanging,
            12 => Mood::Slow,
            13 => Mood::Refusing,
            14 => Mood::Busy(u64::try_from(chance.below(7_200)).unwrap()),
            _ if chance.percent(30) => Mood::Gone,
            _ => Mood::Well,
        };
        self.world.receivers.set(host, mood);
    }

    fn act(&mut self) {
        let chance = self.world.chance.clone();
        let key = self.webhooks[chance.below(self.webhooks.len())].key.clone();
        let deed = match chance.below(20) {
            0..=5 => Deed::Edit,
            6..=8 => Deed::Pause,
            9..=13 => Deed::Resume,
            14 if chance.percent(30) => Deed::Delete,
            14..=16 => {
                self.held_twice |= self.held_asked.contains(&key);
                self.held_asked.push(key.clone());
                Deed::RedeliverHeld
            }
            _ => {
                let log = self.world.memory.log_of(&key.webhook);
                if log.is_empty() {
                    return;
                }
                let delivery = log[chance.below(log.len())].delivery.clone();
                self.by_hand.push(delivery.to_string());
                Deed::Redeliver(delivery)
            }
        };
        let function = Function::new();
        function.begin(function.run(), self.service.fate(if self.kind == Kind::Unswept { 0 } else { 25 }));
        let ports = Wire::ports(&self.world, &function);
        let (world, at) = (self.world.clone(), (Instant::now(), self.world.now()));
        self.service.start(async move {
            tokio::select! {
                biased;
                () = function.death() => {}
                // A failure is the admin's to see; the next deed may be the same.
                done = admin::act(ports, key.clone(), deed.clone()) => match (done, deed) {
                    (Ok(()), Deed::Redeliver(delivery)) => world.ask(&key.webhook, Some(delivery), at),
                    (Ok(()), Deed::RedeliverHeld) => world.ask(&key.webhook, None, at),
                    _ => {}
                },
            }
        });
    }

    /// Everything is well from now on: what waits is handed out until nothing
    /// does, and the sweep comes every hour.
    async fn settle(&mut self) -> Result<(), String> {
        self.service.goes_wrong = false;
        self.world.lose_wake_ups(0);
        self.world.receivers.heal();
        if self.kind == Kind::Poison {
            self.outlast_poison().await?;
        }
        let mut sweeps = 0;
        for _ in 0..3_000 {
            match (self.service.next_due(), self.service.is_idle()) {
                (None, true) if sweeps == SWEEPS || self.kind == Kind::Unswept => return Ok(()),
                (None, true) => {
                    sweeps += 1;
                    sleep(Duration::from_secs(60 * 60)).await;
                    self.world.sweep();
                }
                (Some(due), true) => {
                    sleep_until(due).await;
                    self.service.drive(Duration::from_millis(1)).await;
                }
                (_, false) => self.service.drive(Duration::from_secs(1)).await,
            }
        }
        Err("the queues never empty".to_owned())
    }

    /// Nothing cures poison: while it lasts all others arrive, and then it has failed.
    async fn outlast_poison(&mut self) -> Result<(), String> {
        for hour in 0..AMONG_POISON + AFTER_POISON {
            for tenant in ["acme", "globex"].into_iter().filter(|_| hour < AMONG_POISON) {
                self.world.publish(tenant, &format!("{tenant}-{hour}"));
            }
            self.world.sweep();
            self.service.drive(Duration::from_secs(60 * 60)).await;
        }
        judge::nobody_was_stopped(self).await
    }

    /// A tenant's webhooks.
    pub(super) fn webhooks_of<'a>(&'a self, tenant: &'a str) -> impl Iterator<Item = &'a Watched> {
        self.webhooks.iter().filter(move |webhook| webhook.key.tenant.as_str() == tenant)
    }
}
