//! Those who deliver: the dispatcher, the limit, and the two dispatchers on Node.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::events::{BODY_BYTES, EVENT_TYPE, audit_event, batch};
use crate::function::{DONE, Function};
use crate::process::{Process, Talk};
use crate::sink::Sink;
use crate::world::{SECRET, World};

/// Connections of the limit: as many as the dispatcher has attempts of one tenant under way.
const CONNECTIONS: &str = "32";

/// One of them, its process running.
pub enum Contender {
    /// A Lambda function.
    Function(Function),
    /// The limit.
    Limit(Talk),
}

/// What some batches took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// Processor, user and system.
    pub cpu: Duration,
    /// From handing the last batch out to its answer …
    pub answered: Duration,
    /// … and to the last request's head.
    pub last_head: Duration,
}

/// A batch's shape: so many events, each to so many webhooks.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Events.
    pub events: usize,
    /// Webhooks of their tenant.
    pub webhooks: usize,
}

impl Shape {
    /// How many deliveries that makes.
    pub const fn deliveries(self) -> usize {
        self.events * self.webhooks
    }
}

impl Contender {
    /// The limit, at this receiver.
    pub fn limit(world: &World, receiver: &Sink) -> Self {
        let mut text = audit_event("limit", EVENT_TYPE);
        text.truncate(BODY_BYTES);
        let body = world.programs.write("body.json", text);
        let (port, ca) = (receiver.port().to_string(), world.ca_file.to_string_lossy().into_owned());
        let arguments = ["limit", &port, &ca, CONNECTIONS, &body.to_string_lossy(), SECRET];
        let program = world.programs.path("baseline");
        let mut talk = Process::start(&program, &arguments, &BTreeMap::new()).talk();
        talk.hear("ready");
        Self::Limit(talk)
    }

    /// The Node dispatcher that sends in this way.
    pub async fn node(world: &World, sends_by: &str) -> Self {
        let mut environment = world.environment(&world.endpoints);
        let port = world.receiver.port().to_string();
        for (name, value) in [
            ("NODE_EXTRA_CA_CERTS", world.ca_file.to_string_lossy().as_ref()),
            ("RECEIVER_PORT", &port),
            ("NODE_ENV", "production"),
            ("NODE_NO_WARNINGS", "1"),
        ] {
            environment.insert(name.to_owned(), value.to_owned());
        }
        let script = world.programs.node.to_string_lossy().into_owned();
        Self::Function(Function::start(&node(), &[&script, sends_by], &environment).await)
    }

    /// Delivers this many batches, one after the other.
    ///
    /// # Panics
    /// When one does not arrive in full.
    pub async fn deliver(&mut self, world: &World, tenant: &str, shape: Shape, batches: usize) -> Took {
        self.deliver_to(world, &world.receiver, (tenant, shape), batches).await
    }

    /// As [`Contender::deliver`], and that is the receiver.
    pub async fn deliver_to(
        &mut self,
        world: &World,
        receiver: &Sink,
        (tenant, shape): (&str, Shape),
        batches: usize,
    ) -> Took {
        let queue = &world.stores.settings.events_queue_url;
        let (before, cpu_before) = (receiver.requests(), self.cpu());
        let mut took = Took::default();
        for _ in 0..batches {
            let event = batch(queue, &[tenant], shape.events, EVENT_TYPE);
            let began = Instant::now();
            match self {
                Self::Function(function) => {
                    let answer = function.invoke(event).await;
                    assert_eq!(answer, DONE.as_bytes(), "of {tenant}");
                }
                Self::Limit(talk) => {
                    talk.say(&format!("{} {}", shape.events, shape.webhooks));
                    talk.hear("done");
                }
            }
            took.answered = began.elapsed();
            took.last_head = receiver.last_head().saturating_duration_since(began);
        }
        took.cpu = self.cpu() - cpu_before;
        let arrived = receiver.requests() - before;
        assert_eq!(arrived, (batches * shape.deliveries()) as u64, "deliveries of {tenant}");
        took
    }

    /// Its processor time so far.
    pub fn cpu(&self) -> Duration {
        match self {
            Self::Function(function) => function.process.cpu(),
            Self::Limit(talk) => talk.process.cpu(),
        }
    }
}

/// Node, where the shell would find it.
///
/// # Panics
/// When it does not.
pub fn node() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("node")).find(|node| node.exists());
    found.expect("node is installed")
}
