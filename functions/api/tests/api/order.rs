//! The order in which faults are answered: of two, the one that stands first
//! in the contract.

use axum::http::Method;
use domain::tenant::Edition;
use serde_json::json;

use crate::world::{Answer, URL, World, token};

/// In the contract's order.
const FAULTS: [Fault; 13] = [
    Fault::NoRoute,
    Fault::NoMethod,
    Fault::NoToken,
    Fault::NotAdmin,
    Fault::UnknownId,
    Fault::NoLicense,
    Fault::MediaType,
    Fault::TooLarge,
    Fault::NotJson,
    Fault::NoIfMatch,
    Fault::Stale,
    Fault::Invalid,
    Fault::Conflict,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    NoRoute,
    NoMethod,
    NoToken,
    NotAdmin,
    UnknownId,
    NoLicense,
    MediaType,
    TooLarge,
    NotJson,
    NoIfMatch,
    Stale,
    Invalid,
    Conflict,
}

impl Fault {
    fn problem(self, conflict: &'static str) -> (u16, &'static str) {
        match self {
            Self::NoRoute => (404, "no_such_route"),
            Self::NoMethod => (405, "method_not_allowed"),
            Self::NoToken => (401, "unauthorized"),
            Self::NotAdmin => (403, "not_admin"),
            Self::UnknownId => (404, "not_found"),
            Self::NoLicense => (403, "license_required"),
            Self::MediaType => (415, "unsupported_media_type"),
            Self::TooLarge => (413, "body_too_large"),
            Self::NotJson => (400, "not_json"),
            Self::NoIfMatch => (428, "precondition_required"),
            Self::Stale => (412, "precondition_failed"),
            Self::Invalid => (422, "validation_failed"),
            Self::Conflict => (409, conflict),
        }
    }
}

/// A request that would succeed, until faults are put into it.
struct Shape {
    method: Method,
    /// `{id}` is the webhook.
    path: String,
    token: Option<String>,
    content_type: &'static str,
    if_match: Option<&'static str>,
    body: String,
}

/// A route, and the faults that a request to it can have beside those that all can.
struct Route {
    method: Method,
    path: &'static str,
    body: &'static str,
    faults: &'static [Fault],
    conflict: &'static str,
}

const OF_ALL: [Fault; 4] = [Fault::NoRoute, Fault::NoMethod, Fault::NoToken, Fault::NotAdmin];
const OF_BODIES: [Fault; 4] = [Fault::MediaType, Fault::TooLarge, Fault::NotJson, Fault::Invalid];

const ROUTES: [Route; 6] = [
    Route {
        method: Method::PATCH,
        path: "/v1/webhooks/{id}",
        body: r#"{"displayName": "good"}"#,
        faults: &[Fault::UnknownId, Fault::NoLicense, Fault::NoIfMatch, Fault::Stale],
        conflict: "",
    },
    Route {
        method: Method::POST,
        path: "/v1/webhooks",
        body: r#"{"displayName": "good", "url": "https://hec.example.com/"}"#,
        faults: &[Fault::NoLicense, Fault::Conflict],
        conflict: "too_many_webhooks",
    },
    Route {
        method: Method::POST,
        path: "/v1/webhooks/{id}/deliveries/redeliver",
        body: r#"{"status": "failed", "since": "2026-11-01T00:00:00Z"}"#,
        faults: &[Fault::UnknownId, Fault::NoLicense, Fault::Conflict],
        conflict: "webhook_not_active",
    },
    Route {
        method: Method::DELETE,
        path: "/v1/webhooks/{id}",
        body: "",
        faults: &[Fault::UnknownId, Fault::NoIfMatch, Fault::Stale],
        conflict: "",
    },
    Route {
        method: Method::POST,
        path: "/v1/webhooks/{id}/test",
        body: "",
        faults: &[Fault::UnknownId, Fault::NoLicense],
        conflict: "",
    },
    Route {
        method: Method::POST,
        path: "/v1/slack/installations",
        body: "",
        faults: &[Fault::NoLicense],
        conflict: "",
    },
];

impl Route {
    fn can_have(&self, fault: Fault) -> bool {
        let has_body = !self.body.is_empty() && OF_BODIES.contains(&fault);
        OF_ALL.contains(&fault) || has_body || self.faults.contains(&fault)
    }

