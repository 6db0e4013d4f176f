//! The hourly counters, in the deliveries table: an item per tenant and hour,
//! in which each webhook has an attribute per kind, `<webhook>#s`, `#f` or `#h`.
//! So a batch costs one write per tenant, however many webhooks it went to.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::delivery::Counts;
use domain::ids::{TenantId, WebhookId};
use domain::ports::PortResult;
use domain::row::WebhookKey;
use domain::time::Timestamp;

use crate::error::{DYNAMODB, port_error};
use crate::expression::Expression;
use crate::fields::Fields;
use crate::item::number;
use crate::table::{Ask, Filter, From, Table};
use crate::tables::{self, SK, TTL};

/// A day more than the log, whose first hours they still count.
const KEPT: Duration = Duration::from_secs(31 * 24 * 60 * 60);

pub(crate) async fn add(
    table: &Table,
    tenant: &TenantId,
    hour: Timestamp,
    counts: &BTreeMap<WebhookId, Counts>,
) -> PortResult<()> {
    let mut write = Expression::default();
    let ttl = write.comparison(TTL, "=", number(hour.hour().plus(KEPT).as_seconds()));
    let mut added = Vec::new();
    for (webhook, counts) in counts {
        for (attribute, count) in attributes(webhook).into_iter().zip(numbers(*counts)) {
            if count > 0 {
                let name = write.name_of_many(attribute);
                added.push(format!("{name} {}", write.value(number(count))));
            }
        }
    }
    if added.is_empty() {
        return Ok(());
    }
    // Tried again by the SDK after an answer that got lost, it counts
    // twice: a chart may be wrong by that, a delivery never is.
    let call = table
        .client
        .update_item()
        .table_name(&table.name)
        .set_key(Some(tables::counted(tenant, hour).into_item()))
        .update_expression(format!("SET {ttl} ADD {}", added.join(",")))
        .set_expression_attribute_names(write.names())
        .set_expression_attribute_values(write.values());
    call.send().await.map_err(|error| port_error(DYNAMODB, "UpdateItem", &error))?;
    Ok(())
}

pub(crate) async fn read(
    table: &Table,
    key: &WebhookKey,
    since: Timestamp,
) -> PortResult<Vec<(Timestamp, Counts)>> {
    // 31 days have 744 hours.
    let ask = Ask {
        pk: tables::counters(&key.tenant),
        from: From::At(since.hour().to_string()),
        filter: Filter::All,
        newest_first: false,
        consistent: false,
        limit: 1_000,
    };
    let mut hours = table.query(&ask, |hour| of_hour(hour, &key.webhook)).await?;
    hours.retain(|(_, counts)| *counts != Counts::default());
    Ok(hours)
}

fn of_hour(fields: Fields<'_>, webhook: &WebhookId) -> PortResult<(Timestamp, Counts)> {
    let [succeeded, failed, held] =
        attributes(webhook).map(|attribute| Ok(fields.maybe_number(&attribute)?.unwrap_or_default()));
    let counts = Counts { succeeded: succeeded?, failed: failed?, held: held? };
    Ok((fields.parsed(SK, Timestamp::parse)?, counts))
}

fn attributes(webhook: &WebhookId) -> [String; 3] {
    ["s", "f", "h"].map(|kind| format!("{webhook}#{kind}"))
}

const fn numbers(counts: Counts) -> [u32; 3] {
    [counts.succeeded, counts.failed, counts.held]
}
