//! Part of every secret value that these tests send. It goes into secret objects
//! and to Slack, and shows in nothing else: every world listens for it in its
//! answers, its messages, all that it stores beside secrets, and the log.

use std::cell::Cell;
use std::io::Write;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use async_trait::async_trait;
use domain::ids::TenantId;
use domain::memory::Memory;
use domain::ports::{PortResult, Ports, Queue};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What secret values are made of.
pub(crate) const CANARY: &str = "hunter2";

/// Fails when a secret shows.
pub(crate) fn assert_hidden(place: &str, text: &str) {
    assert!(!text.contains(CANARY), "a secret in {place}: {text}");
}

/// Nothing that is stored shows a secret, but for the secret objects themselves.
pub(crate) fn assert_hidden_in(memory: &Memory) {
    for line in memory.fingerprint() {
        assert_hidden("what is stored", &line);
    }
    for line in LEAKED.lock().unwrap().iter() {
        assert_hidden("the log", line);
    }
}

/// These ports, with an ear at the queues.
pub(crate) fn overhear(ports: Ports) -> Ports {
    Ports { queue: Arc::new(Overheard(ports.queue)), ..ports }
}

struct Overheard(Arc<dyn Queue>);

#[async_trait]
impl Queue for Overheard {
    async fn send_delivery(&self, tenant: &TenantId, message: &str, delay: Duration) -> PortResult<()> {
        assert_hidden("a message", message);
        self.0.send_delivery(tenant, message, delay).await
    }

    async fn send_event(&self, tenant: &TenantId, message: &str) -> PortResult<()> {
        assert_hidden("an event", message);
        self.0.send_event(tenant, message).await
    }
}

/// Log lines that show a secret, of whichever test.
static LEAKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

thread_local! {
    static LINES: Cell<usize> = const { Cell::new(0) };
}

/// How many log lines this test has caused so far: it has a thread to itself.
pub(crate) fn log_lines() -> usize {
    LINES.get()
}

/// Listens to the log: to all of ours, and to others as far as they are ever written.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let targets = Targets::new()
            .with_default(LevelFilter::WARN)
            .with_targets(["api", "domain", "platform"].map(|ours| (ours, LevelFilter::TRACE)));
        let lines = tracing_subscriber::fmt::layer().with_writer(|| Ear);
        tracing_subscriber::registry().with(targets).with(lines).init();
    });
}

struct Ear;

impl Write for Ear {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if text.contains(CANARY) {
            LEAKED.lock().unwrap().push(text.into_owned());
        }
        LINES.set(LINES.get() + 1);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
