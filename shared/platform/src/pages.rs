//! A page of a webhook's deliveries, of the log or of the backlog.

use domain::ids::DeliveryId;
use domain::ports::{Order, Page, PortResult, Slice};
use domain::row::BacklogKey;

use crate::error::unreadable;
use crate::item::Item;
use crate::table::{Ask, Filter, From, Table};
use crate::tables::{self, SK};

/// So many pages of a table are read for one page of what is asked for, however
/// little a filter lets through.
const MOST_READS: usize = 5;
/// Behind a page of expired items there may be many more: those after it are larger.
const LATER_READS: usize = 100;

/// Reads until there is something, or enough was read.
pub(crate) async fn page<T>(
    table: &Table,
    pk: String,
    slice: Slice<'_>,
    filter: Filter,
    read: fn(&Item) -> PortResult<T>,
    delivery_of: fn(&T) -> &DeliveryId,
) -> PortResult<Page<T>> {
    let newest_first = slice.order == Order::NewestFirst;
    let from = match (slice.behind, slice.order) {
        (None, _) => From::Start,
        (Some(behind), Order::NewestFirst) => From::Below(behind.to_string()),
        (Some(behind), Order::OldestFirst) => From::Behind(tables::behind_all_of(behind)),
    };
    let mut ask = Ask { pk, from, filter, newest_first, consistent: true, limit: slice.limit };
    let mut items = Vec::new();
    for reads in 1.. {
        let (found, last) = table.page(&ask).await?;
        items.extend(found.iter().map(read).collect::<PortResult<Vec<T>>>()?);
        if items.len() > slice.limit {
            items.truncate(slice.limit);
            let next = items.last().map(|item| delivery_of(item).clone());
            return Ok(Page { items, next });
        }
        let Some(last) = last else { return Ok(Page { items, next: None }) };
        if items.len() == slice.limit || reads == MOST_READS {
            let last = BacklogKey::parse(&last).map_err(|_| unreadable(SK))?;
            return Ok(Page { items, next: Some(last.delivery().clone()) });
        }
        ask.limit = slice.limit.max(LATER_READS);
        ask.from = if newest_first { From::Below(last) } else { From::Behind(last) };
    }
    Ok(Page { items, next: None })
}
