//! Bundles are kept in memory, and in no more of it than is theirs.

use domain::row::BundleName;
use serde_json::json;

use super::Scripted;

/// Each bundle takes somewhat more than this.
const HEADER_BYTES: usize = 10_000;

async fn service(cache_bytes: usize) -> Scripted {
    let bundle =
        json!({"signingSecrets": [], "headers": [{"name": "X-Key", "value": "a".repeat(HEADER_BYTES)}]});
    let answer = (200, json!({"SecretString": bundle.to_string()}));
    Scripted::with_bundle_cache(vec![answer], cache_bytes as u64).await
}

/// How many calls it takes to read these.
async fn calls_for(service: &Scripted, names: &[&str]) -> usize {
    let before = service.requests().len();
    for name in names {
        let bundle = service.ports.secrets.read(&BundleName((*name).to_owned())).await.unwrap();
        assert_eq!(bundle.headers[0].1.expose().len(), HEADER_BYTES);
    }
    service.requests().len() - before
}

#[tokio::test]
async fn a_bundle_that_there_is_room_for_is_read_once() {
    let service = service(4 * HEADER_BYTES).await;
    assert_eq!(calls_for(&service, &["a", "b", "c"]).await, 3);
    assert_eq!(calls_for(&service, &["a", "b", "c", "a"]).await, 0);
}

#[tokio::test]
async fn what_there_is_no_room_for_makes_room() {
    let service = service(3 * HEADER_BYTES).await;
    assert_eq!(calls_for(&service, &["a", "b", "c"]).await, 3);
    assert!(calls_for(&service, &["a", "b", "c"]).await > 0, "three take more than three times their header");
}

#[tokio::test]
async fn a_bundle_larger_than_the_room_is_read_each_time() {
    let service = service(HEADER_BYTES).await;
    assert_eq!(calls_for(&service, &["a", "a"]).await, 2);
}
