//! The API over memory, and requests to it.

use std::sync::Arc;
use std::time::Duration;

use api::auth::Authenticator;
use api::outbound::Outbound;
use api::page::Page;
use api::slack::Slack;
use api::{Api, Rules, router};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use domain::ids::{TenantId, WebhookId};
use domain::memory::Memory;
use domain::ports::{Freshness, Ports};
use domain::row::{WebhookKey, WebhookRow};
use domain::tenant::{Edition, Tenant};
use domain::time::Timestamp;
use domain::webhook::host::AllowedSuffixes;
use platform::settings::AuthSettings;
use serde_json::{Value, json};
use tower::ServiceExt;

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

pub(crate) fn token(tenant: &str, account: &str, role: &str) -> String {
    issuer::ec().sign(&claims(tenant, account, role))
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
        let router = router(Api::new(wrap(memory.ports()), authenticator, at_slack, page, rules));
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
        let call = Call {
            router: &self.router,
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        call.token(&token("acme", "u1", "admin"))
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

pub(crate) struct Call<'a> {
    router: &'a Router,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Call<'_> {
    /// Replaces the header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    /// Adds a header beside those of the same name.
    pub(crate) fn another(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub(crate) async fn send(self) -> Answer {
        let mut request =
            Request::builder().method(self.method).uri(self.path).body(Body::from(self.body)).unwrap();
        *request.headers_mut() = self.headers;
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status: parts.status, headers: parts.headers, text, body };
        answer.holds_what_every_answer_holds();
        answer
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Status and code of a problem.
    pub(crate) fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.code())
    }

    /// The faults of a 422, as `pointer code`.
    pub(crate) fn faults(&self) -> Vec<String> {
        assert_eq!(self.problem(), (422, "validation_failed"), "{}", self.text);
        let faults = self.body["errors"].as_array().unwrap();
        faults
            .iter()
            .map(|fault| {
                format!("{} {}", fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap())
            })
            .collect()
    }

    fn holds_what_every_answer_holds(&self) {
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        let is_page = self.header("content-type") == Some("text/html; charset=utf-8");
        if !self.status.is_success() && !self.status.is_redirection() && !is_page {
            assert_eq!(self.header("content-type"), Some("application/problem+json"));
            let keys: Vec<_> = self.body.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, ["code", "detail", "errors", "requestId", "status", "title", "type"]);
            assert_eq!(self.body["status"], self.status.as_u16());
            let is_invalid = self.code() == "validation_failed";
            assert_eq!(is_invalid, !self.body["errors"].as_array().unwrap().is_empty());
            assert_eq!(self.body["requestId"].as_str().unwrap().len(), 32);
            assert_eq!(self.status == 401, self.headers.contains_key("www-authenticate"));
            let asks_to_wait = matches!(self.status.as_u16(), 429 | 503);
            assert!(!asks_to_wait || self.headers.contains_key("retry-after"));
        }
    }
}
