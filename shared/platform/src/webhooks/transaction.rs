//! Creation and deletion: a webhook's row and its tenant's count of webhooks
//! change together or not at all. Of a webhook that a removal took the removal
//! has taken the count too.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};
use domain::ports::{Created, Deleted, PortError, PortResult};
use domain::row::{WebhookKey, WebhookRow};
use domain::webhook::slack::SlackTarget;

use super::row::{self, names};
use super::tenant::{self, CHANNELS, COUNT, REMOVED, REMOVED_AT};
use crate::error::{DYNAMODB, coded, port_error};
use crate::expression::Expression;
use crate::fields::Fields;
use crate::item::{Item, number, text, time};
use crate::table::{TRIES, Table, pause_before};
use crate::tables::{self, Key, PK};

const OPERATION: &str = "TransactWriteItems";
const CONFLICT: &str = "TransactionConflict";

/// Adds a webhook unless the tenant has `limit` of them, or one of the same
/// Slack channel, or was removed.
pub(super) async fn create(table: &Table, row: &WebhookRow, limit: u32) -> PortResult<Created> {
    let mut absent = Expression::default();
    absent.require_absent(PK);
    let put = Put::builder()
        .table_name(&table.name)
        .set_item(Some(row::write(row)?))
        .set_condition_expression(absent.condition())
        .set_expression_attribute_names(absent.names())
        .build();
    let mut room = not_taken(row);
    let none = room.name(COUNT);
    let fewer = room.comparison(COUNT, "<", number(limit));
    room.require(format!("(attribute_not_exists({none}) OR {fewer})"));
    let channel = row.settings.target.slack().map(SlackTarget::channel_key);
    if let Some(channel) = &channel {
        let (channels, own) = (room.name(CHANNELS), room.value(text(channel)));
        room.require(format!("NOT contains({channels}, {own})"));
    }
    let count = count(table, tables::tenant(&row.key.tenant), &Counted::In(channel.as_deref()), room)?;
    let put = TransactWriteItem::builder().put(put.map_err(|_| not_built())?).build();
    match write(table, vec![put, count]).await? {
        Written::Done => Ok(Created::Done),
        Written::Refused(reasons) => match reasons.as_slice() {
            [row, ..] if is_refused(row) => Ok(Created::Exists),
            [_, tenant] if is_refused(tenant) => {
                let item = tenant.item.clone().unwrap_or_default();
                let has = |channel: &String| has_channel(&item, channel);
                let taken = tenant::removal(Fields(&item))?.is_some_and(|removal| removal.took(row));
                Ok(match Fields(&item).flag(REMOVED)? || taken {
                    true => Created::TenantRemoved,
                    false if channel.as_ref().is_some_and(has) => Created::SameChannel,
                    false => Created::TooMany,
                })
            }
            _ => Err(coded(DYNAMODB, OPERATION, "TransactionCanceledException")),
        },
    }
}

/// Deletes a webhook, of this version if one is given.
pub(super) async fn delete(table: &Table, key: &WebhookKey, version: Option<u64>) -> PortResult<Deleted> {
    for attempt in 0..TRIES {
        pause_before(attempt).await;
        let Some(item) = table.get(tables::webhook(key)).await? else { return Ok(Deleted::Absent) };
        let row = row::read(Fields(&item))?;
        if version.is_some_and(|version| version != row.version) {
            return Ok(Deleted::Stale(row.version));
        }
        let mut unchanged = Expression::default();
        unchanged.require_that(names::VERSION, "=", number(row.version));
        let delete = Delete::builder()
            .table_name(&table.name)
            .set_key(Some(tables::webhook(key).into_item()))
            .set_condition_expression(unchanged.condition())
            .set_expression_attribute_names(unchanged.names())
            .set_expression_attribute_values(unchanged.values())
            .build();
        let delete = TransactWriteItem::builder().delete(delete.map_err(|_| not_built())?).build();
        let channel = row.settings.target.slack().map(SlackTarget::channel_key);
        let out = Counted::Out(channel.as_deref());
        let count = count(table, tables::tenant(&key.tenant), &out, not_taken(&row))?;
        let mut written = write(table, vec![delete.clone(), count]).await?;
        if let Written::Refused(reasons) = &written
            && reasons.get(1).is_some_and(is_refused)
        {
            written = write(table, vec![delete]).await?;
        }
        match written {
            Written::Done => return Ok(Deleted::Done(Box::new(row))),
            // Edited or deleted since it was read: read it again.
            Written::Refused(_) => {}
        }
    }
    Err(coded(DYNAMODB, OPERATION, CONFLICT))
}

