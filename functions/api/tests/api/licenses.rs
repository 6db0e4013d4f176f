//! Without the license a tenant may read and delete, and no more.

use axum::http::StatusCode;
use domain::tenant::Edition;
use serde_json::{Value, json};

use crate::world::{Call, URL, World};

fn writes<'a>(world: &'a World, id: &str) -> Vec<Call<'a>> {
    vec![
        world.create(&json!({"displayName": "n", "url": URL})),
        world.patch(id, &json!({"displayName": "n"})),
        world.post(&format!("/v1/webhooks/{id}/test")),
        world.post("/v1/signing-secrets/random"),
    ]
}

#[tokio::test]
async fn a_tenant_without_the_license_reads_and_deletes() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    world.set_edition("acme", Edition::Standard).await;
    for write in writes(&world, &id) {
        let answer = write.send().await;
        assert_eq!(answer.problem(), (403, "license_required"));
        assert!(answer.body["detail"].as_str().unwrap().contains("administrator about a license upgrade"));
    }
    let tenant = world.get("/v1/tenant").send().await.body;
    assert_eq!((&tenant["edition"], &tenant["webhooksEnabled"]), (&json!("standard"), &json!(false)));
    let path = format!("/v1/webhooks/{id}");
    for read in ["/v1/webhooks", "/v1/event-types", &path] {
        assert_eq!(world.get(read).send().await.status, StatusCode::OK, "{read}");
    }
    assert_eq!(world.delete(&path).header("if-match", "*").send().await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_removed_tenant_reads_nothing_and_writes_nothing() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    world.remove_tenant("acme").await;
    let tenant = world.get("/v1/tenant").send().await.body;
    assert_eq!((&tenant["siteUrl"], &tenant["webhooksEnabled"]), (&Value::Null, &json!(false)));
    assert_eq!(world.get("/v1/webhooks?include=lastDelivery").send().await.body, json!({"items": []}));
    assert_eq!(world.get(&format!("/v1/webhooks/{id}")).send().await.problem(), (404, "not_found"));
    let codes =
        [(403, "license_required"), (404, "not_found"), (404, "not_found"), (403, "license_required")];
    for (write, expected) in writes(&world, &id).into_iter().zip(codes) {
        assert_eq!(write.send().await.problem(), expected);
    }
}
