//! A page of a webhook's deliveries, newest first: log and backlog merged.

use std::collections::BTreeMap;

use domain::delivery::{BacklogItem, LogEntry, Outcome};
use domain::ids::{DeliveryId, WebhookId};
use domain::ports::{Came, Order, Page, PortResult, Slice};
use domain::row::{Status as RowStatus, WebhookRow};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::{Found, Status};
use crate::Api;

/// A page.
pub(crate) struct Listed {
    /// Newest event first.
    pub(crate) found: Vec<Found>,
    /// Where the next page begins; none at the end.
    pub(crate) next: Option<DeliveryId>,
}

/// How many deliveries are looked up side by side.
const LOOK_UPS: usize = 10;

/// The deliveries behind this one, of this status if one is given. There may be
/// fewer than `limit` although more follow: what is asked for may be rare.
pub(crate) async fn list(
    api: &Api,
    row: &WebhookRow,
    status: Option<Status>,
    slice: Slice<'_>,
) -> PortResult<Listed> {
    match status {
        None => everything(api, row, slice).await,
        Some(Status::Succeeded) => logged(api, row, Outcome::Succeeded, slice).await,
        Some(Status::Failed) => logged(api, row, Outcome::Failed, slice).await,
        Some(status @ (Status::Pending | Status::Held)) => match came(row, status) {
            Some(came) => waiting(api, row, came, slice).await,
            None => Ok(Listed { found: Vec::new(), next: None }),
        },
    }
}

/// When what is pending or held came; none when there is none.
pub(crate) fn came(row: &WebhookRow, status: Status) -> Option<Came> {
    match (row.status, status, row.held_before) {
        (_, Status::Succeeded | Status::Failed, _) => None,
        (RowStatus::On, Status::Pending, held) => Some(held.map_or(Came::Ever, Came::Since)),
        (RowStatus::On, Status::Held, held) => held.map(Came::Before),
        (RowStatus::Paused | RowStatus::Disabled(_), Status::Pending, _) => None,
        (RowStatus::Paused | RowStatus::Disabled(_), Status::Held, _) => Some(Came::Ever),
    }
}

async fn everything(api: &Api, row: &WebhookRow, slice: Slice<'_>) -> PortResult<Listed> {
    let webhook = &row.key.webhook;
    let (logged, waiting) = futures::try_join!(
        api.ports.log.page(webhook, slice, None),
        api.ports.backlog.page(webhook, slice, Came::Ever)
    )?;
    Ok(merged(logged, waiting, slice))
}

/// Both sorted as one. Where one of them was cut, the other may have more
/// beyond the cut, which belongs to the next page.
fn merged(logged: Page<LogEntry>, waiting: Page<BacklogItem>, slice: Slice<'_>) -> Listed {
    let cuts = [logged.next, waiting.next].into_iter().flatten();
    // The one nearest the start.
    let cut = match slice.order {
        Order::NewestFirst => cuts.max(),
        Order::OldestFirst => cuts.min(),
    };
    let on_page = |id: &DeliveryId| match (&cut, slice.order) {
        (None, _) => true,
        (Some(cut), Order::NewestFirst) => id >= cut,
        (Some(cut), Order::OldestFirst) => id <= cut,
    };
    let mut known = BTreeMap::<DeliveryId, (Option<LogEntry>, Vec<BacklogItem>)>::new();
    for entry in logged.items {
        let place = known.entry(entry.delivery.clone()).or_default();
        place.0 = Some(entry);
    }
    for item in waiting.items {
        known.entry(item.key.delivery().clone()).or_default().1.push(item);
    }
    let mut found: Vec<Found> = known
        .into_iter()
        .filter(|(id, _)| on_page(id))
        .filter_map(|(_, (entry, items))| Found::of(entry, items))
        .collect();
    if slice.order == Order::NewestFirst {
        found.reverse();
    }
    let has_more = cut.is_some() || found.len() > slice.limit;
    found.truncate(slice.limit);
    let last = found.last().map(|one| one.id().clone());
    // A page without anything goes on where it was cut.
    let next = if has_more { last.or(cut) } else { None };
    Listed { found, next }
}

