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
/// Ten events make 20 deliveries or 90: the log line has the same number of digits.
const FEW: (&str, usize) = ("calls-2", 2);
const MANY: (&str, usize) = ("calls-9", 9);
const EVENTS: usize = 10;

/// Calls by operation, and log bytes.
pub async fn measure(world: &World, gates: &mut Gates) {
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
    let (mut queries, mut secret_calls) = (0, 0);
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
        let calls = dynamodb.take();
        queries += calls.iter().filter(|call| call.operation == "Query").count();
        secret_calls += secrets.take().len();
        for (operation, items) in calls.iter().flat_map(operations_of) {
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
    gates.judge(&bars::QUERIES, queries as f64 / batches as f64);
    gates.judge(&bars::LOG_BYTES, bytes);
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
