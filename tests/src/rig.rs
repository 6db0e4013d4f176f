//! The real dispatcher over the ports in memory and a real TLS receiver: time
//! is moved by hand, so days of trouble take milliseconds.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dispatcher::resolve::Resolver;
use dispatcher::tally::Totals;
use dispatcher::transport::Transport;
use dispatcher::{Dispatcher, Invocation};
use domain::address::DangerAllowedCidrs;
use domain::attempt::Attempt;
use domain::ids::{AccountId, SigningSecretId, TenantId, WebhookId};
use domain::json::Node;
use domain::memory::Memory;
use domain::ports::{Created, Ports, Updated};
use domain::row::{Change, Guard, Stamp, Status, WebhookKey, WebhookRow};
use domain::secret::SecretText;
use domain::tenant::Edition;
use domain::time::Timestamp;
use domain::webhook::edit::{BundleEdit, Draft, Reading, Wanted, read_create};
use domain::webhook::host::AllowedSuffixes;
use domain::webhook::slack::{SlackName, SlackTarget, SlackUrl};
use local::{Ca, Receiver, Reply};
use platform::settings::{ConnectTo, DispatcherSettings, StoreSettings};
use serde_json::{Value, json};

use crate::records::{DELIVERIES_ARN, EVENTS_ARN, Record, batch};

/// The host of the receiver.
pub const HOST: &str = "receiver.example.com";
/// Slack's host, which reaches the same receiver.
pub const SLACK_HOST: &str = "hooks.slack.com";
/// A host whose address is an inner one that nobody allowed.
pub const INNER_HOST: &str = "inner.example.com";
/// How long an invocation of the rig may run.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// A dispatcher and what surrounds it.
pub struct Rig {
    /// Tables, queues, secrets, time and chance.
    pub memory: Memory,
    /// What `https://receiver.example.com` reaches.
    pub receiver: Receiver,
    /// Adjusts the settings of the next dispatcher.
    pub settings: DispatcherSettings,
    /// Whom the next dispatcher asks for names, instead of the system's name servers.
    pub name_server: Option<SocketAddr>,
    dispatcher: Dispatcher,
    totals: Mutex<Totals>,
}

impl Rig {
    /// Every tenant has the advanced edition; the time is 2026-11-23T15:40:00Z.
    pub async fn new() -> Self {
        let memory = Memory::new(Timestamp::parse("2026-11-23T15:40:00Z").unwrap(), 1);
        let ca = Ca::new().unwrap();
        let receiver = Receiver::start(&ca, &[HOST, SLACK_HOST, "*.names.example.com"]).await.unwrap();
        let port = receiver.port();
        let connect_to = format!(
            "{HOST}:443:127.0.0.1:{port},{SLACK_HOST}:443:127.0.0.1:{port},{INNER_HOST}:443:10.0.0.1:443"
        );
        let settings = DispatcherSettings {
            stores: StoreSettings {
                table_name: "main".to_owned(),
                deliveries_table_name: "deliveries".to_owned(),
                events_queue_url: "http://127.0.0.1/123456789012/events".to_owned(),
                deliveries_queue_url: "http://127.0.0.1/123456789012/deliveries".to_owned(),
                secret_prefix: "rig".to_owned(),
                bundle_cache_bytes: 32 << 20,
            },
            default_edition: Edition::Advanced,
            tenant_cache: Duration::ZERO,
            extra_ca_pem: Some(ca.pem()),
            allowed_cidrs: DangerAllowedCidrs::parse("127.0.0.0/8").unwrap(),
            connect_to: ConnectTo::parse(&connect_to).unwrap(),
            allowed_suffixes: AllowedSuffixes::default(),
            wait_factor: 1.0,
        };
        let (dispatcher, totals) = (build(&memory, &settings, None), Mutex::default());
        Self { memory, receiver, settings, name_server: None, dispatcher, totals }
    }

    /// Builds the dispatcher anew from `settings`: a cold start.
    pub fn restart(&mut self) {
        self.dispatcher = build(&self.memory, &self.settings, self.name_server);
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.ports().clock.now()
    }

    /// The ports.
    pub fn ports(&self) -> Ports {
        self.memory.ports()
    }

    /// The tenant of most tests.
    pub fn tenant(&self) -> TenantId {
        TenantId::parse("acme").unwrap()
    }

    /// Adds a webhook of `acme` at the receiver; `fields` go over the usual ones.
    pub async fn webhook(&self, fields: Value) -> WebhookRow {
        self.webhook_of("acme", fields).await
    }

