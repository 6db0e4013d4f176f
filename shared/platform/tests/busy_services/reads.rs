//! Who reads sees every write that came before, unless the read is named here.

use std::collections::BTreeSet;

use domain::ports::Freshness;
use serde_json::{Value, json};

use super::calls::{CALLS, make};
use super::scripted::Request;
use super::{Scripted, delivery, row};

/// A chart may lack a moment, and what the sweep misses waits for the next one.
const EVENTUAL: [&str; 2] = ["log.counts", "upkeep.webhooks"];

/// Whether it is a consistent read; None when it is no read of a table.
fn is_consistent(request: &Request) -> Option<bool> {
    let is_asked = |of: &Value| of["ConsistentRead"] == true;
    match request.target.strip_prefix("DynamoDB_20120810.")? {
        "GetItem" | "Query" | "Scan" => Some(is_asked(&request.body)),
        "BatchGetItem" => Some(request.body["RequestItems"].as_object().unwrap().values().all(is_asked)),
        "BatchWriteItem" | "DeleteItem" | "PutItem" | "TransactWriteItems" | "UpdateItem" => None,
        other => panic!("is {other} a read?"),
    }
}

/// Of all reads that were made.
fn consistencies(service: &Scripted) -> Vec<bool> {
    service.requests.lock().unwrap().iter().filter_map(is_consistent).collect()
}

#[tokio::test]
async fn every_read_is_consistent_unless_it_is_named() {
    let key = json!({"pk": {"S": "B"}, "sk": {"S": delivery(1).as_str()}});
    let left = json!({"deliveries": {"Keys": [key], "ConsistentRead": true}});
    let (mut reads, mut eventual) = (0, BTreeSet::new());
    for (call, _) in CALLS {
        // There is more to read, and then there is not.
        let part = json!({"LastEvaluatedKey": key, "UnprocessedKeys": left});
        let service = Scripted::new(vec![(200, part), (200, json!({}))]).await;
        make(&service, call).await;
        let consistencies = consistencies(&service);
        reads += consistencies.len();
        if consistencies.contains(&false) {
            eventual.insert(call);
        }
    }
    assert_eq!(eventual, EVENTUAL.into());
    assert!(reads >= 25, "{reads}");
}

#[tokio::test]
async fn a_roster_is_as_fresh_as_its_reader_says() {
    for (freshness, expected) in [(Freshness::Consistent, true), (Freshness::Eventual, false)] {
        let service = Scripted::new(vec![(200, json!({}))]).await;
        service.ports.webhooks.roster(&row().key.tenant, freshness).await.unwrap();
        assert_eq!(consistencies(&service), [expected], "{freshness:?}");
    }
}
