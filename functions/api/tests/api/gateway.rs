//! The router behind API Gateway: events of payload format 2.0, as
//! `lambda_http` turns them into requests.

use lambda_http::request::LambdaRequest;
use lambda_http::{Context, LambdaEvent};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{URL, World, token};

/// A request as API Gateway's `$default` stage hands it over
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).
fn event(method: &str, path: &str, query: &str, headers: &Value, body: Option<&str>) -> LambdaRequest {
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "api-id", "domainName": "id.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "id", "requestId": "gateway-request", "routeKey": "$default", "stage": "$default",
            "time": "23/Nov/2026:15:40:00 +0000", "timeEpoch": 1_795_448_400_000_i64,
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "t"},
        },
        "body": body, "isBase64Encoded": body.is_some(),
    });
    serde_json::from_value(event).unwrap()
}

/// Status and body of the function's answer to an event.
async fn answer(world: &World, event: LambdaRequest) -> (u64, Value) {
    let mut context = Context::default();
    "8476a536-e9f4-11e8-9739-2dfe598c3fcd".clone_into(&mut context.request_id);
    let answer =
        api::gateway::service(world.router()).oneshot(LambdaEvent::new(event, context)).await.unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!(answer["isBase64Encoded"], false);
    let body = serde_json::from_str(answer["body"].as_str().unwrap_or_default());
    (answer["statusCode"].as_u64().unwrap(), body.unwrap_or(Value::Null))
}

fn headers() -> Value {
    json!({
        "host": "id.execute-api.us-east-1.amazonaws.com", "x-forwarded-proto": "https",
        "authorization": format!("Bearer {}", token("acme", "u1", "admin")),
        "content-type": "application/json",
    })
}

#[tokio::test]
async fn path_query_and_encoded_body_arrive() {
    use base64::Engine;
    let world = World::new().await;
    let body = json!({"displayName": "Größe", "url": URL}).to_string();
    let body = base64::engine::general_purpose::STANDARD.encode(body);
    let (status, created) = answer(&world, event("POST", "/v1/webhooks", "", &headers(), Some(&body))).await;
    assert_eq!((status, &created["displayName"]), (201, &json!("Größe")));
    let list = event("GET", "/v1/webhooks", "include=lastDelivery", &headers(), None);
    let (status, listed) = answer(&world, list).await;
    assert_eq!((status, &listed["items"][0]["lastDelivery"]), (200, &Value::Null));
    assert!(listed["items"][0].as_object().unwrap().contains_key("lastDelivery"));
}

#[tokio::test]
async fn the_request_id_is_lambda_s() {
    let world = World::new().await;
    let request = event("GET", "/v1/webhooks/wh_1", "", &headers(), None);
    let (status, problem) = answer(&world, request).await;
    assert_eq!(status, 404);
    assert_eq!(problem["requestId"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
}

#[tokio::test]
async fn odd_paths_queries_and_hosts_are_answered() {
    let world = World::new().await;
    let odd: String = (0..=0xff_u8).map(char::from).collect();
    for path in ["", "/v1/a b", "/v1/\u{fc}/%", "//", "v1/tenant", ":99999/", "/v1/../x", &format!("/{odd}")]
    {
        for query in ["", "a=\"{b}|\\^`<>#", "%", "\u{fc}", &odd] {
            let mut headers = headers();
            headers["host"] = json!("a b");
            headers["x-forwarded-proto"] = json!("<");
            let (status, _) = answer(&world, event("GET", path, query, &headers, None)).await;
            assert!(matches!(status, 200 | 404), "{path} {query}: {status}");
        }
    }
}

#[tokio::test]
async fn an_encoded_query_means_what_it_meant() {
    let world = World::new().await;
    world.webhook(&json!({})).await;
    let odd = event("GET", "/v1/webhooks", "x=<>&include=lastDelivery", &headers(), None);
    let (status, listed) = answer(&world, odd).await;
    assert_eq!((status, &listed["items"][0]["lastDelivery"]), (200, &Value::Null));
    assert!(listed["items"][0].as_object().unwrap().contains_key("lastDelivery"));
}