    /// Adds a webhook of this tenant.
    pub async fn webhook_of(&self, tenant: &str, fields: Value) -> WebhookRow {
        add_webhook(&self.ports(), tenant, fields).await
    }

    /// Adds a Slack webhook of `acme` for this channel.
    pub async fn slack_webhook(&self, channel: &str) -> WebhookRow {
        let ports = self.ports();
        let now = ports.clock.now();
        let name = |id: &str, name: &str| SlackName::read(id, name).unwrap();
        let target = SlackTarget {
            team: name("T0ACME", "Acme"),
            channel: name(&format!("C0{channel}"), &format!("#{channel}")),
            configuration_url: "https://acme.slack.com/services/B0HOOK".to_owned(),
        };
        let url = SecretText::new(format!("https://{SLACK_HOST}/services/T0ACME/B0HOOK/{channel}"));
        let draft = Draft::installed(target.display_name().unwrap(), target, SlackUrl::parse(url).unwrap());
        let BundleEdit::Rebuild(plan) = draft.bundle else { panic!("its URL is a secret") };
        let key = WebhookKey { tenant: self.tenant(), webhook: WebhookId::new(now, ports.dice.roll()) };
        let bundle = plan.build(None).unwrap();
        let name = ports.secrets.create(&key, ports.dice.roll(), &bundle).await.unwrap();
        let stamp = Stamp { at: now, by: AccountId::parse("admin").unwrap() };
        let row = WebhookRow::new(key, draft.settings, Some(name), stamp);
        assert_eq!(ports.webhooks.create(&row, 50).await, Ok(Created::Done));
        row
    }

    /// The row as it is now.
    pub async fn row(&self, row: &WebhookRow) -> WebhookRow {
        self.ports().webhooks.get(&row.key).await.unwrap().unwrap()
    }

    /// The last attempt for a webhook that has one delivery, wherever it is written down.
    pub fn last_attempt(&self, row: &WebhookRow) -> Attempt {
        let webhook = &row.key.webhook;
        let ended = self.memory.log_of(webhook).into_iter().map(|entry| entry.attempts);
        let waiting = self.memory.backlog_of(webhook).into_iter().map(|item| item.attempts);
        let all: Vec<_> = ended.chain(waiting).collect();
        let [attempts] = all.as_slice() else { panic!("{all:?}") };
        *attempts.last().unwrap()
    }

