use std::time::Duration;

use domain::delivery::{BacklogItem, KEPT};
use domain::ids::RedeliveryId;
use domain::ports::{Came, Order, Range, Slice};
use domain::row::BacklogKey;
use futures::future::try_join_all;

use crate::samples::{at, delivery, failed_attempt, item, webhook};
use crate::world::World;

fn key(seconds: u64) -> BacklogKey {
    BacklogKey::of(delivery(seconds))
}

pub(crate) async fn a_repeated_put_keeps_what_was_counted(world: &World) {
    let backlog = &world.ports.backlog;
    backlog.put(&webhook(1), &item(1)).await.unwrap();
    assert_eq!(backlog.get(&webhook(1), &key(1)).await, Ok(Some(item(1))));
    let tried = item(1).after_failure(failed_attempt(9));
    backlog.tried(&webhook(1), &tried).await.unwrap();
    backlog.put(&webhook(1), &BacklogItem { created_at: at(5), ..item(1) }).await.unwrap();
    assert_eq!(backlog.get(&webhook(1), &key(1)).await, Ok(Some(tried)));
    assert_eq!(backlog.get(&webhook(2), &key(1)).await, Ok(None));
}

pub(crate) async fn attempts_are_written_unless_the_item_is_gone(world: &World) {
    let backlog = &world.ports.backlog;
    let large = BacklogItem { event: "finding ".repeat(500).into(), ..item(1) };
    backlog.put(&webhook(1), &large).await.unwrap();
    let twice = large.clone().after_failure(failed_attempt(9)).after_failure(failed_attempt(10));
    backlog.tried(&webhook(1), &twice).await.unwrap();
    let stored = backlog.get(&webhook(1), &key(1)).await.unwrap().unwrap();
    assert_eq!((stored.failures, stored.first_failed), (2, Some(at(9))));
    assert_eq!(stored, twice);
    let not_sent = twice.after(failed_attempt(11));
    backlog.tried(&webhook(1), &not_sent).await.unwrap();
    assert_eq!(backlog.get(&webhook(1), &key(1)).await, Ok(Some(not_sent.clone())));

    backlog.delete(&webhook(1), &key(1)).await.unwrap();
    backlog.tried(&webhook(1), &not_sent).await.unwrap();
    assert_eq!(backlog.get(&webhook(1), &key(1)).await, Ok(None));
}

pub(crate) async fn the_oldest_come_first_from_a_bound_on_and_behind_another(world: &World) {
    let backlog = &world.ports.backlog;
    for seconds in [5, 3, 1, 4, 2] {
        backlog.put(&webhook(1), &item(seconds)).await.unwrap();
    }
    backlog.put(&webhook(2), &item(6)).await.unwrap();
    for (from, after, limit, found) in [
        (None, None, 10, &[1, 2, 3, 4, 5][..]),
        (None, None, 2, &[1, 2]),
        (None, None, 0, &[]),
        (Some(3), None, 10, &[3, 4, 5]),
        (None, Some(3), 10, &[4, 5]),
        (Some(3), Some(3), 10, &[4, 5]),
        (Some(2), Some(4), 10, &[5]),
        (Some(4), Some(2), 10, &[4, 5]),
        (Some(6), None, 10, &[]),
        (None, Some(5), 10, &[]),
    ] {
        let (since, after) = (from.map(at), after.map(key));
        let range = Range { since, after: after.as_ref() };
        let oldest = backlog.oldest(&webhook(1), range, limit).await.unwrap();
        let expected: Vec<_> = found.iter().map(|seconds| item(*seconds)).collect();
        assert_eq!(oldest, expected, "since {since:?} after {after:?} limit {limit}");
    }
}

/// All pages of a slice, one behind the other.
async fn walk(world: &World, order: Order, limit: usize, came: Came) -> Vec<BacklogItem> {
    let (mut all, mut behind) = (Vec::new(), None);
    loop {
        let slice = Slice { order, behind: behind.as_ref(), limit };
        let page = world.ports.backlog.page(&webhook(1), slice, came).await.unwrap();
        let may_be_empty = all.is_empty() || came != Came::Ever;
        assert!(may_be_empty || !page.items.is_empty(), "an empty page at the end");
        all.extend(page.items);
        match page.next {
            Some(next) => behind = Some(next),
            None => return all,
        }
    }
}

pub(crate) async fn pages_lead_through_all_items_in_either_order(world: &World) {
    let backlog = &world.ports.backlog;
    let webhook_1 = webhook(1);
    let items: Vec<_> = (1..=25).map(item).collect();
    try_join_all(items.iter().map(|item| backlog.put(&webhook_1, item))).await.unwrap();
    backlog.put(&webhook(2), &item(3)).await.unwrap();
    let mut backwards = items.clone();
    backwards.reverse();
    for limit in [1, 2, 7, 25, 100] {
        assert_eq!(walk(world, Order::OldestFirst, limit, Came::Ever).await, items, "{limit}");
        assert_eq!(walk(world, Order::NewestFirst, limit, Came::Ever).await, backwards, "{limit}");
        assert_eq!(walk(world, Order::OldestFirst, limit, Came::Since(at(20))).await, items[19..], "{limit}");
        assert_eq!(walk(world, Order::OldestFirst, limit, Came::Before(at(3))).await, items[..2], "{limit}");
    }
    for (came, most, count) in [
        (Came::Ever, 100, 25),
        (Came::Ever, 10, 10),
        (Came::Since(at(20)), 100, 6),
        (Came::Before(at(1)), 100, 0),
    ] {
        assert_eq!(backlog.count(&webhook(1), came, most).await, Ok(count), "{came:?}");
    }
}

