//! A page of a webhook's deliveries, of the log or of the backlog.

use domain::ports::{Order, Page, PortResult, Slice};
use domain::row::BacklogKey;

use crate::error::unreadable;
use crate::fields::Fields;
use crate::table::{Ask, Filter, From, Table};
use crate::tables::{self, SK};

/// So many pages of a table are read for one page of what is asked for, however
/// little a filter lets through.
const MOST_READS: usize = 5;
/// Behind a page of expired items there may be many more: those after it are larger.
const LATER_READS: usize = 100;

/// Reads until there is something, or enough was read; `read` makes something of an item.
pub(crate) async fn page<T>(
    table: &Table,
    pk: String,
    (slice, filter): (Slice<'_>, Filter),
    read: fn(Fields<'_>) -> PortResult<T>,
) -> PortResult<Page<T>> {
    let newest_first = slice.order == Order::NewestFirst;
    let from = match (slice.behind, slice.order) {
        (None, _) => From::Start,
        (Some(behind), Order::NewestFirst) => From::Below(behind.to_string()),
        (Some(behind), Order::OldestFirst) => From::Behind(tables::behind_all_of(behind)),
    };
    // One more than is asked for shows whether there is more: of a query that has reached its limit
    // DynamoDB does not say.
    let limit = slice.limit.saturating_add(1);
    let mut ask = Ask { pk, from, filter, newest_first, consistent: true, limit };
    let (mut found, mut next) = (Vec::new(), None);
    for _ in 0..MOST_READS {
        let (items, last) = table.page(&ask, read).await?;
        found.extend(items);
        next = last;
        let Some(last) = next.clone().filter(|_| found.len() <= slice.limit) else { break };
        ask.limit = limit.max(LATER_READS);
        ask.from = if newest_first { From::Below(last) } else { From::Behind(last) };
    }
    if found.len() > slice.limit {
        found.truncate(slice.limit);
        next = found.last().map(|(key, _): &(String, T)| key.clone());
    }
    let next = next.map(|key| BacklogKey::parse(&key).map_err(|_| unreadable(SK))).transpose()?;
    Ok(Page {
        items: found.into_iter().map(|(_, item)| item).collect(),
        next: next.map(|key| key.delivery().clone()),
    })
}
