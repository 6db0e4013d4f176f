//! A removal whose erasing takes longer than it takes the tenant to come back.

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::{Counts, Outcome};
use domain::ids::RedeliveryId;
use domain::message::DeliveriesMessage;
use domain::ports::Freshness;
use domain::redelivery::Redelivery;
use domain::row::Change;
use e2e::rig::{Rig, event_ids};
use local::Reply;
use serde_json::json;

use super::{NONE, removed, send_test, updated};

/// The receiver's requests of this path.
fn events_at(rig: &Rig, path: &str) -> Vec<String> {
    let requests: Vec<_> = rig.receiver.requests().into_iter().filter(|one| one.path == path).collect();
    event_ids(&requests)
}

#[tokio::test]
async fn a_removal_that_was_interrupted_goes_on_when_the_tenant_is_installed_anew() {
    let message = removed("2026-11-23T16:00:00Z");
    let secret = json!([{ "value": "0123456789abcdef" }]);
    // From the call on that follows the record of the removal.
    for calls in 1.. {
        let rig = Rig::new().await;
        let old = rig.webhook(json!({ "signingSecrets": secret })).await;
        rig.events(&[rig.event("1")]).await;
        rig.change(&old, Change::Pause(rig.now())).await;
        rig.events(&[rig.event("2")]).await;
        rig.memory.advance(Duration::from_secs(10));
        rig.memory.crash_after(calls);
        let failed = rig.events(std::slice::from_ref(&message)).await;
        rig.memory.recover();
        if failed.is_empty() {
            assert!(calls > 6, "{calls}");
            break;
        }

        rig.memory.advance(Duration::from_secs(10));
        rig.events(&[updated("advanced", "2026-11-23T16:00:01Z")]).await;
        let new = rig.webhook(json!({ "signingSecrets": secret })).await;
        rig.events(&[rig.event("3")]).await;
        let (old, new_id) = (&old.key.webhook, &new.key.webhook);
        let counts = rig.memory.counts_of(new_id);
        assert_ne!(counts, Counts::default());
        // Also the repeat is handed out twice.
        for _ in 0..2 {
            assert_eq!(rig.events_again(std::slice::from_ref(&message)).await, NONE, "{calls}");
            assert_eq!(rig.ports().webhooks.rows(&rig.tenant()).await, Ok(vec![new.clone()]), "{calls}");
            assert!(rig.memory.log_of(old).is_empty() && rig.memory.backlog_of(old).is_empty(), "{calls}");
            assert_eq!(rig.memory.bundle_names(), new.bundle.as_slice(), "{calls}");
            assert_eq!((rig.memory.log_of(new_id).len(), rig.memory.counts_of(new_id)), (1, counts));
        }
    }
}

#[tokio::test]
async fn between_an_installation_and_the_rest_of_a_removal_only_new_webhooks_are_there() {
    let rig = Rig::new().await;
    let url = |path| json!({ "url": format!("https://receiver.example.com{path}") });
    for _ in 0..2 {
        rig.webhook(url("/old")).await;
    }
    rig.receiver.answer(|_| Reply::status(503));
    rig.events(&[rig.event("1")]).await;
    rig.receiver.answer(|_| Reply::status(200));
    rig.memory.advance(Duration::from_secs(10));
    // There is time for one of the two; the message goes on with the other.
    rig.events_within(&[removed("2026-11-23T16:00:00Z")], Duration::from_secs(1)).await;
    let message = rig.memory.sent_events().pop().unwrap();
    let webhooks = rig.ports().webhooks;
    let left = webhooks.rows(&rig.tenant()).await.unwrap();
    let [old] = left.as_slice() else { panic!("{left:?}") };

    rig.memory.advance(Duration::from_secs(10));
    rig.events(&[updated("advanced", "2026-11-23T16:00:01Z")]).await;
    let new = rig.webhook(url("/new")).await;
    rig.receiver.clear();
    rig.events(&[rig.event("2")]).await;
    rig.wake().await;
    send_test(&rig, old, "t").await;
    let item = rig.memory.backlog_of(&old.key.webhook).pop().unwrap();
    let (delivery, at) = (item.key.delivery().clone(), rig.now());
    rig.ports().backlog.delete(&old.key.webhook, &item.key).await.unwrap();
    rig.ports().log.put(&old.key.webhook, &item.into_entry(Outcome::Failed)).await.unwrap();
    let redelivery = Redelivery { id: RedeliveryId::new(at, 1), at };
    let again = DeliveriesMessage::redeliver(&old.key, &delivery, &redelivery);
    assert_eq!(rig.deliveries(&[again]).await, NONE);
    assert!(rig.memory.backlog_of(&old.key.webhook).is_empty(), "it is erased already, or is about to be");
    assert_eq!((events_at(&rig, "/old"), events_at(&rig, "/new")), (vec![], vec!["2".to_owned()]));
    let roster = webhooks.roster(&rig.tenant(), Freshness::Consistent).await.unwrap();
    assert_eq!(roster.webhooks, [Arc::new(new.clone())]);

    assert_eq!(rig.events(&[message, rig.event("3")]).await, NONE);
    assert_eq!(webhooks.rows(&rig.tenant()).await, Ok(vec![new]));
    assert_eq!(events_at(&rig, "/new"), ["2", "3"]);
}
