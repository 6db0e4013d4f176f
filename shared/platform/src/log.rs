//! The delivery log, in the deliveries table.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::delivery::{Counts, KEPT, LogEntry, Outcome};
use domain::ids::{DeliveryId, TenantId, WebhookId};
use domain::ports::{Log, Page, PortError, PortResult, Slice};
use domain::row::WebhookKey;
use domain::time::Timestamp;
use futures::future::try_join_all;

use crate::error::{DYNAMODB, port_error, unreadable};
use crate::fields::Fields;
use crate::item::{Item, number, text, time};
use crate::joint::Joint;
use crate::table::{Filter, TRIES, Table, not_built, pause_before};
use crate::tables::{self, CREATED_AT, Key, SK, TTL};
use crate::{attempts, counters, event, pages};

const OUTCOME: &str = "outcome";

/// What BatchGetItem takes in one call
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>).
const BATCH: usize = 100;

/// The delivery log, and the hourly counters.
pub(crate) struct DynamoLog {
    table: Table,
    puts: Joint,
}

impl DynamoLog {
    pub(crate) fn new(table: Table) -> Self {
        Self { puts: Joint::new(table.clone()), table }
    }
}

#[async_trait]
impl Log for DynamoLog {
    async fn put(&self, webhook: &WebhookId, entry: &LogEntry) -> PortResult<()> {
        self.puts.put(|| tables::logged(webhook, &entry.delivery), |key| write(key, entry)).await
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
        self.table.get(tables::logged(webhook, delivery)).await?.map(|item| read(Fields(&item))).transpose()
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

    async fn count(
        &self,
        tenant: &TenantId,
        hour: Timestamp,
        counts: &BTreeMap<WebhookId, Counts>,
    ) -> PortResult<()> {
        counters::add(&self.table, tenant, hour, counts).await
    }

    async fn counts(&self, key: &WebhookKey, since: Timestamp) -> PortResult<Vec<(Timestamp, Counts)>> {
        counters::read(&self.table, key, since).await
    }

    async fn purge(&self, webhook: &WebhookId) -> PortResult<bool> {
        self.table.purge(tables::log(webhook)).await
    }

    async fn purge_counts(&self, tenant: &TenantId) -> PortResult<bool> {
        self.table.purge(tables::counters(tenant)).await
    }
}

impl DynamoLog {
    async fn known_of(&self, keys: Vec<Item>) -> PortResult<Vec<DeliveryId>> {
        let (mut found, mut tries) = (Vec::new(), 0);
        let mut asked = asking(keys)?;
        while tries < TRIES {
            pause_before(tries).await;
            let before = asked.keys().len();
            let call = self.table.client.batch_get_item().request_items(&self.table.name, asked);
            let answer = call.send().await.map_err(|error| port_error(DYNAMODB, "BatchGetItem", &error))?;
            let now = self.table.clock.now();
            let items = answer.responses.unwrap_or_default().remove(&self.table.name).unwrap_or_default();
            for fields in items.iter().map(|item| Fields(item)).filter(|fields| fields.is_live(now)) {
                found.push(fields.parsed(SK, DeliveryId::parse)?);
            }
            match answer.unprocessed_keys.and_then(|mut left: HashMap<_, _>| left.remove(&self.table.name)) {
                Some(left) if !left.keys().is_empty() => {
                    // An answer ends at 1 MB of a partition: what is left then is no throttling.
                    tries = if left.keys().len() < before { 0 } else { tries + 1 };
                    asked = left;
                }
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
        .map_err(|_| not_built("BatchGetItem"))
}

fn write(key: Key, entry: &LogEntry) -> PortResult<Item> {
    let mut item = key.into_item();
    attempts::write(&mut item, &entry.attempts)?;
    item.insert(OUTCOME.to_owned(), text(entry.outcome.as_str()));
    item.insert(CREATED_AT.to_owned(), time(entry.created_at));
    item.insert(TTL.to_owned(), number(entry.ended_at().plus(KEPT).as_seconds()));
    Ok(event::with_event(item, &entry.event))
}

fn read(fields: Fields<'_>) -> PortResult<LogEntry> {
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
