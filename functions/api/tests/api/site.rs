//! A webhook with deliveries of every status.

use std::time::Duration;

use axum::http::StatusCode;
use domain::attempt::{Attempt, AttemptError};
use domain::delivery::{BacklogItem, Outcome};
use domain::ids::{DeliveryId, EventId, RedeliveryId, WebhookId};
use domain::row::{BacklogKey, Change};
use domain::time::Timestamp;
use serde_json::json;

use crate::world::{Answer, World, start};

/// A webhook of `acme` and its deliveries.
pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) webhook: WebhookId,
}

pub(crate) fn at(seconds: u64) -> Timestamp {
    start().plus(Duration::from_secs(seconds))
}

impl Site {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let webhook = WebhookId::parse(&world.webhook(&json!({})).await).unwrap();
        Self { world, webhook }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/webhooks/{}/deliveries{rest}", self.webhook)
    }

    pub(crate) async fn get(&self, rest: &str) -> Answer {
        self.world.get(&self.path(rest)).send().await
    }

    pub(crate) async fn post(&self, rest: &str) -> Answer {
        self.world.post(&self.path(rest)).send().await
    }

    pub(crate) fn id(&self, seconds: u64) -> DeliveryId {
        DeliveryId::of(&EventId::parse(&format!("e{seconds}")).unwrap(), at(seconds), &self.webhook)
    }

    pub(crate) fn item(&self, seconds: u64) -> BacklogItem {
        let event = json!({
            "version": 1, "kind": "auditEvent", "id": format!("e{seconds}"), "tenantId": "acme",
            "type": "findings.exported", "occurredAt": at(seconds).to_string(), "actor": null,
            "details": {"projectId": "1"},
        });
        BacklogItem::untried(self.id(seconds), event.to_string().into(), at(seconds))
    }

    pub(crate) async fn waits(&self, item: BacklogItem) {
        self.world.memory.ports().backlog.put(&self.webhook, &item).await.unwrap();
    }

    pub(crate) async fn logged(&self, seconds: u64, outcome: Outcome) {
        self.ended(self.item(seconds), at(seconds), outcome).await;
    }

    /// The log has what came of an item, which is not removed.
    pub(crate) async fn ended(&self, item: BacklogItem, at: Timestamp, outcome: Outcome) {
        let error = (outcome == Outcome::Failed).then_some(AttemptError::HttpStatus);
        let code = if error.is_some() { 400 } else { 204 };
        let attempt = Attempt { at, duration_ms: 12, status_code: Some(code), error };
        let entry = item.after(attempt).into_entry(outcome);
        self.world.memory.ports().log.put(&self.webhook, &entry).await.unwrap();
    }

    /// What the log has waits once more, at second 9, because an admin asked for it.
    pub(crate) async fn waits_again(&self, seconds: u64) -> BacklogItem {
        let id = self.id(seconds);
        let entry = self.world.memory.ports().log.get(&self.webhook, &id).await.unwrap().unwrap();
        let key = BacklogKey::by_hand(id, &RedeliveryId::new(at(9), 1));
        let item = BacklogItem::again(key, entry, at(9));
        self.waits(item.clone()).await;
        item
    }

    pub(crate) async fn change(&self, change: Change) {
        let row = self.world.row(self.webhook.as_str()).await;
        assert!(self.world.memory.ports().webhooks.update(&row.key, &[], &[change]).await.is_ok());
    }

    /// Ids and statuses of all pages.
    pub(crate) async fn walk(&self, query: &str) -> Vec<(String, String)> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("?{query}{cursor}")).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            for item in page.body["items"].as_array().unwrap() {
                let text = |key: &str| item[key].as_str().unwrap().to_owned();
                all.push((text("id"), text("status")));
            }
            match page.body["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    pub(crate) fn expected(&self, all: &[(u64, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(seconds, status)| (self.id(*seconds).to_string(), (*status).to_owned())).collect()
    }
}

/// Deliveries of every status; what came before second 4 is held.
pub(crate) async fn of_every_kind() -> Site {
    let site = Site::new().await;
    for seconds in [1, 3, 8] {
        site.waits(site.item(seconds)).await;
    }
    for (seconds, outcome) in [(2, Outcome::Succeeded), (5, Outcome::Failed), (7, Outcome::Succeeded)] {
        site.logged(seconds, outcome).await;
    }
    site.change(Change::HoldPending(at(4))).await;
    site
}
