//! The running service: environments that take what the queues hand out.

use std::pin::Pin;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::lambda::{Ended, Environment, Fault, Task};
use super::world::World;

/// Something under way; an invocation tells how it ended.
type Running = Pin<Box<dyn Future<Output = Option<Ended>>>>;

pub(super) struct Service {
    pub(super) world: World,
    /// Environments of each queue at the same time.
    at_once: usize,
    /// Whether anything goes wrong, beside what receivers do.
    pub(super) goes_wrong: bool,
    /// Whether environments stand still.
    freezes: bool,
    /// How many messages in a hundred are handed out twice at once.
    pub(super) duplicates: u32,
    warm: Vec<Environment>,
    running: FuturesUnordered<Running>,
    busy: [usize; 2],
    invocations: u64,
}

impl Service {
    pub(super) fn new(world: World, at_once: usize, goes_wrong: bool, freezes: bool) -> Self {
        Self {
            world,
            at_once,
            goes_wrong,
            freezes,
            duplicates: 10,
            warm: Vec::new(),
            running: FuturesUnordered::new(),
            busy: [0; 2],
            invocations: 0,
        }
    }

    /// Does something beside the invocations.
    pub(super) fn start(&self, work: impl Future<Output = ()> + 'static) {
        self.running.push(Box::pin(async move {
            work.await;
            None
        }));
    }

    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// After how many calls what happens, so many times in a hundred.
    pub(super) fn fate(&self, percent: u32) -> Option<(usize, Fault)> {
        let chance = &self.world.chance;
        if !self.goes_wrong || !chance.percent(percent) {
            return None;
        }
        let fault = match chance.below(12) {
            0..=2 => Fault::DieBefore,
            3..=5 => Fault::DieAfter,
            6 | 7 => Fault::FailBefore,
            8 | 9 => Fault::FailAfter,
            _ => Fault::Throttle,
        };
        let freezes = self.freezes && chance.percent(50);
        let fault = if freezes { Fault::Freeze(chance.millis(5_000, 400_000)) } else { fault };
        Some((chance.below(30), fault))
    }

    /// Lets so much time pass; what is due meanwhile is handed out.
    pub(super) async fn drive(&mut self, time: Duration) {
        let until = Instant::now() + time;
        loop {
            self.hand_out();
            // What is due but finds no free environment waits until one is.
            let next = self.next_due().filter(|due| *due > Instant::now()).unwrap_or(until).min(until);
            tokio::select! {
                biased;
                Some(ended) = self.running.next(), if !self.running.is_empty() => self.end(ended),
                () = sleep_until(next) => if next >= until { return },
            }
        }
    }

    /// When the next message of either queue is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        [&self.world.events, &self.world.deliveries].into_iter().filter_map(|queue| queue.next_due()).min()
    }

    fn hand_out(&mut self) {
        let duplicates = if self.goes_wrong { self.duplicates } else { 0 };
        for is_of_deliveries in [false, true] {
            let queue =
                if is_of_deliveries { self.world.deliveries.clone() } else { self.world.events.clone() };
            while self.busy[usize::from(is_of_deliveries)] < self.at_once {
                let messages = queue.receive(&self.world.chance, duplicates);
                if messages.is_empty() {
                    break;
                }
                self.busy[usize::from(is_of_deliveries)] += 1;
                self.invocations += 1;
                let fate = self.fate(30);
                let task = Task { number: self.invocations, is_of_deliveries, messages, fate };
                let environment = self.warm.pop().unwrap_or_else(|| Environment::new(&self.world));
                let invoked = environment.invoke(self.world.clone(), task);
                self.running.push(Box::pin(async move { Some(invoked.await) }));
            }
        }
    }

    fn end(&mut self, ended: Option<Ended>) {
        let Some(Ended { environment, is_of_deliveries, done }) = ended else { return };
        self.busy[usize::from(is_of_deliveries)] -= 1;
        let queue = if is_of_deliveries { &self.world.deliveries } else { &self.world.events };
        queue.delete(&done);
        self.warm.extend(environment);
    }
}