    fn shape(&self, tenant: &str) -> Shape {
        Shape {
            method: self.method.clone(),
            path: self.path.to_owned(),
            token: Some(token(tenant, "u1", "admin")),
            content_type: "application/json",
            if_match: Some("*"),
            body: self.body.to_owned(),
        }
    }
}

impl Shape {
    fn put(&mut self, fault: Fault, tenant: &str) {
        match fault {
            Fault::NoRoute => self.path = format!("{}/a/b/c/d/e", self.path),
            Fault::NoMethod => self.method = Method::PUT,
            Fault::NoToken => self.token = None,
            Fault::NotAdmin => self.token = Some(token(tenant, "u1", "user")),
            Fault::UnknownId => self.path = self.path.replace("{id}", "wh_01ARYZ6S410000000000000000"),
            // Of the tenant and its webhook.
            Fault::NoLicense | Fault::Conflict => {}
            Fault::MediaType => self.content_type = "text/plain",
            Fault::TooLarge => self.body.push_str(&" ".repeat(70_000)),
            Fault::NotJson => self.body = self.body.replace('{', "["),
            Fault::NoIfMatch => self.if_match = None,
            Fault::Stale => self.if_match = Some("\"99\""),
            Fault::Invalid => self.body = self.body.replace('}', r#", "nonsense": 1}"#),
        }
    }

    async fn send(self, world: &World, id: &str) -> Answer {
        let path = self.path.replace("{id}", id);
        let mut call =
            world.call(self.method, &path).header("content-type", self.content_type).body(self.body);
        call = match self.token {
            Some(token) => call.token(&token),
            None => call.without("authorization"),
        };
        if let Some(tag) = self.if_match {
            call = call.header("if-match", tag);
        }
        call.send().await
    }
}

/// A tenant that has 50 webhooks, of which this one is paused.
async fn full(world: &World, tenant: &str) -> String {
    let admin = token(tenant, "u1", "admin");
    let mut id = String::new();
    for place in 0..50 {
        let body = json!({"displayName": place.to_string(), "url": URL, "enabled": false});
        let made = world.create(&body).token(&admin).send().await;
        made.body["id"].as_str().unwrap().clone_into(&mut id);
    }
    id
}

#[tokio::test]
async fn of_two_faults_the_first_in_order_is_answered() {
    let world = World::new().await;
    let good = world.webhook(&json!({})).await;
    let (paused, unlicensed) = (full(&world, "full").await, full(&world, "plain").await);
    world.set_edition("plain", Edition::Standard).await;
    let (held, mut cases) = (world.memory.fingerprint(), 0);
    for route in &ROUTES {
        let faults: Vec<Fault> = FAULTS.into_iter().filter(|fault| route.can_have(*fault)).collect();
        for (place, first) in faults.iter().copied().enumerate() {
            for second in faults.iter().copied().skip(place) {
                let (tenant, id) = match (first, second) {
                    (Fault::NoLicense, _) | (_, Fault::NoLicense) => ("plain", &unlicensed),
                    (_, Fault::Conflict) => ("full", &paused),
                    _ => ("acme", &good),
                };
                let mut shape = route.shape(tenant);
                // The first one last: of two that exclude each other it stays.
                shape.put(second, tenant);
                shape.put(first, tenant);
                let (at, answer) = (format!("{} {}", route.method, route.path), shape.send(&world, id).await);
                let expected = first.problem(route.conflict);
                assert_eq!(answer.problem(), expected, "{at}: {first:?} and {second:?}: {}", answer.text);
                cases += 1;
            }
        }
    }
    assert!(cases >= 250, "{cases}");
    assert_eq!(world.memory.fingerprint(), held, "a refused request changes nothing");
}

#[tokio::test]
async fn a_conflict_comes_after_the_rules() {
    let world = World::new().await;
    for place in 0..50 {
        world.webhook(&json!({"displayName": place.to_string()})).await;
    }
    let invalid = world.create(&json!({"displayName": "", "url": URL})).send().await;
    assert_eq!(invalid.faults(), ["/displayName invalid_display_name"]);
    let one_more = world.create(&json!({"displayName": "n", "url": URL})).send().await;
    assert_eq!(one_more.problem(), (409, "too_many_webhooks"));
}
