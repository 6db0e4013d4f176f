//! The API over memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::auth::Authenticator;
use api::outbound::Outbound;
use api::page::Page;
use api::slack::Slack;
use api::{Api, Rules, router};
use axum::Router;
use axum::http::{Method, StatusCode};
use domain::ids::{TenantId, WebhookId};
use domain::memory::Memory;
use domain::ports::{Freshness, Ports};
use domain::row::{WebhookKey, WebhookRow};
use domain::tenant::{Edition, Tenant};
use domain::time::Timestamp;
use domain::webhook::host::AllowedSuffixes;
use platform::settings::AuthSettings;
use serde_json::{Value, json};

pub(crate) use crate::call::{Answer, Call};
use crate::canary;
use crate::issuer::{self, Issuer};
use crate::listener::Listener;
use crate::slack_app::FixedApp;
use crate::urls::Lookups;

pub(crate) const URL: &str = "https://hec.example.com:8088/services/collector/raw";

/// The address under which browsers find the API.
pub(crate) const PUBLIC_URL: &str = "https://webhooks.example.com";

pub(crate) struct World {
    pub(crate) memory: Memory,
    pub(crate) issuer: Issuer,
    /// Where codes are exchanged.
    pub(crate) slack: Listener,
    /// What was looked up to ask somebody.
    pub(crate) lookups: Arc<Lookups>,
    router: Router,
}

pub(crate) fn start() -> Timestamp {
    Timestamp::parse("2026-11-23T15:40:00Z").unwrap()
}

pub(crate) fn tenant(id: &str) -> TenantId {
    TenantId::parse(id).unwrap()
}

pub(crate) fn claims(tenant: &str, account: &str, role: &str) -> Value {
    json!({
        "iss": "https://issuer.example", "aud": "webhooks", "exp": start().as_seconds() + 86_400,
        "tenant": tenant, "sub": account, "role": role,
    })
}

/// Signed once: signing takes longer than many a request.
pub(crate) fn token(tenant: &str, account: &str, role: &str) -> String {
    static SIGNED: Mutex<BTreeMap<[String; 3], String>> = Mutex::new(BTreeMap::new());
    let whose = [tenant, account, role].map(str::to_owned);
    let sign = || issuer::ec().sign(&claims(tenant, account, role));
    SIGNED.lock().unwrap().entry(whose).or_insert_with(sign).clone()
}

impl World {
    /// The tenant `acme` has the advanced edition, and so has any that was not named.
    pub(crate) async fn new() -> Self {
        Self::over(|ports| ports).await
    }

    /// As `new`, with these ports in the place of the memory's.
    pub(crate) async fn over(wrap: impl FnOnce(Ports) -> Ports) -> Self {
        Self::showing(wrap, Page::new(&[], &[])).await
    }

    /// As `over`, with this page.
    pub(crate) async fn showing(wrap: impl FnOnce(Ports) -> Ports, page: Page) -> Self {
        canary::listen();
        let memory = Memory::new(start(), 7);
        let issuer = Issuer::start();
        let settings = AuthSettings {
            issuer: "https://issuer.example".to_owned(),
            jwks_url: issuer.url.parse().unwrap(),
            audience: "webhooks".to_owned(),
            tenant_claim: "/tenant".to_owned(),
            user_claim: "/sub".to_owned(),
            admin_claim: "/role".to_owned(),
            admin_value: "admin".to_owned(),
        };
        let rules = Rules {
            default_edition: Edition::Advanced,
            allowed_suffixes: AllowedSuffixes::parse("corp").unwrap(),
        };
        let (lookups, slack) = (Arc::new(Lookups::default()), Listener::start());
        let outbound = Outbound::looking_up_by(lookups.clone()).unwrap();
        let authenticator = Authenticator::new(settings, outbound.clone());
        let (base_url, public_url) = (slack.url.parse().unwrap(), PUBLIC_URL.parse().unwrap());
        let at_slack = Slack::new(outbound, Arc::new(FixedApp), &base_url, &public_url);
        let router =
            router(Api::new(wrap(canary::overhear(memory.ports())), authenticator, at_slack, page, rules));
        let world = Self { memory, issuer, slack, lookups, router };
        world.set_edition("acme", Edition::Advanced).await;
        world
    }

    pub(crate) async fn set_edition(&self, id: &str, edition: Edition) {
        let state = Tenant::Installed {
            edition,
            site_url: format!("https://{id}.atlassian.net"),
            updated_at: self.now(),
        };
        self.memory.advance(Duration::from_millis(1));
        assert!(self.memory.ports().webhooks.record_tenant(&tenant(id), &state).await.unwrap());
    }

    pub(crate) async fn remove_tenant(&self, id: &str) {
        let state = Tenant::Removed { updated_at: self.now() };
        assert!(self.memory.ports().webhooks.record_tenant(&tenant(id), &state).await.unwrap());
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.memory.ports().clock.now()
    }

    pub(crate) async fn rows(&self, id: &str) -> Vec<WebhookRow> {
        let roster = self.memory.ports().webhooks.roster(&tenant(id), Freshness::Consistent).await.unwrap();
        roster.webhooks.iter().map(|row| row.as_ref().clone()).collect()
    }

    pub(crate) async fn row(&self, id: &str) -> WebhookRow {
        let key = WebhookKey { tenant: tenant("acme"), webhook: WebhookId::parse(id).unwrap() };
        self.memory.ports().webhooks.get(&key).await.unwrap().unwrap()
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// A request by an admin of `acme`.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'_> {
        Call::new(&self.router, method, path).token(&token("acme", "u1", "admin"))
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'_> {
        self.call(Method::POST, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call<'_> {
        self.call(Method::DELETE, path)
    }

    /// A creation with this body.
    pub(crate) fn create(&self, body: &Value) -> Call<'_> {
        self.post("/v1/webhooks").json(body)
    }

    /// A patch of whatever version there is.
    pub(crate) fn patch(&self, id: &str, body: &Value) -> Call<'_> {
        self.call(Method::PATCH, &format!("/v1/webhooks/{id}")).json(body).header("if-match", "*")
    }

    /// A webhook with these fields; its id.
    pub(crate) async fn webhook(&self, fields: &Value) -> String {
        let mut body = json!({"displayName": "Splunk prod", "url": URL});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let answer = self.create(&body).send().await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.body["id"].as_str().unwrap().to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            canary::assert_hidden_in(&self.memory);
        }
    }
}
