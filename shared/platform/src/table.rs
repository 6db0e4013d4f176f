//! The calls that the stores have in common.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use domain::ports::{Came, Clock, Dice as _, PortError, PortResult};
use futures::future::try_join_all;

use crate::answer::{self, Answer};
use crate::clock::OsDice;
use crate::error::{DYNAMODB, coded, port_error};
use crate::expression::Expression;
use crate::fields::Fields;
use crate::item::{Item, text, time};
use crate::tables::{CREATED_AT, Key, PK, SK, TTL};

/// How often what DynamoDB left undone is asked for again.
pub(crate) const TRIES: u32 = 6;

/// A table, and the clock by which its items expire.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What to read of a partition.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) pk: String,
    pub(crate) from: From,
    /// What else is read, but not brought.
    pub(crate) filter: Filter,
    pub(crate) newest_first: bool,
    pub(crate) consistent: bool,
    pub(crate) limit: usize,
}

/// Where in a partition to begin.
#[derive(Clone, Debug)]
pub(crate) enum From {
    Start,
    At(String),
    Behind(String),
    /// From the end backwards.
    Below(String),
    Between(String, String),
}

/// What is brought of what is read.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    All,
    Came(Came),
    /// Only items with this value in this attribute.
    Is(&'static str, String),
}

impl Table {
    /// One item, consistently, unless it has expired.
    pub(crate) async fn get(&self, key: Key) -> PortResult<Option<Item>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.into_item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error(DYNAMODB, "GetItem", &error))?;
        let now = self.clock.now();
        Ok(answer.item.filter(|item| Fields(item).is_live(now)))
    }

    /// Writes one item, over what was there.
    pub(crate) async fn put(&self, item: Item) -> PortResult<()> {
        let call = self.client.put_item().table_name(&self.name).set_item(Some(item));
        call.send().await.map_err(|error| port_error(DYNAMODB, "PutItem", &error))?;
        Ok(())
    }

    /// Deletes one item; that it is gone already is no error.
    pub(crate) async fn delete(&self, key: Key) -> PortResult<()> {
        let call = self.client.delete_item().table_name(&self.name).set_key(Some(key.into_item()));
        call.send().await.map_err(|error| port_error(DYNAMODB, "DeleteItem", &error))?;
        Ok(())
    }

    /// Deletes an item if it is what the condition says; that it is not is no error.
    pub(crate) async fn delete_if(&self, key: Key, mut condition: Expression) -> PortResult<()> {
        let call = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key.into_item()))
            .set_condition_expression(condition.condition())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values());
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(port_error(DYNAMODB, "DeleteItem", &error)),
            },
        }
    }

    /// What `read` makes of the first items that have not expired, page after page.
    pub(crate) async fn query<T>(
        &self,
        ask: &Ask,
        mut read: impl FnMut(Fields<'_>) -> PortResult<T>,
    ) -> PortResult<Vec<T>> {
        // Behind a page with expired or filtered items there may be very many more: each page is
        // ten times the one before, until DynamoDB's 1 MB ends it.
        const SECOND_PAGE: usize = 100;
        let mut found = Vec::new();
        let mut page = ask.limit;
        let mut start = None;
        while found.len() < ask.limit {
            let query = self.ask(ask).set_limit(i32::try_from(page).ok());
            let text = answer::text(query.set_exclusive_start_key(start.map(Key::into_item))).await?;
            let answer = Answer::read(&text)?;
            let room = ask.limit - found.len();
            for fields in answer.live(self.clock.now()).take(room) {
                found.push(read(fields)?);
            }
            start = answer.last_key()?;
            if start.is_none() {
                break;
            }
            page = page.saturating_mul(10).max(SECOND_PAGE);
        }
        Ok(found)
    }

    /// Deletes the first hundred items of a partition; says whether more are left.
    pub(crate) async fn purge(&self, pk: String) -> PortResult<bool> {
        let ask = Ask {
            pk,
            from: From::Start,
            filter: Filter::All,
            newest_first: false,
            consistent: true,
            limit: 100,
        };
        let query =
            self.ask(&ask).limit(100).projection_expression("#pk, #sk").expression_attribute_names("#sk", SK);
        let text = answer::text(query).await?;
        let answer = Answer::read(&text)?;
        let deletions = answer.all().map(|fields| deletion(fields.key()?)).collect::<PortResult<Vec<_>>>()?;
        // 25 a call: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
        try_join_all(deletions.chunks(25).map(|batch| self.write_all(batch.to_vec()))).await?;
        Ok(answer.last_key()?.is_some())
    }

    /// What `read` makes of one page of at most `ask.limit` items that have not expired, each with its
    /// sort key, and the sort key that was read last when there may be more behind it.
    pub(crate) async fn page<T>(
        &self,
        ask: &Ask,
        read: impl Fn(Fields<'_>) -> PortResult<T>,
    ) -> PortResult<(Vec<(String, T)>, Option<String>)> {
        // A filter lets little through of what is read: then a whole page of 1 MB is read.
        let limit = matches!(ask.filter, Filter::All).then_some(ask.limit);
        let query = self.ask(ask).set_limit(limit.and_then(|limit| i32::try_from(limit).ok()));
        let text = answer::text(query).await?;
        let answer = Answer::read(&text)?;
        let mut live = answer.live(self.clock.now());
        // No more than is asked for: an event of some KB may be a hundred times as long as it is stored.
        let items = live.by_ref().take(ask.limit).map(|item| Ok((item.text(SK)?.to_owned(), read(item)?)));
        let items = items.collect::<PortResult<Vec<_>>>()?;
        let last = match live.next() {
            Some(_) => items.last().map(|(key, _)| key.clone()),
            None => answer.last_key()?.map(|key| key.sk),
        };
        Ok((items, last))
    }

    /// How many items that have not expired there are, counted no further than `ask.limit`, and
    /// among so many pages of 1 MB.
    pub(crate) async fn count(&self, ask: &Ask, pages: usize) -> PortResult<usize> {
        let (mut count, mut start) = (0, None);
        for _ in 0..pages {
            let query = self
                .ask(ask)
                .projection_expression("#ttl")
                .expression_attribute_names("#ttl", TTL)
                .set_exclusive_start_key(start.map(Key::into_item));
            let text = answer::text(query).await?;
            let answer = Answer::read(&text)?;
            count += answer.live(self.clock.now()).count();
            start = answer.last_key()?;
            if count >= ask.limit || start.is_none() {
                break;
            }
        }
        Ok(count.min(ask.limit))
    }

    fn ask(&self, ask: &Ask) -> QueryFluentBuilder {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(ask.consistent)
            .scan_index_forward(!ask.newest_first)
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":pk", text(&ask.pk));
        let query = match &ask.from {
            From::Start => query.key_condition_expression("#pk = :pk"),
            From::At(sk) => query
                .key_condition_expression("#pk = :pk AND #sk >= :sk")
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":sk", text(sk)),
            From::Behind(sk) => query
                .key_condition_expression("#pk = :pk AND #sk > :sk")
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":sk", text(sk)),
            From::Below(sk) => query
                .key_condition_expression("#pk = :pk AND #sk < :sk")
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":sk", text(sk)),
            From::Between(low, high) => query
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":low", text(low))
                .expression_attribute_values(":high", text(high)),
        };
        filtered(query, &ask.filter)
    }

    async fn write_all(&self, mut requests: Vec<WriteRequest>) -> PortResult<()> {
        for attempt in 0..TRIES {
            pause_before(attempt).await;
            let call = self.client.batch_write_item().request_items(&self.name, requests);
            let answer = call.send().await.map_err(|error| port_error(DYNAMODB, "BatchWriteItem", &error))?;
            match answer.unprocessed_items.and_then(|mut left| left.remove(&self.name)) {
                Some(left) if !left.is_empty() => requests = left,
                Some(_) | None => return Ok(()),
            }
        }
        Err(PortError::Throttled { service: DYNAMODB })
    }
}

