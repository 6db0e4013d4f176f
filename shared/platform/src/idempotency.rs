//! Answers by `Idempotency-Key`, in the main table.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::ids::WebhookId;
use domain::ports::{Begun, Idempotency, KeyUse, PortError, PortResult};
use domain::time::Timestamp;

use crate::error::{DYNAMODB, port_error};
use crate::expression::Expression;
use crate::fields::Fields;
use crate::item::{Item, number, text, time};
use crate::table::{TRIES, Table, pause_before};
use crate::tables::{self, PK, TTL};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// A request that did not end by then is taken over.
const TAKEN_OVER_AFTER: Duration = Duration::from_secs(60);

const BODY: &str = "body";
const WEBHOOK: &str = "webhook";
const ANSWER: &str = "answer";
/// When the request that holds the key began; it is its own as long as this is unchanged.
const BEGUN_AT: &str = "begun_at";

/// Answers by `Idempotency-Key`.
pub(crate) struct DynamoIdempotency {
    pub(crate) table: Table,
}

#[async_trait]
impl Idempotency for DynamoIdempotency {
    async fn begin(&self, key: &KeyUse) -> PortResult<Begun> {
        let mut asked_for_it = false;
        for attempt in 0..TRIES {
            pause_before(attempt).await;
            let Some(item) = self.take(key).await? else { return Ok(Begun::GoOn(key.webhook.clone())) };
            let first = Fields(&item);
            if first.text(BODY)? != key.body {
                return Ok(Begun::Reused);
            }
            if let Some(answer) = first.maybe_text(ANSWER)? {
                return Ok(Begun::Answered(answer.to_owned()));
            }
            let webhook = first.parsed(WEBHOOK, WebhookId::parse)?;
            if webhook == key.webhook {
                // Our own first try, whose answer was lost on the way.
                return Ok(Begun::GoOn(webhook));
            }
            let begun_at = first.time(BEGUN_AT)?;
            if asked_for_it && begun_at == key.now {
                // Taken over by us; the SDK asked again when the answer was lost, and was refused.
                return Ok(Begun::GoOn(webhook));
            }
            if begun_at.plus(TAKEN_OVER_AFTER) > key.now {
                return Ok(Begun::Running);
            }
            if self.take_over(key, begun_at).await? {
                return Ok(Begun::GoOn(webhook));
            }
            asked_for_it = true;
            // Somebody else took it over, answered it or gave it back: look again.
        }
        Err(PortError::Throttled { service: DYNAMODB })
    }

    async fn finish(&self, key: &KeyUse, answer: &str) -> PortResult<()> {
        let mut expression = Expression::default();
        expression.require_that(BODY, "=", text(&key.body));
        let keep = expression.comparison(ANSWER, "=", text(answer));
        match self.update(key, format!("SET {keep}"), expression).await {
            // It has expired, or was given back: nobody can ask for the answer by right.
            Ok(()) => Ok(()),
            Err(error) if is_refused_update(&error) => Ok(()),
            Err(error) => Err(port_error(DYNAMODB, "UpdateItem", &error)),
        }
    }

    async fn forget(&self, key: &KeyUse) -> PortResult<()> {
        let mut own = own(key);
        let call = self
            .table
            .client
            .delete_item()
            .table_name(&self.table.name)
            .set_key(Some(tables::idempotency(&key.tenant, &key.key).into_item()))
            .set_condition_expression(own.condition())
            .set_expression_attribute_names(own.names())
            .set_expression_attribute_values(own.values());
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(port_error(DYNAMODB, "DeleteItem", &error)),
            },
        }
    }

    async fn release(&self, key: &KeyUse) -> PortResult<()> {
        let mut own = own(key);
        // Long enough ago to be taken over now.
        let begun = own.comparison(BEGUN_AT, "=", time(key.now.minus(TAKEN_OVER_AFTER)));
        match self.update(key, format!("SET {begun}"), own).await {
            Ok(()) => Ok(()),
            Err(error) if is_refused_update(&error) => Ok(()),
            Err(error) => Err(port_error(DYNAMODB, "UpdateItem", &error)),
        }
    }
}

/// What another request took over or answered is not ours to give back.
fn own(key: &KeyUse) -> Expression {
    let mut own = Expression::default();
    own.require_that(BEGUN_AT, "=", time(key.now));
    own.require_absent(ANSWER);
    own
}

impl DynamoIdempotency {
    /// Takes a key that nobody holds; else says what holds it.
    async fn take(&self, key: &KeyUse) -> PortResult<Option<Item>> {
        let mut item = tables::idempotency(&key.tenant, &key.key).into_item();
        item.insert(BODY.to_owned(), text(&key.body));
        item.insert(WEBHOOK.to_owned(), text(key.webhook.as_str()));
        item.insert(BEGUN_AT.to_owned(), time(key.now));
        item.insert(TTL.to_owned(), number(key.now.plus(KEPT).as_seconds()));
        let mut free = Expression::default();
        let absent = free.name(PK);
        let expired = free.comparison(TTL, "<=", number(key.now.as_seconds()));
        free.require(format!("attribute_not_exists({absent}) OR {expired}"));
        let call = self
            .table
            .client
            .put_item()
            .table_name(&self.table.name)
            .set_item(Some(item))
            .set_condition_expression(free.condition())
            .set_expression_attribute_names(free.names())
            .set_expression_attribute_values(free.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                    Ok(Some(refusal.item.clone().unwrap_or_default()))
                }
                _ => Err(port_error(DYNAMODB, "PutItem", &error)),
            },
        }
    }

    /// Takes the key from a request that began then and never ended.
    async fn take_over(&self, key: &KeyUse, begun_at: Timestamp) -> PortResult<bool> {
        let mut unended = Expression::default();
        unended.require_that(BEGUN_AT, "=", time(begun_at));
        unended.require_absent(ANSWER);
        let begin = unended.comparison(BEGUN_AT, "=", time(key.now));
        let ttl = unended.comparison(TTL, "=", number(key.now.plus(KEPT).as_seconds()));
        match self.update(key, format!("SET {begin}, {ttl}"), unended).await {
            Ok(()) => Ok(true),
            Err(error) if is_refused_update(&error) => Ok(false),
            Err(error) => Err(port_error(DYNAMODB, "UpdateItem", &error)),
        }
    }

    async fn update(
        &self,
        key: &KeyUse,
        update: String,
        mut on: Expression,
    ) -> Result<(), SdkError<UpdateItemError>> {
        let call = self
            .table
            .client
            .update_item()
            .table_name(&self.table.name)
            .set_key(Some(tables::idempotency(&key.tenant, &key.key).into_item()))
            .update_expression(update)
            .set_condition_expression(on.condition())
            .set_expression_attribute_names(on.names())
            .set_expression_attribute_values(on.values());
        call.send().await.map(|_| ())
    }
}

fn is_refused_update(error: &SdkError<UpdateItemError>) -> bool {
    matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_)))
}
