//! What a receiver took is written down, though the store does not take it at once: the
//! alternative would be to send it again.

use e2e::rig::Rig;
use local::Reply;
use serde_json::json;

const NONE: [usize; 0] = [];

#[tokio::test]
async fn a_store_that_throttles_is_asked_again_and_nothing_is_sent_twice() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let memory = rig.memory.clone();
    rig.receiver.answer(move |_| {
        memory.throttle_next(3);
        Reply::status(200)
    });
    assert_eq!(rig.events(&[rig.event("1")]).await, NONE);
    assert_eq!(rig.receiver.requests().len(), 1);
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 1);
}

#[tokio::test]
async fn a_log_write_that_fails_a_few_times_is_made_again_and_nothing_is_sent_twice() {
    for failures in 1..=3 {
        let rig = Rig::new().await;
        let webhook = rig.webhook(json!({})).await;
        let memory = rig.memory.clone();
        rig.receiver.answer(move |_| {
            memory.fail_next(failures);
            Reply::status(200)
        });
        assert_eq!(rig.events(&[rig.event("1")]).await, NONE, "{failures}");
        assert_eq!(rig.receiver.requests().len(), 1, "{failures}");
        assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 1, "{failures}");
    }
}

#[tokio::test]
async fn a_log_write_that_fails_for_good_is_not_made_for_ever() {
    let rig = Rig::new().await;
    let webhook = rig.webhook(json!({})).await;
    let memory = rig.memory.clone();
    rig.receiver.answer(move |_| {
        memory.fail_next(4);
        Reply::status(200)
    });
    let event = [rig.event("1")];
    assert_eq!(rig.events(&event).await, [0]);
    assert!(rig.memory.log_of(&webhook.key.webhook).is_empty());
    rig.receiver.answer(|_| Reply::status(200));
    assert_eq!(rig.events_again(&event).await, NONE);
    rig.wake().await;
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 1, "it comes again");
}