pub(crate) async fn redeliveries_lie_beside_their_delivery(world: &World) {
    let backlog = &world.ports.backlog;
    let webhook_1 = webhook(1);
    let by_hand = |seconds, number| {
        let redelivery = RedeliveryId::new(at(100), number);
        item(seconds).released(BacklogKey::by_hand(delivery(seconds), &redelivery), at(seconds + 50))
    };
    let items = [item(1), by_hand(1, 7), by_hand(1, 8), item(2), by_hand(3, 7)];
    try_join_all(items.iter().map(|item| backlog.put(&webhook_1, item))).await.unwrap();
    assert_eq!(backlog.of(&webhook(1), &delivery(1)).await.unwrap(), items[..3]);
    assert_eq!(backlog.of(&webhook(1), &delivery(3)).await.unwrap(), items[4..]);
    assert_eq!(backlog.of(&webhook(1), &delivery(4)).await, Ok(vec![]));
    assert_eq!(backlog.get(&webhook(1), &items[1].key).await, Ok(Some(items[1].clone())));
    assert!(items[1].key.is_by_hand() && !items[0].key.is_by_hand());
    assert_eq!(backlog.oldest(&webhook(1), Range::default(), 9).await.unwrap(), items);
    // All of one delivery lie on one page, wherever a page ends.
    for order in [Order::OldestFirst, Order::NewestFirst] {
        for limit in 1..=5 {
            let slice = Slice { order, behind: None, limit };
            let page = backlog.page(&webhook(1), slice, Came::Ever).await.unwrap();
            for item in &page.items {
                let of_it = page.items.iter().filter(|one| one.key.delivery() == item.key.delivery());
                let all = backlog.of(&webhook(1), item.key.delivery()).await.unwrap();
                assert_eq!(of_it.count(), all.len(), "{order:?} {limit}");
            }
            assert_eq!(walk(world, order, limit, Came::Ever).await.len(), 5, "{order:?} {limit}");
        }
    }
}

pub(crate) async fn what_waits_lasts_thirty_days(world: &World) {
    let backlog = &world.ports.backlog;
    // More than a page of what will have expired.
    let webhook_1 = webhook(1);
    let old: Vec<_> = (1..=140).map(|seconds| BacklogItem { created_at: at(0), ..item(seconds) }).collect();
    try_join_all(old.iter().map(|item| backlog.put(&webhook_1, item))).await.unwrap();
    for seconds in [150, 151] {
        backlog.put(&webhook(1), &item(seconds)).await.unwrap();
    }
    world.advance(KEPT - Duration::from_secs(1));
    assert_eq!(backlog.oldest(&webhook(1), Range::default(), 200).await.unwrap().len(), 142);
    world.advance(Duration::from_secs(1));
    assert_eq!(backlog.get(&webhook(1), &key(1)).await, Ok(None));
    assert_eq!(backlog.oldest(&webhook(1), Range::default(), 1).await, Ok(vec![item(150)]));
    assert_eq!(backlog.oldest(&webhook(1), Range::default(), 9).await, Ok(vec![item(150), item(151)]));

    // What has expired does not stand in the way of a new item.
    let anew = BacklogItem { created_at: world.ports.clock.now(), ..item(1) };
    backlog.put(&webhook(1), &anew).await.unwrap();
    assert_eq!(backlog.get(&webhook(1), &key(1)).await, Ok(Some(anew)));
}

pub(crate) async fn an_item_is_deleted_and_a_backlog_purged(world: &World) {
    let backlog = &world.ports.backlog;
    let webhook_1 = webhook(1);
    let items: Vec<_> = (0..110).map(item).collect();
    try_join_all(items.iter().map(|item| backlog.put(&webhook_1, item))).await.unwrap();
    backlog.put(&webhook(2), &item(1)).await.unwrap();
    backlog.delete(&webhook_1, &key(0)).await.unwrap();
    backlog.delete(&webhook_1, &key(0)).await.unwrap();
    assert_eq!(backlog.oldest(&webhook_1, Range::default(), 1).await, Ok(vec![item(1)]));
    while backlog.purge(&webhook_1).await.unwrap() {}
    assert_eq!(backlog.oldest(&webhook_1, Range::default(), 1).await, Ok(vec![]));
    assert_eq!(backlog.oldest(&webhook(2), Range::default(), 1).await, Ok(vec![item(1)]));
}
