//! The order in which faults are answered: of two, the one that stands first
//! in the contract.

use axum::http::Method;
use domain::tenant::Edition;
use serde_json::json;

use crate::world::{Answer, URL, World, token};

/// In the contract's order.
const FAULTS: [Fault; 12] = [
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
];

#[derive(Clone, Copy, Debug)]
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
}

impl Fault {
    fn problem(self) -> (u16, &'static str) {
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
        }
    }
}

/// A patch that would succeed, until faults are put into it.
struct Shape {
    method: Method,
    path: String,
    token: Option<String>,
    content_type: &'static str,
    if_match: Option<&'static str>,
    body: String,
}

impl Shape {
    fn put(&mut self, fault: Fault, tenant: &str) {
        match fault {
            Fault::NoRoute => self.path = format!("{}/nothing", self.path),
            Fault::NoMethod => self.method = Method::PUT,
            Fault::NoToken => self.token = None,
            Fault::NotAdmin => self.token = Some(token(tenant, "u1", "user")),
            Fault::UnknownId => "/v1/webhooks/wh_01ARYZ6S410000000000000000".clone_into(&mut self.path),
            Fault::NoLicense => {}
            Fault::MediaType => self.content_type = "text/plain",
            Fault::TooLarge => self.body.push_str(&" ".repeat(70_000)),
            Fault::NotJson => self.body = self.body.replace('{', "["),
            Fault::NoIfMatch => self.if_match = None,
            Fault::Stale => self.if_match = Some("\"99\""),
            Fault::Invalid => self.body = self.body.replace("new name", ""),
        }
    }

    async fn send(self, world: &World) -> Answer {
        let mut call =
            world.call(self.method, &self.path).header("content-type", self.content_type).body(self.body);
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

#[tokio::test]
async fn of_two_faults_the_first_in_order_is_answered() {
    let world = World::new().await;
    let licensed = world.webhook(&json!({})).await;
    let admin = token("plain", "u1", "admin");
    let created = world.create(&json!({"displayName": "n", "url": URL})).token(&admin).send().await;
    let unlicensed = created.body["id"].as_str().unwrap().to_owned();
    world.set_edition("plain", Edition::Standard).await;

    for (place, first) in FAULTS.into_iter().enumerate() {
        for second in FAULTS.into_iter().skip(place) {
            let is_unlicensed = matches!((first, second), (Fault::NoLicense, _) | (_, Fault::NoLicense));
            let (tenant, id) = if is_unlicensed { ("plain", &unlicensed) } else { ("acme", &licensed) };
            let mut shape = Shape {
                method: Method::PATCH,
                path: format!("/v1/webhooks/{id}"),
                token: Some(token(tenant, "u1", "admin")),
                content_type: "application/json",
                if_match: Some("\"1\""),
                body: json!({"displayName": "new name"}).to_string(),
            };
            // The first one last: of two that exclude each other it stays.
            shape.put(second, tenant);
            shape.put(first, tenant);
            let answer = shape.send(&world).await;
            assert_eq!(answer.problem(), first.problem(), "{first:?} and {second:?}: {}", answer.text);
        }
    }
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
