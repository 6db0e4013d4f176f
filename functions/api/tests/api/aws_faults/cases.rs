//! Requests, and the calls that each makes, in their order.

use axum::http::Method;
use serde_json::json;

use super::Scene;
use super::Told::{self, Fails, NoSecret, Succeeds};
use crate::routes::everything;
use crate::world::{Call, URL};

/// Made anew for each try.
type Request = for<'a> fn(&'a Scene) -> Call<'a>;

/// What it is, the request, the status of its success, and its calls in their order.
pub(super) type Case = (&'static str, Request, u16, &'static [(&'static str, Told)]);

pub(super) const READS: &[Case] = &[
    ("the tenant", |scene| scene.get("/v1/tenant"), 200, &[ROSTER]),
    ("all webhooks", |scene| scene.get("/v1/webhooks"), 200, &[ROSTER]),
    (
        "all webhooks with their last deliveries",
        |scene| scene.get("/v1/webhooks?include=lastDelivery"),
        200,
        &[ROSTER, ("log.page", Fails), ("backlog.page", Fails)],
    ),
    ("a webhook", |scene| scene.of_webhook(Method::GET, ""), 200, &[ROSTER]),
    (
        "its counts",
        |scene| scene.of_webhook(Method::GET, "/deliveries/summary?window=24h"),
        200,
        &[ROSTER, ("log.counts", Fails), ("backlog.count", Fails)],
    ),
    (
        "its deliveries",
        |scene| scene.of_webhook(Method::GET, "/deliveries"),
        200,
        &[ROSTER, ("log.page", Fails), ("backlog.page", Fails)],
    ),
    (
        "its pending deliveries",
        |scene| scene.of_webhook(Method::GET, "/deliveries?status=pending"),
        200,
        &[ROSTER, ("backlog.page", Fails), ("log.known", Fails), ("log.get", Fails)],
    ),
    (
        "its failed deliveries",
        |scene| scene.of_webhook(Method::GET, "/deliveries?status=failed"),
        200,
        &[ROSTER, ("log.page", Fails), ("backlog.of", Fails)],
    ),
    (
        "a delivery",
        |scene| scene.of_webhook(Method::GET, &format!("/deliveries/{}", scene.site.id(5))),
        200,
        &[ROSTER, ("log.get", Fails), ("backlog.of", Fails)],
    ),
    (
        "an installation",
        |scene| scene.get(&format!("/v1/slack/installations/{}", scene.installation)),
        200,
        &[ROSTER, ("installations.get", Fails)],
    ),
];

pub(super) const WRITES: &[Case] = &[
    (
        "a webhook without secrets",
        |scene| scene.world().create(&json!({"displayName": "n", "url": URL})),
        201,
        &[ROSTER, ("webhooks.create", Fails), EVENT],
    ),
    (
        "a webhook with secrets",
        |scene| scene.world().create(&everything()),
        201,
        &[ROSTER, ("secrets.create", Fails), ("webhooks.create", Fails), EVENT],
    ),
    (
        "a webhook with a key",
        |scene| scene.world().create(&everything()).header("idempotency-key", "k"),
        201,
        &[
            ROSTER,
            ("idempotency.begin", Fails),
            ("secrets.create", Fails),
            ("webhooks.create", Fails),
            EVENT,
            ("idempotency.finish", Succeeds),
        ],
    ),
    (
        "an edit that keeps the secrets",
        |scene| scene.patch(&json!({"displayName": "new"})),
        200,
        &[ROSTER, ("webhooks.update", Fails), ("queue.send_delivery", Succeeds), EVENT],
    ),
    (
        "an edit of one secret",
        |scene| scene.patch(&json!({"authorization": "Bearer hunter2-again"})),
        200,
        &[
            ROSTER,
            ("secrets.read", NoSecret),
            ("secrets.create", Fails),
            ("webhooks.update", Fails),
            ("queue.send_delivery", Succeeds),
            ("secrets.delete", Succeeds),
            EVENT,
        ],
    ),
    (
        "an edit that clears the secrets",
        |scene| scene.patch(&json!({"authorization": null, "signingSecrets": [], "headers": []})),
        200,
        &[
            ROSTER,
            ("webhooks.update", Fails),
            ("queue.send_delivery", Succeeds),
            ("secrets.delete", Succeeds),
            EVENT,
        ],
    ),
    (
        "a pause",
        |scene| scene.patch(&json!({"enabled": false})),
        200,
        &[ROSTER, ("webhooks.update", Fails), EVENT],
    ),
    (
        "a deletion",
        |scene| scene.of_webhook(Method::DELETE, "").header("if-match", "*"),
        204,
        &[ROSTER, ("webhooks.delete", Fails), ("secrets.delete", Succeeds), EVENT],
    ),
    (
        "a test event",
        |scene| scene.of_webhook(Method::POST, "/test"),
        202,
        &[ROSTER, ("webhooks.update", Fails), ("queue.send_delivery", Fails)],
    ),
    (
        "a redelivery",
        |scene| scene.of_webhook(Method::POST, &format!("/deliveries/{}/redeliver", scene.site.id(5))),
        202,
        &[ROSTER, ("log.get", Fails), ("backlog.of", Fails), ("queue.send_delivery", Fails)],
    ),
    (
        "a redelivery of all that failed",
        |scene| scene.redeliver_all("failed"),
        202,
        &[ROSTER, ("log.page", Fails), ("queue.send_delivery", Fails)],
    ),
    (
        "a redelivery of all that is held",
        |scene| scene.redeliver_all("held"),
        202,
        &[ROSTER, ("backlog.page", Fails), ("queue.send_delivery", Fails)],
    ),
    ("a random secret", |scene| scene.world().post("/v1/signing-secrets/random"), 200, &[ROSTER]),
    (
        "a new installation",
        |scene| scene.world().post("/v1/slack/installations"),
        201,
        &[ROSTER, ("installations.put", Fails), ("installations.issue", Fails)],
    ),
    (
        "the popup's start",
        |scene| scene.get(&format!("/v1/slack/start?ticket={}", scene.ticket)).without("authorization"),
        302,
        &[("installations.take", Fails), ("installations.issue", Fails), ("installations.put", Fails)],
    ),
];

const ROSTER: (&str, Told) = ("webhooks.roster", Fails);
/// It is sent after the write, which stands.
const EVENT: (&str, Told) = ("queue.send_event", Succeeds);
