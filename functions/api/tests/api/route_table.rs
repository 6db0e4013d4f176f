//! Every route there is, from the served document, so that a new one fails here
//! until it has a row; and what is no route.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::world::World;

/// What a route names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// It is public.
    Nothing,
    Tenant,
    Webhook,
    Delivery,
    Installation,
}

pub(crate) use Names::{Delivery, Installation, Nothing, Tenant, Webhook};

pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) query: &'static str,
    pub(crate) names: Names,
    /// Whether it needs a license (contract, section 2).
    pub(crate) writes: bool,
    pub(crate) body: &'static str,
    pub(crate) success: u16,
}

const fn read(method: &'static str, path: &'static str, names: Names, success: u16) -> Route {
    Route { method, path, query: "", names, writes: false, body: "", success }
}

const fn write(path: &'static str, names: Names, success: u16) -> Route {
    Route { writes: true, ..read("post", path, names, success) }
}

const CREATE: &str = r#"{"displayName": "new", "url": "https://hec.example.com/"}"#;
const AGAIN: &str = r#"{"status": "failed", "since": "2026-11-01T00:00:00Z"}"#;

pub(crate) const ROUTES: &[Route] = &[
    read("get", "/", Nothing, 200),
    read("get", "/health", Nothing, 200),
    read("get", "/openapi.json", Nothing, 200),
    read("get", "/v1/slack/start", Nothing, 410),
    read("get", "/v1/slack/callback", Nothing, 400),
    read("get", "/v1/tenant", Tenant, 200),
    read("get", "/v1/event-types", Tenant, 200),
    Route { query: "&include=lastDelivery", ..read("get", "/v1/webhooks", Tenant, 200) },
    Route { body: CREATE, ..write("/v1/webhooks", Tenant, 201) },
    read("get", "/v1/webhooks/{id}", Webhook, 200),
    Route { method: "patch", body: r#"{"displayName": "new"}"#, ..write("/v1/webhooks/{id}", Webhook, 200) },
    read("delete", "/v1/webhooks/{id}", Webhook, 204),
    write("/v1/webhooks/{id}/test", Webhook, 202),
    Route { query: "&window=24h", ..read("get", "/v1/webhooks/{id}/deliveries/summary", Webhook, 200) },
    read("get", "/v1/webhooks/{id}/deliveries", Webhook, 200),
    Route { body: AGAIN, ..write("/v1/webhooks/{id}/deliveries/redeliver", Webhook, 202) },
    read("get", "/v1/webhooks/{id}/deliveries/{deliveryId}", Delivery, 200),
    write("/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver", Delivery, 202),
    write("/v1/signing-secrets/random", Tenant, 200),
    write("/v1/slack/installations", Tenant, 201),
    read("get", "/v1/slack/installations/{id}", Installation, 200),
];

/// The served document.
pub(crate) async fn document() -> Value {
    World::new().await.get("/openapi.json").send().await.body
}

/// Its operations, as `method path`.
fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        item.as_object().unwrap().keys().map(|method| format!("{method} {path}")).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test]
async fn every_route_has_a_row() {
    let rows: BTreeSet<_> = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(operations(&document().await), rows);
}

#[tokio::test]
async fn a_path_takes_no_method_that_it_does_not_name() {
    let (world, document) = (World::new().await, document().await);
    let operations = operations(&document);
    let paths = document["paths"].as_object().unwrap().keys().cloned().chain(["/page/js/app.js".to_owned()]);
    let mut cases = 0;
    for path in paths {
        for method in ["get", "post", "put", "patch", "delete", "options", "trace"] {
            let is_taken = operations.contains(&format!("{method} {path}"))
                || (method == "get" && path.starts_with("/page"));
            if !is_taken {
                let wanted =
                    world.call(method.to_uppercase().parse().unwrap(), &path).without("authorization");
                let answer = wanted.send().await;
                assert_eq!(answer.problem(), (405, "method_not_allowed"), "{method} {path}");
                let allowed = answer.header("allow").unwrap().to_lowercase();
                let named =
                    operations.iter().filter_map(|operation| operation.strip_suffix(&format!(" {path}")));
                assert!(named.clone().all(|method| allowed.contains(method)), "{path}: {allowed}");
                cases += 1;
            }
        }
        let beyond = world.get(&format!("{}/a/b/c/d", path.trim_end_matches('/'))).without("authorization");
        if !path.starts_with("/page") {
            assert_eq!(beyond.send().await.problem(), (404, "no_such_route"), "{path}");
        }
        let doubled = world.get(&format!("/{path}")).without("authorization").send().await;
        assert_eq!(doubled.problem(), (404, "no_such_route"), "/{path}");
        cases += 2;
    }
    assert!(cases >= 120, "{cases}");
}
