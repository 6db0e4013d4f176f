//! `GET /v1/webhooks` of a tenant with 50 webhooks, beside a handler that returns the same bytes.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::bars;
use crate::function::Function;
use crate::gates::Gates;
use crate::report::{row, table};
use crate::rounds::Figure;
use crate::world::{At, World};

const WEBHOOKS: usize = 50;
const WARM_UP: usize = 50;
const REQUESTS: usize = 50;
const ROUNDS: usize = 15;

/// CPU of a request.
pub async fn measure(world: &World, gates: &mut Gates) {
    world.webhooks("list", WEBHOOKS, At::Http1).await;
    let request: Bytes = request(&world.token("list")).to_string().into();
    let api = world.api().await;
    let answer: Value = serde_json::from_slice(&api.invoke(request.clone()).await).expect("JSON");
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let body = answer["body"].as_str().expect("a body");
    let file = world.programs.write("list.json", body);
    let arguments = ["handler", &file.to_string_lossy()];
    let baseline = world.programs.path("baseline");
    let handler = Function::start(&baseline, &arguments, &BTreeMap::new()).await;
    let same: Value = serde_json::from_slice(&handler.invoke(request.clone()).await).expect("JSON");
    assert_eq!(same["body"], answer["body"], "of the bare handler");

    let functions = [("API", api), ("bare axum handler", handler)];
    let mut costs = [const { Vec::new() }; 2];
    for round in 0..=ROUNDS {
        for ((_, function), costs) in functions.iter().zip(&mut costs) {
            let before = function.process.cpu();
            let requests = if round == 0 { WARM_UP } else { REQUESTS };
            for _ in 0..requests {
                function.invoke(request.clone()).await;
            }
            if round > 0 {
                costs.push((function.process.cpu() - before).as_secs_f64() * 1e6 / REQUESTS as f64);
            }
        }
    }
    let mut rows = vec![row(["GET /v1/webhooks, 50 webhooks", "CPU µs a request"])];
    for ((name, _), of_this) in functions.iter().zip(&costs) {
        rows.push(row([name, &Figure::of(of_this.iter().copied()).shown(0)]));
    }
    rows.push(row(["bytes of the answer", &body.len().to_string()]));
    table("The API's list", &rows);
    gates.judge(&bars::API_LIST, Figure::ratio(&costs[0], &costs[1]).median);
}

/// As API Gateway passes it on.
fn request(token: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/v1/webhooks", "rawQueryString": "",
        "headers": { "authorization": format!("Bearer {token}"), "host": "localhost" },
        "requestContext": {
            "accountId": "123456789012", "apiId": "local", "domainName": "localhost", "domainPrefix": "local",
            "http": {
                "method": "GET", "path": "/v1/webhooks", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": "bench",
            },
            "requestId": "request-1", "routeKey": "$default", "stage": "$default",
            "time": "23/Nov/2026:15:40:00 +0000", "timeEpoch": 1_795_448_400_000_u64,
        },
        "isBase64Encoded": false,
    })
}
