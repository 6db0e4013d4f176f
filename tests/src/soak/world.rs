//! The stack with its tenants and webhooks, made over the API as admins make them.

use std::path::PathBuf;
use std::time::Duration;

use local::{Grant, Options, Stack};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::ledger::Ledger;
use super::plan::{Conduct, Plan, tenant_name};

/// A host that is mapped to a port where nobody listens (tcpmux, RFC 1078).
const DOWN: &str = "down.example.com";
const NOWHERE: &str = "127.0.0.1:1";
/// The type of all events. The webhooks want no other: their own creation is an event too.
pub(super) const EVENT_TYPE: &str = "project_scan.finished";

/// Where a run finds and leaves things.
#[derive(Clone, Debug)]
pub struct Places {
    /// The functions' programs; none is beside this program.
    pub bin_dir: Option<PathBuf>,
    /// Where the functions' logs go.
    pub state_dir: PathBuf,
}

/// A running stack and what was made in it.
pub(super) struct World {
    pub(super) stack: Stack,
    /// The tenant and the id of each webhook.
    pub(super) webhooks: Vec<(usize, String)>,
    http: reqwest::Client,
}

impl World {
    pub(super) async fn start(plan: &Plan, places: Places) -> Self {
        let environment = [
            ("DELIVERY_DANGER_CONNECT_TO", format!("{DOWN}:443:{NOWHERE}")),
            // A receiver that recovers is probed within seconds.
            ("DELIVERY_DANGER_WAIT_FACTOR", "0.02".to_owned()),
            ("TENANT_CACHE_SECONDS", plan.tenant_cache.as_secs().to_string()),
        ];
        let options = Options {
            port: None,
            state_dir: places.state_dir,
            environment: environment.map(|(name, value)| (name.to_owned(), value)).into(),
            bin_dir: places.bin_dir,
        };
        let stack = Stack::start(options).await.unwrap_or_else(|error| panic!("{error}"));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut world = Self { stack, webhooks: Vec::new(), http };
        for queue in plan.queues {
            if let Some(hidden) = queue.hidden {
                world.stack.sqs().set_visibility_timeout(world.queue_url(queue.name), hidden).await.unwrap();
            }
        }
        for tenant in 0..plan.tenants.len() {
            world.introduce(tenant).await;
        }
        for (hook, (tenant, conduct)) in plan.hooks().enumerate() {
            let id = world.create(hook, tenant, conduct).await;
            world.webhooks.push((tenant, id));
        }
        // Until then a dispatcher that has just seen a tenant does not see its new webhooks.
        sleep(plan.tenant_cache).await;
        world
    }

    pub(super) fn queue_url(&self, queue: &str) -> &str {
        let file = self.stack.file();
        match queue {
            "EventsQueue" => &file.events_queue_url,
            "DeliveriesQueue" => &file.deliveries_queue_url,
            other => panic!("{other}"),
        }
    }

    /// Tells the service of a tenant, and waits until it may have webhooks.
    async fn introduce(&self, tenant: usize) {
        let name = tenant_name(tenant);
        let message = json!({
            "version": 1, "kind": "tenantUpdated", "tenantId": name, "edition": "advanced",
            "siteUrl": format!("https://{name}.atlassian.net"), "updatedAt": "2026-11-23T15:40:00Z",
        });
        let queue = &self.stack.file().events_queue_url;
        self.stack.sqs().send(queue, &message.to_string(), Some(&name)).await.unwrap();
        while self.ask(tenant, Method::GET, "/v1/tenant", None).await["webhooksEnabled"] != true {
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn create(&self, hook: usize, tenant: usize, conduct: Conduct) -> String {
        let origin = match conduct {
            Conduct::Down => format!("https://{DOWN}"),
            Conduct::Well | Conduct::Recovers | Conduct::Hangs => {
                self.stack.file().receiver_url.trim_end_matches('/').to_owned()
            }
        };
        let body = json!({
            "displayName": format!("{hook} {conduct:?}"), "url": format!("{origin}{}", Ledger::path(hook)),
            "eventTypes": [EVENT_TYPE], "authorization": Ledger::authorization(hook),
        });
        let made = self.ask(tenant, Method::POST, "/v1/webhooks", Some(body)).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// How many deliveries wait for each webhook, as its admin sees it.
    pub(super) async fn pending(&self) -> Vec<usize> {
        let mut pending = Vec::new();
        for (tenant, id) in &self.webhooks {
            let path = format!("/v1/webhooks/{id}/deliveries/summary?window=24h");
            let summary = self.ask(*tenant, Method::GET, &path, None).await;
            pending.push(usize::try_from(summary["pending"].as_u64().unwrap()).unwrap());
        }
        pending
    }

    /// The messages of a queue: visible, delayed and handed out.
    pub(super) async fn messages(&self, queue_url: &str) -> usize {
        let attributes = self.stack.sqs().attributes(queue_url).await.unwrap();
        let kinds = ["", "Delayed", "NotVisible"];
        kinds
            .iter()
            .map(|kind| attributes[&format!("ApproximateNumberOfMessages{kind}")].parse::<usize>().unwrap())
            .sum()
    }

    /// The messages that were given up.
    pub(super) async fn dead_letters(&self) -> usize {
        let urls = &self.stack.file().dead_letter_queue_urls;
        self.messages(&urls.events).await + self.messages(&urls.deliveries).await
    }

    /// Asks the API as an admin of this tenant.
    async fn ask(&self, tenant: usize, method: Method, path: &str, body: Option<Value>) -> Value {
        let token = self.stack.issuer().token(&Grant::admin(&tenant_name(tenant))).unwrap();
        let url = format!("{}{path}", self.stack.file().api_url);
        let mut request = self.http.request(method, url).bearer_auth(token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }
}
