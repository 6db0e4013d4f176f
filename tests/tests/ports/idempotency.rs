use std::time::Duration;

use domain::ports::{Begun, KeyUse};

use crate::samples::{at, tenant, webhook};
use crate::world::World;

const DAY: u64 = 24 * 60 * 60;

fn key_use(body: &str, number: u64, seconds: u64) -> KeyUse {
    KeyUse {
        tenant: tenant(),
        key: "hash-of-key".to_owned(),
        body: body.to_owned(),
        webhook: webhook(number),
        now: at(seconds),
    }
}

pub(crate) async fn a_key_is_taken_once_and_answered_later(world: &World) {
    let keys = &world.ports.idempotency;
    let first = key_use("body", 1, 0);
    assert_eq!(keys.begin(&first).await, Ok(Begun::GoOn(webhook(1))));
    assert_eq!(keys.begin(&key_use("body", 2, 1)).await, Ok(Begun::Running));
    keys.finish(&first, "the answer").await.unwrap();
    assert_eq!(keys.begin(&key_use("body", 3, 2)).await, Ok(Begun::Answered("the answer".to_owned())));
    let other = KeyUse { key: "another".to_owned(), ..key_use("body", 4, 3) };
    assert_eq!(keys.begin(&other).await, Ok(Begun::GoOn(webhook(4))));
}

pub(crate) async fn a_key_with_another_body_is_refused(world: &World) {
    let keys = &world.ports.idempotency;
    let first = key_use("body", 1, 0);
    keys.begin(&first).await.unwrap();
    assert_eq!(keys.begin(&key_use("other body", 2, 1)).await, Ok(Begun::Reused));
    keys.finish(&first, "the answer").await.unwrap();
    assert_eq!(keys.begin(&key_use("other body", 3, 2)).await, Ok(Begun::Reused));
}

pub(crate) async fn a_request_that_did_not_end_is_taken_over_after_a_minute(world: &World) {
    let keys = &world.ports.idempotency;
    keys.begin(&key_use("body", 1, 0)).await.unwrap();
    assert_eq!(keys.begin(&key_use("body", 2, 59)).await, Ok(Begun::Running));
    // With the first id: the first request may have got through.
    assert_eq!(keys.begin(&key_use("body", 3, 60)).await, Ok(Begun::GoOn(webhook(1))));
    assert_eq!(keys.begin(&key_use("body", 4, 61)).await, Ok(Begun::Running));
    assert_eq!(keys.begin(&key_use("body", 5, 120)).await, Ok(Begun::GoOn(webhook(1))));
}

pub(crate) async fn a_key_that_came_to_nothing_is_free_again(world: &World) {
    let keys = &world.ports.idempotency;
    let first = key_use("body", 1, 0);
    keys.begin(&first).await.unwrap();
    keys.forget(&first).await.unwrap();
    keys.forget(&first).await.unwrap();
    assert_eq!(keys.begin(&key_use("other body", 2, 1)).await, Ok(Begun::GoOn(webhook(2))));
}

pub(crate) async fn a_key_of_unknown_outcome_is_free_for_the_same_webhook(world: &World) {
    let keys = &world.ports.idempotency;
    let first = key_use("body", 1, 0);
    keys.begin(&first).await.unwrap();
    keys.release(&first).await.unwrap();
    keys.release(&first).await.unwrap();
    assert_eq!(keys.begin(&key_use("other body", 2, 1)).await, Ok(Begun::Reused));
    assert_eq!(keys.begin(&key_use("body", 3, 1)).await, Ok(Begun::GoOn(webhook(1))));
    // Another request has it by now.
    keys.release(&first).await.unwrap();
    assert_eq!(keys.begin(&key_use("body", 4, 2)).await, Ok(Begun::Running));
    let second = KeyUse { webhook: webhook(1), ..key_use("body", 1, 1) };
    keys.finish(&second, "the answer").await.unwrap();
    keys.release(&second).await.unwrap();
    assert_eq!(keys.begin(&key_use("body", 5, 3)).await, Ok(Begun::Answered("the answer".to_owned())));
}

pub(crate) async fn an_answer_is_kept_for_a_day(world: &World) {
    let keys = &world.ports.idempotency;
    let first = key_use("body", 1, 0);
    keys.begin(&first).await.unwrap();
    keys.finish(&first, "the answer").await.unwrap();
    world.advance(Duration::from_secs(DAY - 1));
    assert_eq!(keys.begin(&key_use("body", 2, DAY - 1)).await, Ok(Begun::Answered("the answer".to_owned())));
    world.advance(Duration::from_secs(1));
    assert_eq!(keys.begin(&key_use("other body", 3, DAY)).await, Ok(Begun::GoOn(webhook(3))));
}
