use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use domain::delivery::{Attempts, Counts, KEPT, LogEntry, Outcome};
use domain::ids::{DeliveryId, TenantId};
use domain::ports::{Order, Slice};
use domain::row::WebhookKey;
use futures::future::try_join_all;

use crate::samples::{at, delivery, entry, failed_attempt, good_attempt, key, tenant, webhook};
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

/// All pages of a slice, one behind the other.
async fn walk(world: &World, order: Order, limit: usize, outcome: Option<Outcome>) -> Vec<LogEntry> {
    let (mut all, mut behind) = (Vec::new(), None);
    loop {
        let slice = Slice { order, behind: behind.as_ref(), limit };
        let page = world.ports.log.page(&webhook(1), slice, outcome).await.unwrap();
        assert!(page.items.len() <= limit);
        // What a filter lets through may end before the log does.
        assert!(outcome.is_some() || all.is_empty() || !page.items.is_empty(), "an empty page at the end");
        all.extend(page.items);
        match page.next {
            Some(next) => behind = Some(next),
            None => return all,
        }
    }
}

async fn newest(world: &World, number: u64) -> Option<LogEntry> {
    let slice = Slice { order: Order::NewestFirst, behind: None, limit: 1 };
    world.ports.log.page(&webhook(number), slice, None).await.unwrap().items.pop()
}