/// Of the log, less what is being sent again.
async fn logged(api: &Api, row: &WebhookRow, outcome: Outcome, slice: Slice<'_>) -> PortResult<Listed> {
    let webhook = &row.key.webhook;
    let page = api.ports.log.page(webhook, slice, Some(outcome)).await?;
    let look_ups = page.items.into_iter().map(|entry| async {
        let items = api.ports.backlog.of(webhook, &entry.delivery).await?;
        Ok(Found::of(Some(entry), items))
    });
    let look_ups: Vec<_> = look_ups.collect();
    let found: Vec<Option<Found>> = stream::iter(look_ups).buffered(LOOK_UPS).try_collect().await?;
    let is_logged = |found: &Found| matches!(found, Found::Logged(_));
    Ok(Listed { found: found.into_iter().flatten().filter(is_logged).collect(), next: page.next })
}

/// Of the backlog, less what an invocation has delivered and died before it could remove it.
async fn waiting(api: &Api, row: &WebhookRow, came: Came, slice: Slice<'_>) -> PortResult<Listed> {
    let webhook = &row.key.webhook;
    let page = api.ports.backlog.page(webhook, slice, came).await?;
    let mut items = page.items;
    items.sort_by(|a, b| a.key.cmp(&b.key));
    // Of a delivery's items the last one counts.
    let mut last = BTreeMap::new();
    for item in items {
        last.insert(item.key.delivery().clone(), item);
    }
    let ids: Vec<DeliveryId> = last.keys().cloned().collect();
    let known = api.ports.log.known(webhook, &ids).await?;
    let look_ups = last.into_values().map(|item| async {
        let is_known = known.contains(item.key.delivery());
        let is_done = is_done(api, webhook, &item, is_known).await?;
        Ok((!is_done).then_some(Found::Waiting(item)))
    });
    let look_ups: Vec<_> = look_ups.collect();
    let found: Vec<Option<Found>> = stream::iter(look_ups).buffered(LOOK_UPS).try_collect().await?;
    let mut found: Vec<Found> = found.into_iter().flatten().collect();
    if slice.order == Order::NewestFirst {
        found.reverse();
    }
    Ok(Listed { found, next: page.next })
}

/// Whether an item was dealt with, whose delivery the log may know.
async fn is_done(api: &Api, webhook: &WebhookId, item: &BacklogItem, is_known: bool) -> PortResult<bool> {
    // Only of a redelivery does it matter what the log says.
    if !is_known || !item.key.is_by_hand() {
        return Ok(is_known);
    }
    let entry = api.ports.log.get(webhook, item.key.delivery()).await?;
    Ok(entry.is_some_and(|entry| item.is_done_by(&entry)))
}

#[cfg(test)]
mod tests {
    use domain::ids::EventId;
    use domain::time::Timestamp;

    use super::*;

    /// Of an event of this second.
    fn delivery(seconds: i64) -> DeliveryId {
        let webhook = WebhookId::new(Timestamp::from_millis(0), 1);
        DeliveryId::of(&EventId::parse("e").unwrap(), Timestamp::from_millis(seconds * 1_000), &webhook)
    }

    fn waiting(seconds: i64) -> BacklogItem {
        BacklogItem::untried(delivery(seconds), "{}".into(), Timestamp::from_millis(0))
    }

    /// A page that ends there, although more follows.
    fn cut<T>(seconds: i64, items: Vec<T>) -> Page<T> {
        Page { items, next: Some(delivery(seconds)) }
    }

    #[test]
    fn a_page_without_anything_goes_on_at_the_cut_that_is_nearest_the_start() {
        for (order, [near, far]) in [(Order::NewestFirst, [5, 3]), (Order::OldestFirst, [3, 5])] {
            let slice = Slice { order, behind: None, limit: 10 };
            for (logged, waiting) in [
                (cut(near, Vec::new()), cut(far, Vec::new())),
                (cut(far, Vec::new()), cut(near, Vec::new())),
                (cut(near, Vec::new()), cut(far, vec![waiting(far)])),
            ] {
                let page = merged(logged, waiting, slice);
                assert!(page.found.is_empty(), "{order:?}");
                assert_eq!(page.next, Some(delivery(near)), "{order:?}");
            }
        }
    }
}