fn filtered(query: QueryFluentBuilder, filter: &Filter) -> QueryFluentBuilder {
    let (expression, name, value) = match filter {
        Filter::All | Filter::Came(Came::Ever) => return query,
        Filter::Came(Came::Since(since)) => ("#f >= :f", CREATED_AT, time(*since)),
        Filter::Came(Came::Before(before)) => ("#f < :f", CREATED_AT, time(*before)),
        Filter::Is(attribute, value) => ("#f = :f", *attribute, text(value)),
    };
    let query = query.filter_expression(expression).expression_attribute_names("#f", name);
    query.expression_attribute_values(":f", value)
}

/// No wait before the first try, then 25 ms, 50 ms … so that all [`TRIES`] take under a second; each up
/// to half shorter, by chance, so that those who met do not meet again.
pub(crate) async fn pause_before(attempt: u32) {
    if attempt > 0 {
        let step = Duration::from_millis(25) * 2_u32.saturating_pow(attempt - 1) / 100;
        let hundredths = 50 + u32::try_from(OsDice.roll() % 51).unwrap_or_default();
        tokio::time::sleep(step * hundredths).await;
    }
}

fn deletion(key: Key) -> PortResult<WriteRequest> {
    let request = DeleteRequest::builder().set_key(Some(key.into_item())).build();
    let request = request.map_err(|_| not_built("BatchWriteItem"))?;
    Ok(WriteRequest::builder().delete_request(request).build())
}

/// A request lacks something, which does not happen.
pub(crate) fn not_built(operation: &str) -> PortError {
    coded(DYNAMODB, operation, "not-built")
}
