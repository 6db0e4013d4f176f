//! A page of a webhook's deliveries, newest first: log and backlog merged.

use std::collections::BTreeMap;

use domain::delivery::{BacklogItem, LogEntry, Outcome};
use domain::ids::DeliveryId;
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
    let is_before = |id: &DeliveryId, cut: &DeliveryId| match slice.order {
        Order::NewestFirst => id >= cut,
        Order::OldestFirst => id <= cut,
    };
    let cuts = [logged.next.clone(), waiting.next.clone()];
    let on_page = |id: &DeliveryId| cuts.iter().flatten().all(|cut| is_before(id, cut));
    let mut known = BTreeMap::<DeliveryId, (Option<LogEntry>, Vec<BacklogItem>)>::new();
    for entry in logged.items {
        let place = known.entry(entry.delivery.clone()).or_default();
        place.0 = Some(entry);
    }
    for item in waiting.items {
        known.entry(item.key.delivery().clone()).or_default().1.push(item);
    }
    let is_cut = cuts.iter().any(Option::is_some);
    let mut found: Vec<Found> = known
        .into_iter()
        .filter(|(id, _)| on_page(id))
        .filter_map(|(_, (entry, items))| Found::of(entry, items))
        .collect();
    if slice.order == Order::NewestFirst {
        found.reverse();
    }
    let is_cut = is_cut || found.len() > slice.limit;
    found.truncate(slice.limit);
    let last = found.last().map(|one| one.id().clone());
    // A page without anything goes on where it was cut.
    let next = if is_cut { last.or_else(|| cuts.into_iter().flatten().next()) } else { None };
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
    let ids: Vec<DeliveryId> = page.items.iter().map(|item| item.key.delivery().clone()).collect();
    let known = api.ports.log.known(webhook, &ids).await?;
    let mut items = page.items;
    items.retain(|item| item.key.is_by_hand() || !known.contains(item.key.delivery()));
    // Of a delivery's items the last one counts.
    let mut last = BTreeMap::new();
    for item in items {
        let standing = last.entry(item.key.delivery().clone()).or_insert_with(|| item.clone());
        if item.key > standing.key {
            *standing = item;
        }
    }
    let mut found: Vec<Found> = last.into_values().map(Found::Waiting).collect();
    if slice.order == Order::NewestFirst {
        found.reverse();
    }
    Ok(Listed { found, next: page.next })
}
