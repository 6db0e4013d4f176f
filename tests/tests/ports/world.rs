//! Ports to ask, with a clock to move by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::memory::Memory;
use domain::ports::{Clock, Ports};
use domain::time::Timestamp;
use e2e::emulators::{Stores, emulators, endpoints};
use platform::aws::Aws;
use platform::clock::OsDice;
use platform::settings::StoreSettings;

/// 2026-11-18, on the hour.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_003_200_000);

pub(crate) struct World {
    pub(crate) ports: Ports,
    behind: Behind,
}

enum Behind {
    Memory(Memory),
    Aws { clock: Arc<HandClock>, stores: StoreSettings },
}

struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

impl World {
    pub(crate) fn in_memory() -> Self {
        let memory = Memory::new(START, 1);
        Self { ports: memory.ports(), behind: Behind::Memory(memory) }
    }

    pub(crate) async fn on_aws() -> Self {
        let stores = Stores::new().await.settings;
        let aws = Aws::emulated(&endpoints().await).unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(START.as_millis())));
        let ports = platform::ports_with(aws, &stores, clock.clone(), Arc::new(OsDice));
        Self { ports, behind: Behind::Aws { clock, stores } }
    }

    pub(crate) fn advance(&self, wait: Duration) {
        match &self.behind {
            Behind::Memory(memory) => memory.advance(wait),
            Behind::Aws { clock, .. } => {
                clock.0.store(clock.now().plus(wait).as_millis(), Ordering::Relaxed);
            }
        }
    }

    /// Moves time back.
    pub(crate) fn rewind(&self, wait: Duration) {
        match &self.behind {
            Behind::Memory(memory) => memory.rewind(wait),
            Behind::Aws { clock, .. } => {
                clock.0.store(clock.now().minus(wait).as_millis(), Ordering::Relaxed);
            }
        }
    }

    /// What lies on the events queue.
    pub(crate) async fn events(&self) -> Vec<String> {
        match &self.behind {
            Behind::Memory(memory) => memory.sent_events(),
            Behind::Aws { stores, .. } => received(&stores.events_queue_url, Some("acme:1")).await,
        }
    }

    /// What the deliveries queue hands out now.
    pub(crate) async fn deliveries(&self) -> Vec<String> {
        self.handed_out(Some("acme:1")).await
    }

    /// As `deliveries`, which are in no tenant's group.
    pub(crate) async fn deliveries_of_no_tenant(&self) -> Vec<String> {
        self.handed_out(None).await
    }

    async fn handed_out(&self, group: Option<&str>) -> Vec<String> {
        match &self.behind {
            Behind::Memory(memory) => {
                let sent = memory.sent_deliveries();
                sent.into_iter().filter(|sent| sent.delay.is_zero()).map(|sent| sent.message).collect()
            }
            Behind::Aws { stores, .. } => received(&stores.deliveries_queue_url, group).await,
        }
    }
}

async fn received(queue_url: &str, group: Option<&str>) -> Vec<String> {
    let messages = emulators().await.sqs().receive(queue_url, 10, Duration::ZERO).await.unwrap();
    let text = |message: local::sqs::Message| {
        let its_group = message.attributes.get("MessageGroupId").map(String::as_str);
        assert_eq!(its_group, group, "a message's group is its tenant");
        message.body
    };
    messages.into_iter().map(text).collect()
}
