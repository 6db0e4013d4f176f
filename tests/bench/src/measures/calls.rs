//! What a batch asks of AWS and what it logs, in the steady state.

use std::collections::BTreeMap;

use platform::aws::Endpoints;

use crate::bars;
use crate::events::{EVENT_TYPE, batch};
use crate::gates::Gates;
use crate::proxy::{Call, Passes, Proxy};
use crate::report::{row, table};
use crate::world::{At, World};

/// Batches that are counted.
const BATCHES: usize = 50;
/// A batch of the queries: so many events each of so many tenants.
const TENANTS: usize = 5;
const EACH: usize = 2;
/// Ten events make 20 deliveries or 90: the log line has the same number of digits.
const FEW: (&str, usize) = ("calls-2", 2);
const MANY: (&str, usize) = ("calls-9", 9);
const EVENTS: usize = 10;

/// Calls by operation, log bytes, and queries.
pub async fn measure(world: &World, gates: &mut Gates) {
    calls(world, gates).await;
    queries(world, gates).await;
}

async fn calls(world: &World, gates: &mut Gates) {
    world.webhooks(FEW.0, FEW.1, At::Http1).await;
    world.webhooks(MANY.0, MANY.1, At::Http1).await;
    let dynamodb = Proxy::start(&world.endpoints.dynamodb, Passes::All);
    let secrets = Proxy::start(&world.endpoints.secretsmanager, Passes::All);
    let endpoints =
        Endpoints { dynamodb: dynamodb.url(), secretsmanager: secrets.url(), ..world.endpoints.clone() };
    let dispatcher = world.dispatcher_with(&endpoints, &[]).await;
    let queue = &world.stores.settings.events_queue_url;
    let mut logged = Vec::new();
    let mut operations = BTreeMap::new();
    let mut secret_calls = 0;
    for (tenant, _) in [FEW, MANY] {
        for _ in 0..3 {
            dispatcher.invoke(batch(queue, &[tenant], EVENTS, EVENT_TYPE)).await;
        }
        let before = dispatcher.printed.settled().await;
        dynamodb.take();
        secrets.take();
        for _ in 0..BATCHES {
            dispatcher.invoke(batch(queue, &[tenant], EVENTS, EVENT_TYPE)).await;
        }
        logged.push(dispatcher.printed.settled().await - before);
        secret_calls += secrets.take().len();
        for (operation, items) in dynamodb.take().iter().flat_map(operations_of) {
            *operations.entry(operation).or_insert(0) += items;
        }
    }
    let batches = 2 * BATCHES;
    let mut rows = vec![row(["steady state, 10 × 2 and 10 × 9", "a batch"])];
    for (operation, count) in &operations {
        rows.push(row([operation, &format!("{:.2}", *count as f64 / batches as f64)]));
    }
    let deliveries = EVENTS * (MANY.1 - FEW.1) * BATCHES;
    let bytes = (logged[1] as f64 - logged[0] as f64).max(0.0) / deliveries as f64;
    rows.push(row(["Secrets Manager, calls", &format!("{:.2}", secret_calls as f64 / batches as f64)]));
    rows.push(row(["log, bytes", &format!("{:.0}", logged[1] as f64 / BATCHES as f64)]));
    table("Calls and log bytes of a batch", &rows);
    gates.judge(&bars::SECRET_CALLS, secret_calls as f64 / batches as f64);
    gates.judge(&bars::LOG_BYTES, bytes);
}

/// Queries with the cache of tenants off, and as it is deployed.
async fn queries(world: &World, gates: &mut Gates) {
    let tenants: Vec<String> = (0..TENANTS).map(|number| format!("queries-{number}")).collect();
    for tenant in &tenants {
        world.webhooks(tenant, 1, At::Http1).await;
    }
    let tenants: Vec<&str> = tenants.iter().map(String::as_str).collect();
    let uncached = queries_with(world, &tenants, &[("TENANT_CACHE_SECONDS", "0")]).await;
    let cached = queries_with(world, &tenants, &[]).await;
    let rows = [
        row([&format!("{TENANTS} tenants × {EACH} events"), "queries per tenant and batch"]),
        row(["cache off", &format!("{uncached:.3}")]),
        row(["cache on", &format!("{cached:.3}")]),
    ];
    table("Queries of a batch", &rows);
    gates.judge(&bars::QUERIES, uncached);
    gates.judge(&bars::QUERIES_CACHED, cached);
}

/// What each tenant of a batch is queried for, on average.
async fn queries_with(world: &World, tenants: &[&str], settings: &[(&str, &str)]) -> f64 {
    let dynamodb = Proxy::start(&world.endpoints.dynamodb, Passes::All);
    let endpoints = Endpoints { dynamodb: dynamodb.url(), ..world.endpoints.clone() };
    let dispatcher = world.dispatcher_with(&endpoints, settings).await;
    let queue = &world.stores.settings.events_queue_url;
    dispatcher.invoke(batch(queue, tenants, EACH, EVENT_TYPE)).await;
    dynamodb.take();
    for _ in 0..BATCHES {
        dispatcher.invoke(batch(queue, tenants, EACH, EVENT_TYPE)).await;
    }
    let queries = dynamodb.take().iter().filter(|call| call.operation == "Query").count();
    queries as f64 / (BATCHES * tenants.len()) as f64
}

/// Its calls, and the items of those that write many.
fn operations_of(call: &Call) -> Vec<(String, usize)> {
    let mut counted = vec![(format!("DynamoDB {}, calls", call.operation), 1)];
    if call.operation == "BatchWriteItem" {
        let tables = call.request["RequestItems"].as_object().expect("tables").values();
        let items = tables.map(|requests| requests.as_array().map_or(0, Vec::len)).sum();
        counted.push(("DynamoDB BatchWriteItem, items".to_owned(), items));
    }
    counted
}
