use std::collections::HashSet;
use std::time::Duration;

use domain::delivery::{Attempts, Counts, KEPT, LogEntry, Outcome};
use futures::future::try_join_all;

use crate::samples::{at, delivery, entry, failed_attempt, webhook};
use crate::world::World;

pub(crate) async fn an_entry_reads_back_and_a_second_one_replaces_it(world: &World) {
    let log = &world.ports.log;
    let first = LogEntry { outcome: Outcome::Failed, attempts: Attempts::default(), ..entry(1) };
    log.put(&webhook(1), &first).await.unwrap();
    assert_eq!(log.get(&webhook(1), &delivery(1)).await, Ok(Some(first)));
    assert_eq!(log.get(&webhook(2), &delivery(1)).await, Ok(None));

    let large = "finding ".repeat(3_000);
    let attempts =
        (0..150).fold(Attempts::default(), |attempts, seconds| attempts.and(failed_attempt(seconds)));
    let second = LogEntry { event: large.into(), attempts, ..entry(1) };
    log.put(&webhook(1), &second).await.unwrap();
    let stored = log.get(&webhook(1), &delivery(1)).await.unwrap().unwrap();
    assert_eq!((stored.attempts.count(), stored.attempts.newest().len()), (150, 100));
    assert_eq!(stored, second);
}

pub(crate) async fn known_finds_what_stands_in_the_log_among_hundreds(world: &World) {
    let log = &world.ports.log;
    let webhook = webhook(1);
    let logged: Vec<_> = (1..=105).map(|number| entry(number * 2)).collect();
    try_join_all(logged.iter().map(|entry| log.put(&webhook, entry))).await.unwrap();
    let mut asked: Vec<_> = (1..=230).map(delivery).collect();
    asked.extend((1..=10).map(delivery));
    let known = log.known(&webhook, &asked).await.unwrap();
    assert_eq!(known, logged.into_iter().map(|entry| entry.delivery).collect());
    assert_eq!(log.known(&webhook, &[]).await, Ok(HashSet::new()));
}

pub(crate) async fn the_newest_entry_is_the_one_of_the_newest_event(world: &World) {
    let log = &world.ports.log;
    assert_eq!(log.newest(&webhook(1)).await, Ok(None));
    for seconds in [2, 3, 1] {
        log.put(&webhook(1), &entry(seconds)).await.unwrap();
    }
    log.put(&webhook(2), &entry(4)).await.unwrap();
    assert_eq!(log.newest(&webhook(1)).await, Ok(Some(entry(3))));
}

pub(crate) async fn the_log_lasts_thirty_days(world: &World) {
    let log = &world.ports.log;
    // Newer events that came earlier, so that what has expired lies in front.
    for seconds in 100..105 {
        log.put(&webhook(1), &LogEntry { created_at: at(0), ..entry(seconds) }).await.unwrap();
    }
    log.put(&webhook(1), &entry(1)).await.unwrap();
    world.advance(KEPT - Duration::from_secs(1));
    assert!(log.get(&webhook(1), &delivery(104)).await.unwrap().is_some());
    world.advance(Duration::from_secs(1));
    assert_eq!(log.get(&webhook(1), &delivery(104)).await, Ok(None));
    assert_eq!(log.newest(&webhook(1)).await, Ok(Some(entry(1))));
    let asked = [delivery(1), delivery(104)];
    assert_eq!(log.known(&webhook(1), &asked).await, Ok(HashSet::from([delivery(1)])));
    world.advance(Duration::from_secs(1));
    assert_eq!(log.newest(&webhook(1)).await, Ok(None));
}

pub(crate) async fn the_log_is_purged_page_by_page(world: &World) {
    let log = &world.ports.log;
    let webhook_1 = webhook(1);
    let logged: Vec<_> = (0..110).map(entry).collect();
    try_join_all(logged.iter().map(|entry| log.put(&webhook_1, entry))).await.unwrap();
    log.count(&webhook_1, at(0), Counts { succeeded: 1, failed: 2, held: 3 }).await.unwrap();
    log.put(&webhook(2), &entry(1)).await.unwrap();
    let mut calls = 0;
    while log.purge(&webhook_1).await.unwrap() {
        calls += 1;
        assert!(calls < 20, "a purge comes to its end");
    }
    assert_eq!(log.newest(&webhook_1).await, Ok(None));
    assert_eq!(log.newest(&webhook(2)).await, Ok(Some(entry(1))));
    assert_eq!(log.purge(&webhook_1).await, Ok(false));
}

pub(crate) async fn counting_is_accepted(world: &World) {
    for counts in [Counts { succeeded: 1, failed: 0, held: 2 }, Counts::default()] {
        world.ports.log.count(&webhook(1), at(3_601), counts).await.unwrap();
        world.ports.log.count(&webhook(1), at(3_602), counts).await.unwrap();
    }
}
