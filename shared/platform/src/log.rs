//! The delivery log and the hourly counters, in the deliveries table.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::delivery::{Counts, KEPT, LogEntry, Outcome};
use domain::ids::{DeliveryId, WebhookId};
use domain::ports::{Log, Page, PortError, PortResult, Slice};
use domain::time::Timestamp;
use futures::future::try_join_all;

use crate::error::{DYNAMODB, port_error, unreadable};
use crate::expression::Expression;
use crate::item::{Fields, Item, is_live, number, text, time};
use crate::table::{Ask, Filter, From, TRIES, Table, pause_before};
use crate::tables::{self, CREATED_AT, SK, TTL};
use crate::{attempts, event, pages};

const OUTCOME: &str = "outcome";

/// A day more than the log, whose first hours they still count.
const COUNTERS_KEPT: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// What BatchGetItem takes in one call
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>).
const BATCH: usize = 100;

/// The delivery log.
pub(crate) struct DynamoLog {
    pub(crate) table: Table,
}

#[async_trait]
impl Log for DynamoLog {
    async fn put(&self, webhook: &WebhookId, entry: &LogEntry) -> PortResult<()> {
        let item = write(webhook, entry)?;
        let call = self.table.client.put_item().table_name(&self.table.name).set_item(Some(item));
        call.send().await.map_err(|error| port_error(DYNAMODB, "PutItem", &error))?;
        Ok(())
    }

    async fn known(&self, webhook: &WebhookId, deliveries: &[DeliveryId]) -> PortResult<HashSet<DeliveryId>> {
        // A key given twice refuses the whole call.
        let asked: Vec<&DeliveryId> = deliveries.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let batches = asked.chunks(BATCH).map(|batch| {
            let keys = batch.iter().map(|delivery| tables::logged(webhook, delivery).into_item()).collect();
            self.known_of(keys)
        });
        Ok(try_join_all(batches).await?.into_iter().flatten().collect())
    }

    async fn get(&self, webhook: &WebhookId, delivery: &DeliveryId) -> PortResult<Option<LogEntry>> {
        self.table.get(tables::logged(webhook, delivery)).await?.as_ref().map(read).transpose()
    }

    async fn page(
        &self,
        webhook: &WebhookId,
        slice: Slice<'_>,
        outcome: Option<Outcome>,
    ) -> PortResult<Page<LogEntry>> {
        let filter = outcome.map_or(Filter::All, |outcome| Filter::Is(OUTCOME, outcome.as_str().to_owned()));
        pages::page(&self.table, tables::log(webhook), (slice, filter), read).await
    }

    async fn count(&self, webhook: &WebhookId, hour: Timestamp, counts: Counts) -> PortResult<()> {
        let mut write = Expression::default();
        let ttl = write.comparison(TTL, "=", number(hour.hour().plus(COUNTERS_KEPT).as_seconds()));
        let counts = [("succeeded", counts.succeeded), ("failed", counts.failed), ("held", counts.held)];
        let mut added = Vec::new();
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            added.push(format!("{} {}", write.name(name), write.value(number(count))));
        }
        if added.is_empty() {
            return Ok(());
        }
        // Tried again by the SDK after an answer that got lost, it counts
        // twice: a chart may be wrong by that, a delivery never is.
        let call = self
            .table
            .client
            .update_item()
            .table_name(&self.table.name)
            .set_key(Some(tables::counted(webhook, hour).into_item()))
            .update_expression(format!("SET {ttl} ADD {}", added.join(", ")))
            .set_expression_attribute_names(write.names())
            .set_expression_attribute_values(write.values());
        call.send().await.map_err(|error| port_error(DYNAMODB, "UpdateItem", &error))?;
        Ok(())
    }

    async fn counts(&self, webhook: &WebhookId, since: Timestamp) -> PortResult<Vec<(Timestamp, Counts)>> {
        // 31 days have 744 hours.
        let ask = Ask {
            pk: tables::counters(webhook),
            from: From::At(since.hour().to_string()),
            filter: Filter::All,
            newest_first: false,
            consistent: false,
            limit: 1_000,
        };
        self.table.query(&ask).await?.iter().map(read_counts).collect()
    }

    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool> {
        if self.table.purge(tables::log(webhook)).await? {
            return Ok(true);
        }
        self.table.purge(tables::counters(webhook)).await
    }
}

impl DynamoLog {
    async fn known_of(&self, keys: Vec<Item>) -> PortResult<Vec<DeliveryId>> {
        let mut found = Vec::new();
        let mut asked = asking(keys)?;
        for attempt in 0..TRIES {
            pause_before(attempt).await;
            let call = self.table.client.batch_get_item().request_items(&self.table.name, asked);
            let answer = call.send().await.map_err(|error| port_error(DYNAMODB, "BatchGetItem", &error))?;
            let now = self.table.clock.now();
            let items = answer.responses.unwrap_or_default().remove(&self.table.name).unwrap_or_default();
            for item in items.iter().filter(|item| is_live(item, now)) {
                found.push(Fields(item).parsed(SK, DeliveryId::parse)?);
            }
            match answer.unprocessed_keys.and_then(|mut left: HashMap<_, _>| left.remove(&self.table.name)) {
                Some(left) if !left.keys().is_empty() => asked = left,
                Some(_) | None => return Ok(found),
            }
        }
        Err(PortError::Throttled { service: DYNAMODB })
    }
}

fn asking(keys: Vec<Item>) -> PortResult<KeysAndAttributes> {
    KeysAndAttributes::builder()
        .set_keys(Some(keys))
        .consistent_read(true)
        .projection_expression("#sk, #ttl")
        .expression_attribute_names("#sk", SK)
        .expression_attribute_names("#ttl", TTL)
        .build()
        .map_err(|_| PortError::Failed("dynamodb.BatchGetItem: not-built".to_owned()))
}

fn write(webhook: &WebhookId, entry: &LogEntry) -> PortResult<Item> {
    let mut item = tables::logged(webhook, &entry.delivery).into_item();
    item.extend(attempts::write(&entry.attempts)?);
    item.insert(OUTCOME.to_owned(), text(entry.outcome.as_str()));
    item.insert(CREATED_AT.to_owned(), time(entry.created_at));
    item.insert(TTL.to_owned(), number(entry.created_at.plus(KEPT).as_seconds()));
    Ok(event::with_event(item, &entry.event))
}

fn read(item: &Item) -> PortResult<LogEntry> {
    let fields = Fields(item);
    let outcome = match fields.text(OUTCOME)? {
        word if word == Outcome::Succeeded.as_str() => Outcome::Succeeded,
        word if word == Outcome::Failed.as_str() => Outcome::Failed,
        _ => return Err(unreadable(OUTCOME)),
    };
    Ok(LogEntry {
        delivery: fields.parsed(SK, DeliveryId::parse)?,
        event: event::event(&fields)?,
        outcome,
        attempts: attempts::read(&fields)?,
        created_at: fields.time(CREATED_AT)?,
    })
}

fn read_counts(item: &Item) -> PortResult<(Timestamp, Counts)> {
    let fields = Fields(item);
    let count = |name| Ok(fields.maybe_number(name)?.unwrap_or_default());
    let counts = Counts { succeeded: count("succeeded")?, failed: count("failed")?, held: count("held")? };
    Ok((fields.parsed(SK, Timestamp::parse)?, counts))
}
