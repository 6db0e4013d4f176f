//! What waits, in the deliveries table.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use domain::delivery::{BacklogItem, KEPT};
use domain::ids::{DeliveryId, WebhookId};
use domain::ports::{Backlog, PortResult, Range};
use domain::row::BacklogKey;

use crate::error::{DYNAMODB, port_error};
use crate::expression::Expression;
use crate::item::{Fields, Item, number, time};
use crate::table::{Ask, From, Table};
use crate::tables::{self, CREATED_AT, PK, SK, TTL};
use crate::{attempts, event};

const FAILURES: &str = "failures";
const FIRST_FAILED: &str = "first_failed";

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
        let ask = Ask { pk, from, since: range.since, newest_first: false, consistent: true, limit };
        self.table.query(&ask).await?.iter().map(read).collect()
    }

    async fn newest(&self, webhook: &WebhookId) -> PortResult<Option<BacklogItem>> {
        let pk = tables::backlog(webhook);
        let ask = Ask { pk, from: From::Start, since: None, newest_first: true, consistent: true, limit: 1 };
        self.table.query(&ask).await?.first().map(read).transpose()
    }

    async fn get(&self, webhook: &WebhookId, key: &BacklogKey) -> PortResult<Option<BacklogItem>> {
        self.table.get(tables::waiting(webhook, key)).await?.as_ref().map(read).transpose()
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
    Ok(event::with_event(attributes, &item.event))
}

/// What an attempt changes.
fn counted(item: &BacklogItem) -> PortResult<Item> {
    let mut attributes = attempts::write(&item.attempts)?;
    attributes.insert(FAILURES.to_owned(), number(item.failures));
    if let Some(first_failed) = item.first_failed {
        attributes.insert(FIRST_FAILED.to_owned(), time(first_failed));
    }
    Ok(attributes)
}

fn read(item: &Item) -> PortResult<BacklogItem> {
    let fields = Fields(item);
    Ok(BacklogItem {
        key: BacklogKey::of(fields.parsed(SK, DeliveryId::parse)?),
        event: event::event(&fields)?,
        attempts: attempts::read(&fields)?,
        failures: fields.number(FAILURES)?,
        first_failed: fields.maybe_time(FIRST_FAILED)?,
        created_at: fields.time(CREATED_AT)?,
    })
}