    /// Changes a row, whatever it is.
    pub async fn change(&self, row: &WebhookRow, change: Change) {
        let guards: [Guard<'_>; 0] = [];
        let done = self.ports().webhooks.update(&row.key, &guards, &[change]).await;
        assert!(matches!(done, Ok(Updated::Done(_))), "{done:?}");
    }

    /// An event of `acme` that happens now.
    pub fn event(&self, id: &str) -> String {
        self.event_of("acme", id, "project_scan.finished")
    }

    /// An event that happens now.
    pub fn event_of(&self, tenant: &str, id: &str, event_type: &str) -> String {
        json!({
            "version": 1, "kind": "auditEvent", "id": id, "tenantId": tenant, "type": event_type,
            "occurredAt": self.ports().clock.now(),
            "actor": { "accountId": "5b10", "displayName": "Ada" },
            "details": { "projectId": "10001", "findingsCount": 3 },
        })
        .to_string()
    }

    /// Hands out a batch of the events queue for the first time; gives the places of what failed.
    pub async fn events(&self, bodies: &[String]) -> Vec<usize> {
        self.run(EVENTS_ARN, bodies, 1, TIMEOUT).await
    }

    /// As [`Rig::events`], handed out before.
    pub async fn events_again(&self, bodies: &[String]) -> Vec<usize> {
        self.run(EVENTS_ARN, bodies, 2, TIMEOUT).await
    }

    /// As [`Rig::events`], with so much time left.
    pub async fn events_within(&self, bodies: &[String], time: Duration) -> Vec<usize> {
        self.run(EVENTS_ARN, bodies, 1, time).await
    }

    /// Hands out a batch of the deliveries queue.
    pub async fn deliveries(&self, bodies: &[String]) -> Vec<usize> {
        self.run(DELIVERIES_ARN, bodies, 1, TIMEOUT).await
    }

    /// As [`Rig::deliveries`], with so much time left.
    pub async fn deliveries_within(&self, bodies: &[String], time: Duration) -> Vec<usize> {
        self.run(DELIVERIES_ARN, bodies, 1, time).await
    }

    /// As [`Rig::deliveries`], handed out before.
    pub async fn deliveries_again(&self, bodies: &[String]) -> Vec<usize> {
        self.run(DELIVERIES_ARN, bodies, 2, TIMEOUT).await
    }

    /// What the newest batch counted.
    pub fn totals(&self) -> Totals {
        *self.totals.lock().unwrap()
    }

    /// Moves time on until all that waits on the deliveries queue is due, and
    /// hands it out. Gives the longest delay that there was.
    pub async fn wake(&self) -> Duration {
        let sent = self.memory.take_deliveries();
        let longest = sent.iter().map(|one| one.delay).max().unwrap_or_default();
        self.memory.advance(longest);
        let bodies: Vec<String> = sent.into_iter().map(|one| one.message).collect();
        assert_eq!(self.deliveries(&bodies).await, Vec::<usize>::new());
        longest
    }

    /// From now on the receiver answers 503, for as long as the switch is on.
    pub fn broken_receiver(&self) -> Arc<AtomicBool> {
        let broken = Arc::new(AtomicBool::new(true));
        let switch = Arc::clone(&broken);
        self.receiver.answer(move |_| Reply::status(if switch.load(Ordering::SeqCst) { 503 } else { 200 }));
        broken
    }

    async fn run(&self, arn: &str, bodies: &[String], receives: u32, time: Duration) -> Vec<usize> {
        let records = bodies.iter().zip(0..);
        let records = records.map(|(body, id): (_, usize)| Record { id: id.to_string(), body, receives });
        let batch = batch(arn, records);
        let now = self.ports().clock.now();
        let invocation = Invocation::new(now, now.plus(time));
        let response = self.dispatcher.run(&batch, &invocation).await.unwrap();
        *self.totals.lock().unwrap() = invocation.totals();
        let failed = response.batch_item_failures.iter();
        failed.map(|failure| failure.item_identifier.parse().unwrap()).collect()
    }
}

/// Adds a webhook of this tenant at the receiver; `fields` go over the usual ones.
pub async fn add_webhook(ports: &Ports, tenant: &str, fields: Value) -> WebhookRow {
    let now = ports.clock.now();
    let mut body = json!({ "displayName": "Receiver", "url": format!("https://{HOST}/hook") });
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let mut new_id = || SigningSecretId::new(now, ports.dice.roll());
    let reading = Reading { suffixes: &AllowedSuffixes::default(), now, new_id: &mut new_id };
    let draft = read_create(&Node::parse(body.to_string().as_bytes()).unwrap(), reading).unwrap();
    let key = WebhookKey {
        tenant: TenantId::parse(tenant).unwrap(),
        webhook: WebhookId::new(now, ports.dice.roll()),
    };
    let bundle = match draft.bundle {
        BundleEdit::Keep => None,
        BundleEdit::Rebuild(plan) => {
            let bundle = plan.build(None).unwrap();
            match bundle.is_empty() {
                true => None,
                false => Some(ports.secrets.create(&key, ports.dice.roll(), &bundle).await.unwrap()),
            }
        }
    };
    let stamp = Stamp { at: now, by: AccountId::parse("admin").unwrap() };
    let status = if draft.wanted == Wanted::Off { Status::Paused } else { Status::On };
    let row = WebhookRow { status, ..WebhookRow::new(key, draft.settings, bundle, stamp) };
    // Twice what an admin may make: benchmarks have batches of 1,000 deliveries.
    assert_eq!(ports.webhooks.create(&row, 100).await, Ok(Created::Done));
    row
}

fn build(memory: &Memory, settings: &DispatcherSettings, name_server: Option<SocketAddr>) -> Dispatcher {
    let resolver = Resolver::new(settings.allowed_cidrs.clone(), settings.connect_to.clone());
    let resolver = match name_server {
        Some(server) => resolver.asking(server),
        None => resolver,
    };
    Dispatcher::new(memory.ports(), Transport::over(resolver, settings).unwrap(), settings)
}

/// The ids of the events that requests carry, in the order of their arrival.
pub fn event_ids(requests: &[local::Request]) -> Vec<String> {
    let id = |request: &local::Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        body["id"].as_str().unwrap().to_owned()
    };
    requests.iter().map(id).collect()
}

/// Shares a counter between an answer and its test.
pub fn counter() -> Arc<AtomicUsize> {
    Arc::default()
}