pub(crate) async fn pages_lead_through_the_log_in_either_order(world: &World) {
    let log = &world.ports.log;
    assert_eq!(newest(world, 1).await, None);
    let outcome = |seconds| if seconds % 5 == 0 { Outcome::Failed } else { Outcome::Succeeded };
    let entries: Vec<_> = (1..=25).map(|n| LogEntry { outcome: outcome(n), ..entry(n) }).collect();
    let webhook_1 = webhook(1);
    try_join_all(entries.iter().map(|entry| log.put(&webhook_1, entry))).await.unwrap();
    log.put(&webhook(2), &entry(40)).await.unwrap();
    assert_eq!(newest(world, 1).await.as_ref(), entries.last());
    let mut backwards = entries.clone();
    backwards.reverse();
    for limit in [1, 2, 7, 25, 100] {
        assert_eq!(walk(world, Order::OldestFirst, limit, None).await, entries, "{limit}");
        assert_eq!(walk(world, Order::NewestFirst, limit, None).await, backwards, "{limit}");
        let failed = walk(world, Order::NewestFirst, limit, Some(Outcome::Failed)).await;
        let expected = backwards.iter().filter(|entry| entry.outcome == Outcome::Failed);
        assert_eq!(failed.iter().collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{limit}");
    }
    // Behind a time: the events from then on.
    let behind = DeliveryId::before_all_of(at(20));
    let slice = Slice { order: Order::OldestFirst, behind: Some(&behind), limit: 100 };
    assert_eq!(log.page(&webhook(1), slice, None).await.unwrap().items, entries[19..]);
}

pub(crate) async fn the_log_lasts_thirty_days_from_the_last_attempt(world: &World) {
    let log = &world.ports.log;
    // Newer events that came earlier, so that what has expired lies in front.
    for seconds in 100..105 {
        let attempts = Attempts::default().and(good_attempt(0));
        log.put(&webhook(1), &LogEntry { created_at: at(0), attempts, ..entry(seconds) }).await.unwrap();
    }
    log.put(&webhook(1), &entry(1)).await.unwrap();
    world.advance(KEPT - Duration::from_secs(1));
    assert!(log.get(&webhook(1), &delivery(104)).await.unwrap().is_some());
    world.advance(Duration::from_secs(1));
    assert_eq!(log.get(&webhook(1), &delivery(104)).await, Ok(None));
    assert_eq!(newest(world, 1).await, Some(entry(1)));
    let asked = [delivery(1), delivery(104)];
    assert_eq!(log.known(&webhook(1), &asked).await, Ok(HashSet::from([delivery(1)])));
    world.advance(Duration::from_secs(2));
    assert_eq!(newest(world, 1).await, None);
    // It waited for longer than that, and is there all the same.
    let late = LogEntry { created_at: at(0), ..entry(KEPT.as_secs() + 1) };
    log.put(&webhook(1), &late).await.unwrap();
    assert_eq!(newest(world, 1).await, Some(late));
}

pub(crate) async fn the_log_is_purged_page_by_page(world: &World) {
    let log = &world.ports.log;
    let webhook_1 = webhook(1);
    let logged: Vec<_> = (0..110).map(entry).collect();
    try_join_all(logged.iter().map(|entry| log.put(&webhook_1, entry))).await.unwrap();
    log.put(&webhook(2), &entry(1)).await.unwrap();
    let mut calls = 0;
    while log.purge(&webhook_1).await.unwrap() {
        calls += 1;
        assert!(calls < 20, "a purge comes to its end");
    }
    assert_eq!(newest(world, 1).await, None);
    assert_eq!(newest(world, 2).await, Some(entry(1)));
    assert_eq!(log.purge(&webhook_1).await, Ok(false));
}

pub(crate) async fn hours_are_counted_apart(world: &World) {
    let log = &world.ports.log;
    let some = Counts { succeeded: 1, failed: 0, held: 2 };
    for (seconds, counts) in [(3_601, some), (3_602, some), (3_603, Counts::default()), (7_200, some)] {
        log.count(&tenant(), at(seconds), &BTreeMap::from([(webhook(1), counts)])).await.unwrap();
    }
    log.count(&tenant(), at(0), &BTreeMap::from([(webhook(2), some)])).await.unwrap();
    let twice = Counts { succeeded: 2, failed: 0, held: 4 };
    let both = vec![(at(3_600), twice), (at(7_200), some)];
    assert_eq!(log.counts(&key(1), at(0)).await, Ok(both.clone()));
    assert_eq!(log.counts(&key(1), at(3_600)).await, Ok(both));
    assert_eq!(log.counts(&key(1), at(7_200)).await, Ok(vec![(at(7_200), some)]));
    assert_eq!(log.counts(&key(3), at(0)).await, Ok(vec![]));
}

pub(crate) async fn all_of_a_tenants_webhooks_are_counted_at_once(world: &World) {
    let log = &world.ports.log;
    // As many as a tenant may have, each of every kind.
    let counted: BTreeMap<_, _> =
        (1..=50).map(|number| (webhook(number), Counts { succeeded: 1, failed: 2, held: 3 })).collect();
    for _ in 0..2 {
        log.count(&tenant(), at(0), &counted).await.unwrap();
    }
    let twice = Counts { succeeded: 2, failed: 4, held: 6 };
    for number in [1, 50] {
        assert_eq!(log.counts(&key(number), at(0)).await, Ok(vec![(at(0), twice)]), "{number}");
    }
    let another = WebhookKey { tenant: TenantId::parse("another").unwrap(), webhook: webhook(1) };
    assert_eq!(log.counts(&another, at(0)).await, Ok(vec![]));
    log.count(&another.tenant, at(0), &counted).await.unwrap();
    while log.purge_counts(&tenant()).await.unwrap() {}
    assert_eq!(log.counts(&key(1), at(0)).await, Ok(vec![]));
    assert_eq!(log.counts(&another, at(0)).await.unwrap().len(), 1);
}

pub(crate) async fn entries_that_are_written_at_once_are_all_there(world: &World) {
    let log = &world.ports.log;
    // More than one call takes, and one of them twice.
    let logged: Vec<_> = (0..60).chain([7]).map(entry).collect();
    let webhook_1 = webhook(1);
    try_join_all(logged.iter().map(|entry| log.put(&webhook_1, entry))).await.unwrap();
    let deliveries: Vec<_> = logged.iter().map(|entry| entry.delivery.clone()).collect();
    assert_eq!(log.known(&webhook_1, &deliveries).await.unwrap().len(), 60);
}
