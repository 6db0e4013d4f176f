//! What one tenant notices of the others, in virtual time.

use std::time::Duration;

use domain::delivery::BacklogItem;
use domain::ids::WakeToken;
use domain::message::{AuditEvent, DeliveriesMessage, EventsMessage};
use domain::row::{Change, Guard, Wake, WebhookRow};
use serde_json::json;

use super::receivers::Mood;
use super::service::Service;
use super::world::World;
use crate::rig::add_webhook;

/// Who else uses the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbors {
    /// Nobody.
    None,
    /// A tenant with 10,000 queued events, whose one receiver hangs and whose other one answers
    /// after 9 s each time; and one whose backlog of 100,000 drains.
    Noisy,
}

/// As the local stack has, the fewest that there are.
const AT_ONCE: usize = 5;
const QUEUED: usize = 10_000;
const WAITING: u32 = 100_000;
/// A quiet tenant's events, and how far apart they are.
const EVENTS: usize = 300;
const APART: Duration = Duration::from_secs(2);

/// How long each event of a quiet tenant took from the queue to its receiver,
/// shortest first.
pub fn waits_of_a_quiet_tenant(neighbors: Neighbors) -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let world = World::new(1);
        let quiet = at(&world, "quiet", "quiet.example.com").await;
        if neighbors == Neighbors::Noisy {
            make_noise(&world).await;
        }
        let mut service = Service::new(world.clone(), AT_ONCE, false, false);
        let mut sent = Vec::new();
        for number in 0..EVENTS {
            world.publish("quiet", &format!("q{number}"));
            sent.push(tokio::time::Instant::now());
            service.drive(APART).await;
        }
        service.drive(Duration::from_secs(60)).await;
        assert_eq!(world.memory.backlog_of(&quiet.key.webhook), [], "nothing of the quiet tenant waits");
        let arrivals = world.receivers.arrivals();
        let of = |number: usize| {
            let id = format!("q{number}");
            arrivals.iter().find(|arrival| arrival.event == id).map(|arrival| arrival.began)
        };
        let mut waits: Vec<Duration> =
            sent.iter().enumerate().map(|(number, sent)| of(number).unwrap() - *sent).collect();
        waits.sort();
        waits
    })
}

async fn at(world: &World, tenant: &str, host: &str) -> WebhookRow {
    add_webhook(&world.memory.ports(), tenant, json!({ "url": format!("https://{host}/hook") })).await
}

async fn make_noise(world: &World) {
    at(world, "noisy", "hanging.example.com").await;
    at(world, "noisy", "slow.example.com").await;
    world.receivers.set("hanging.example.com", Mood::Hanging);
    world.receivers.set("slow.example.com", Mood::Slow);
    for number in 0..QUEUED {
        world.publish("noisy", &format!("n{number}"));
    }
    let drained = at(world, "drained", "drained.example.com").await;
    fill(world, &drained).await;
}

/// A backlog, and the one message that wakes it.
async fn fill(world: &World, row: &WebhookRow) {
    let ports = world.memory.ports();
    let text = json!({
        "version": 1, "kind": "auditEvent", "id": "EVENT", "tenantId": "drained",
        "type": "project_scan.finished", "occurredAt": world.now(), "details": {},
    })
    .to_string();
    for number in 0..WAITING {
        let text = text.replace("EVENT", &format!("d{number}"));
        let event: AuditEvent<'_> = match EventsMessage::parse(&text) {
            Ok(EventsMessage::AuditEvent(event)) => event,
            other => panic!("{other:?}"),
        };
        let delivery = event.delivery_to(&row.key.webhook);
        let item = BacklogItem::untried(delivery, text.as_str().into(), world.now());
        ports.backlog.put(&row.key.webhook, &item).await.unwrap();
    }
    let token = WakeToken::new(world.now(), 1);
    let wake = Wake { token: token.clone(), at: world.now(), busy: false };
    ports.webhooks.update(&row.key, &[Guard::On], &[Change::Wake(wake)]).await.unwrap();
    let message = DeliveriesMessage::wake_up(&row.key.tenant, &row.key.webhook, &token);
    world.deliveries.send(&message, "drained", Duration::ZERO);
}
