//! The OpenAPI document and the liveness route.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

/// Every route of the contract that there is so far.
const ROUTES: [(&str, &[&str]); 18] = [
    ("/", &["get"]),
    ("/health", &["get"]),
    ("/openapi.json", &["get"]),
    ("/v1/event-types", &["get"]),
    ("/v1/signing-secrets/random", &["post"]),
    ("/v1/slack/callback", &["get"]),
    ("/v1/slack/installations", &["post"]),
    ("/v1/slack/installations/{id}", &["get"]),
    ("/v1/slack/start", &["get"]),
    ("/v1/tenant", &["get"]),
    ("/v1/webhooks", &["get", "post"]),
    ("/v1/webhooks/{id}", &["delete", "get", "patch"]),
    ("/v1/webhooks/{id}/deliveries", &["get"]),
    ("/v1/webhooks/{id}/deliveries/redeliver", &["post"]),
    ("/v1/webhooks/{id}/deliveries/summary", &["get"]),
    ("/v1/webhooks/{id}/deliveries/{deliveryId}", &["get"]),
    ("/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver", &["post"]),
    ("/v1/webhooks/{id}/test", &["post"]),
];

async fn document() -> Value {
    let answer = World::new().await.get("/openapi.json").without("authorization").send().await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, Some("application/json")));
    answer.body
}

#[tokio::test]
async fn the_document_has_every_route_and_no_other() {
    let document = document().await;
    let paths = document["paths"].as_object().unwrap();
    let found: Vec<_> = paths
        .iter()
        .map(|(path, item)| {
            (path.as_str(), item.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>())
        })
        .collect();
    let expected: Vec<_> = ROUTES.iter().map(|(path, methods)| (*path, methods.to_vec())).collect();
    assert_eq!(found, expected);
    insta::assert_json_snapshot!("openapi", document);
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_refers_only_to_what_it_has() {
    let document = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut pending = vec![&document];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref") {
                    let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                pending.extend(members.values());
            }
            Value::Array(entries) => pending.extend(entries),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    assert_eq!(document["security"], json!([{"bearer": []}]));
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_and_every_response_a_description() {
    let document = document().await;
    let mut names = std::collections::HashSet::new();
    for operation in
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    {
        assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
        assert!(!operation["summary"].as_str().unwrap().is_empty());
        for response in operation["responses"].as_object().unwrap().values() {
            assert!(!response["description"].as_str().unwrap().is_empty(), "{operation}");
        }
    }
}

#[tokio::test]
async fn health_needs_no_token() {
    let answer = World::new().await.get("/health").without("authorization").send().await;
    assert_eq!((answer.status, answer.body), (StatusCode::OK, json!({"status": "ok"})));
}