/// That no removal took the row, as a condition on the tenant's item: while the
/// tenant is removed all are taken.
fn not_taken(row: &WebhookRow) -> Expression {
    let mut condition = Expression::default();
    condition.require_absent(REMOVED);
    let never = condition.name(REMOVED_AT);
    let before = condition.comparison(REMOVED_AT, "<", time(row.created.at));
    condition.require(format!("(attribute_not_exists({never}) OR {before})"));
    condition
}

enum Written {
    Done,
    /// A condition failed; each item's reason, in order.
    Refused(Vec<CancellationReason>),
}

/// Writes all or nothing. Another transaction on the same items cancels one of
/// the two, and neither the SDK nor DynamoDB tries it again
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>).
async fn write(table: &Table, items: Vec<TransactWriteItem>) -> PortResult<Written> {
    for attempt in 0..TRIES {
        pause_before(attempt).await;
        let call = table.client.transact_write_items().set_transact_items(Some(items.clone()));
        let error = match call.send().await {
            Ok(_) => return Ok(Written::Done),
            Err(error) => error,
        };
        let code = match reasons(&error) {
            Some(reasons) if reasons.iter().any(is_refused) => return Ok(Written::Refused(reasons.to_vec())),
            Some(reasons) => reasons.iter().find_map(reason_code),
            None => error.as_service_error().and_then(ProvideErrorMetadata::code),
        };
        match code {
            Some(CONFLICT | "TransactionInProgressException") => {}
            Some(code) => return Err(coded(DYNAMODB, OPERATION, code)),
            None => return Err(port_error(DYNAMODB, OPERATION, &error)),
        }
    }
    Err(coded(DYNAMODB, OPERATION, CONFLICT))
}

fn reasons<R>(error: &SdkError<TransactWriteItemsError, R>) -> Option<&[CancellationReason]> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(canceled) => {
            Some(canceled.cancellation_reasons())
        }
        _ => None,
    }
}

fn reason_code(reason: &CancellationReason) -> Option<&str> {
    reason.code().filter(|code| *code != "None")
}

fn is_refused(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// A webhook that comes or goes, with the Slack channel that it posts to.
enum Counted<'a> {
    In(Option<&'a str>),
    Out(Option<&'a str>),
}

fn count(
    table: &Table,
    key: Key,
    counted: &Counted<'_>,
    mut on: Expression,
) -> PortResult<TransactWriteItem> {
    // A number is added to, and a set gains an element, by the same clause.
    let (by, change_set, channel) = match counted {
        Counted::In(channel) => (1, ",", channel),
        Counted::Out(channel) => (-1, " DELETE", channel),
    };
    let mut update = format!("ADD {} {}", on.name(COUNT), on.value(number(by)));
    if let Some(channel) = channel {
        let set = AttributeValue::Ss(vec![(*channel).to_owned()]);
        update.push_str(&format!("{change_set} {} {}", on.name(CHANNELS), on.value(set)));
    }
    let update = Update::builder()
        .table_name(&table.name)
        .set_key(Some(key.into_item()))
        .update_expression(update)
        .set_condition_expression(on.condition())
        .set_expression_attribute_names(on.names())
        .set_expression_attribute_values(on.values())
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build();
    Ok(TransactWriteItem::builder().update(update.map_err(|_| not_built())?).build())
}

fn has_channel(tenant: &Item, channel: &String) -> bool {
    matches!(tenant.get(CHANNELS), Some(AttributeValue::Ss(channels)) if channels.contains(channel))
}

fn not_built() -> PortError {
    coded(DYNAMODB, OPERATION, "not-built")
}
