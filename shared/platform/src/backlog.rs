//! What waits, in the deliveries table.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use domain::delivery::{BacklogItem, KEPT};
use domain::ids::{DeliveryId, WebhookId};
use domain::ports::{Backlog, Came, Page, PortResult, Range, Slice};
use domain::row::BacklogKey;

use crate::error::{DYNAMODB, port_error};
use crate::expression::Expression;
use crate::fields::Fields;
use crate::item::{Item, number, time};
use crate::table::{Ask, Filter, From, Table};
use crate::tables::{self, CREATED_AT, PK, SK, TTL};
use crate::{attempts, event, pages};

const FAILURES: &str = "failures";
const FIRST_FAILED: &str = "first_failed";
/// Left out when it is when the item came.
const DELIVERY_SINCE: &str = "delivery_since";

/// The backlog.
pub(crate) struct DynamoBacklog {
    pub(crate) table: Table,
}

#[async_trait]
impl Backlog for DynamoBacklog {
    async fn put(&self, webhook: &WebhookId, item: &BacklogItem) -> PortResult<()> {
        let mut free = Expression::default();
        let absent = free.name(PK);
        let expired = free.comparison(TTL, "<=", number(self.table.clock.now().as_seconds()));
        free.require(format!("attribute_not_exists({absent}) OR {expired}"));
        let call = self
            .table
            .client
            .put_item()
            .table_name(&self.table.name)
            .set_item(Some(write(webhook, item)?))
            .set_condition_expression(free.condition())
            .set_expression_attribute_names(free.names())
            .set_expression_attribute_values(free.values());
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(port_error(DYNAMODB, "PutItem", &error)),
            },
        }
    }

    async fn tried(&self, webhook: &WebhookId, item: &BacklogItem) -> PortResult<()> {
        let mut there = Expression::default();
        there.require_there(PK);
        let mut set = Vec::new();
        for (name, value) in counted(item)? {
            set.push(there.comparison(&name, "=", value));
        }
        let call = self
            .table
            .client
            .update_item()
            .table_name(&self.table.name)
            .set_key(Some(tables::waiting(webhook, &item.key).into_item()))
            .update_expression(format!("SET {}", set.join(", ")))
            .set_condition_expression(there.condition())
            .set_expression_attribute_names(there.names())
            .set_expression_attribute_values(there.values());
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(port_error(DYNAMODB, "UpdateItem", &error)),
            },
        }
    }

    async fn oldest(
        &self,
        webhook: &WebhookId,
        range: Range<'_>,
        limit: usize,
    ) -> PortResult<Vec<BacklogItem>> {
        let from = range.after.map_or(From::Start, |after| From::Behind(after.as_str().to_owned()));
        let pk = tables::backlog(webhook);
        let filter = range.since.map_or(Filter::All, |since| Filter::Came(Came::Since(since)));
        let ask = Ask { pk, from, filter, newest_first: false, consistent: true, limit };
        self.table.query(&ask, read).await
    }

    async fn page(&self, webhook: &WebhookId, slice: Slice<'_>, came: Came) -> PortResult<Page<BacklogItem>> {
        let filter = if came == Came::Ever { Filter::All } else { Filter::Came(came) };
        let pk = tables::backlog(webhook);
        let mut page = pages::page(&self.table, pk.clone(), (slice, filter.clone()), read).await?;
        // A delivery's items may lie on both sides of the cut: all of the last one belong here.
        if let Some(last) = page.next.take() {
            let had = page.items.len();
            page.items.retain(|item| item.key.delivery() != &last);
            page.items.extend(
                self.of(webhook, &last).await?.into_iter().filter(|item| came.includes(item.created_at)),
            );
            // They may have been all that was behind the cut.
            let is_end = page.items.len() > had && {
                let behind = Slice { behind: Some(&last), limit: 1, ..slice };
                let rest = pages::page(&self.table, pk, (behind, filter), read).await?;
                rest.items.is_empty() && rest.next.is_none()
            };
            page.next = Some(last).filter(|_| !is_end);
        }
        Ok(page)
    }

    async fn count(&self, webhook: &WebhookId, came: Came, most: usize) -> PortResult<usize> {
        // Two seconds, at the 12 MB a second that a partition gives. What is pending lies mostly
        // behind what is held.
        const PAGES: usize = 20;
        let ask = Ask {
            pk: tables::backlog(webhook),
            from: From::Start,
            filter: Filter::Came(came),
            newest_first: true,
            consistent: true,
            limit: most,
        };
        self.table.count(&ask, PAGES).await
    }

    async fn of(&self, webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Vec<BacklogItem>> {
        let ask = Ask {
            pk: tables::backlog(webhook),
            from: From::Between(delivery.to_string(), tables::behind_all_of(delivery)),
            filter: Filter::All,
            newest_first: false,
            consistent: true,
            limit: 100,
        };
        self.table.query(&ask, read).await
    }

    async fn get(&self, webhook: &WebhookId, key: &BacklogKey) -> PortResult<Option<BacklogItem>> {
        self.table.get(tables::waiting(webhook, key)).await?.map(|item| read(Fields(&item))).transpose()
    }

    async fn delete(&self, webhook: &WebhookId, key: &BacklogKey) -> PortResult<()> {
        self.table.delete(tables::waiting(webhook, key)).await
    }

    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool> {
        self.table.purge(tables::backlog(webhook)).await
    }
}

fn write(webhook: &WebhookId, item: &BacklogItem) -> PortResult<Item> {
    let mut attributes = tables::waiting(webhook, &item.key).into_item();
    attributes.extend(counted(item)?);
    attributes.insert(CREATED_AT.to_owned(), time(item.created_at));
    attributes.insert(TTL.to_owned(), number(item.created_at.plus(KEPT).as_seconds()));
    if item.delivery_since != item.created_at {
        attributes.insert(DELIVERY_SINCE.to_owned(), time(item.delivery_since));
    }
    Ok(event::with_event(attributes, &item.event))
}

/// What an attempt changes.
fn counted(item: &BacklogItem) -> PortResult<Item> {
    let mut attributes = Item::new();
    attempts::write(&mut attributes, &item.attempts)?;
    attributes.insert(FAILURES.to_owned(), number(item.failures));
    if let Some(first_failed) = item.first_failed {
        attributes.insert(FIRST_FAILED.to_owned(), time(first_failed));
    }
    Ok(attributes)
}

fn read(fields: Fields<'_>) -> PortResult<BacklogItem> {
    let created_at = fields.time(CREATED_AT)?;
    Ok(BacklogItem {
        key: fields.parsed(SK, BacklogKey::parse)?,
        event: event::event(&fields)?,
        attempts: attempts::read(&fields)?,
        failures: fields.number(FAILURES)?,
        first_failed: fields.maybe_time(FIRST_FAILED)?,
        created_at,
        delivery_since: fields.maybe_time(DELIVERY_SINCE)?.unwrap_or(created_at),
    })
}
