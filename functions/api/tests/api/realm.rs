//! Four tenants, each with all that a route can name.

use axum::http::StatusCode;
use domain::attempt::{Attempt, AttemptError};
use domain::delivery::{BacklogItem, Outcome};
use domain::ids::{DeliveryId, EventId, WebhookId};
use domain::tenant::Edition;
use serde_json::json;

use crate::world::{URL, World, start, token};

/// How a caller's tenant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    Licensed,
    /// No message has named it yet; it has nothing.
    Unnamed,
    Unlicensed,
    Removed,
}

impl Standing {
    pub(crate) const ALL: [Self; 4] = [Self::Licensed, Self::Unnamed, Self::Unlicensed, Self::Removed];

    pub(crate) const fn tenant(self) -> &'static str {
        match self {
            Self::Licensed => "acme",
            Self::Unnamed => "new-tenant",
            Self::Unlicensed => "plain-tenant",
            Self::Removed => "gone-tenant",
        }
    }
}

/// What a tenant has.
#[derive(Clone)]
pub(crate) struct Estate {
    pub(crate) webhook: String,
    /// Of the webhook.
    pub(crate) delivery: String,
    /// Of another webhook of the tenant.
    pub(crate) sibling: String,
    pub(crate) installation: String,
}

impl Estate {
    /// Ids of the right form that nobody has.
    pub(crate) fn nowhere() -> Self {
        let id = |prefix: &str| format!("{prefix}_01ARYZ6S410000000000000000");
        Self { webhook: id("wh"), delivery: id("dlv"), sibling: id("dlv"), installation: id("si") }
    }

    fn ids(&self) -> [&str; 4] {
        [&self.webhook, &self.delivery, &self.sibling, &self.installation]
    }
}

/// A world with a tenant of each standing.
pub(crate) struct Realm {
    pub(crate) world: World,
    estates: [Estate; 4],
}

impl Realm {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let mut estates = [Estate::nowhere(), Estate::nowhere(), Estate::nowhere(), Estate::nowhere()];
        for (standing, estate) in Standing::ALL.into_iter().zip(&mut estates) {
            if standing != Standing::Unnamed {
                *estate = settle(&world, standing.tenant()).await;
            }
        }
        world.set_edition(Standing::Unlicensed.tenant(), Edition::Standard).await;
        world.remove_tenant(Standing::Removed.tenant()).await;
        Self { world, estates }
    }

    pub(crate) fn estate(&self, standing: Standing) -> &Estate {
        let place = Standing::ALL.iter().position(|other| *other == standing).unwrap();
        &self.estates[place]
    }

    /// Fails when the text names what another tenant has.
    pub(crate) fn assert_names_no_other(&self, standing: Standing, text: &str, at: &str) {
        let nowhere = Estate::nowhere();
        for other in Standing::ALL.into_iter().filter(|other| *other != standing) {
            let ids = self.estate(other).ids();
            let told = ids.into_iter().filter(|id| !nowhere.ids().contains(id)).chain([other.tenant()]);
            for id in told {
                assert!(!text.contains(id), "{at}: {id} of {other:?} in {text}");
            }
        }
    }
}

async fn settle(world: &World, tenant: &str) -> Estate {
    let mut found = Vec::new();
    for name in ["first", "second"] {
        let body = json!({"displayName": name, "url": URL, "authorization": "Splunk hunter2"});
        let made = world.create(&body).token(&token(tenant, "u1", "admin")).send().await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let webhook = WebhookId::parse(made.body["id"].as_str().unwrap()).unwrap();
        found.push((webhook.to_string(), failed(world, &webhook, tenant).await.to_string()));
    }
    let (installation, _) = world.begin(tenant).await;
    let (webhook, delivery) = found.remove(0);
    Estate { webhook, delivery, sibling: found.remove(0).1, installation }
}

/// A delivery that the receiver refused.
async fn failed(world: &World, webhook: &WebhookId, tenant: &str) -> DeliveryId {
    let delivery = DeliveryId::of(&EventId::parse("e1").unwrap(), start(), webhook);
    let event = json!({
        "version": 1, "kind": "auditEvent", "id": "e1", "tenantId": tenant, "type": "findings.exported",
        "occurredAt": start().to_string(), "actor": null, "details": {},
    });
    let attempt = Attempt {
        at: start(),
        duration_ms: 9,
        status_code: Some(400),
        error: Some(AttemptError::HttpStatus),
    };
    let item = BacklogItem::untried(delivery.clone(), event.to_string().into(), start());
    let entry = item.after(attempt).into_entry(Outcome::Failed);
    world.memory.ports().log.put(webhook, &entry).await.unwrap();
    delivery
}
