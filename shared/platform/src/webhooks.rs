//! Tenants and webhooks in the main table.

mod guarded;
pub(crate) mod row;
mod tenant;
mod transaction;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::ids::TenantId;
use domain::ports::{Created, Deleted, Freshness, PortError, PortResult, Roster, Updated, Webhooks};
use domain::row::{Change, Guard, WebhookKey, WebhookRow};
use domain::tenant::Tenant;

use self::guarded::Assumed;
use crate::error::{DYNAMODB, port_error};
use crate::fields::Fields;
use crate::table::{Ask, Filter, From, Table};
use crate::tables::{self, PK, SK, TENANT, WEBHOOK};

/// Tenants and webhooks.
pub(crate) struct DynamoWebhooks {
    pub(crate) table: Table,
}

#[async_trait]
impl Webhooks for DynamoWebhooks {
    async fn roster(&self, tenant: &TenantId, freshness: Freshness) -> PortResult<Roster> {
        let mut roster = Roster { tenant: Tenant::Unnamed, removal: None, webhooks: Vec::new() };
        // The tenant's own item comes first.
        let read = |fields: Fields<'_>| {
            if fields.text(SK)? == TENANT {
                roster.tenant = tenant::read(fields)?;
                roster.removal = tenant::removal(fields)?;
            } else if !matches!(roster.tenant, Tenant::Removed { .. }) {
                let row = row::read(fields)?;
                if !roster.removal.is_some_and(|removal| removal.took(&row)) {
                    roster.webhooks.push(Arc::new(row));
                }
            }
            Ok(())
        };
        self.items(tenant, TENANT, freshness == Freshness::Consistent, read).await?;
        Ok(roster)
    }

    async fn rows(&self, tenant: &TenantId) -> PortResult<Vec<WebhookRow>> {
        self.items(tenant, WEBHOOK, true, row::read).await
    }

    async fn get(&self, key: &WebhookKey) -> PortResult<Option<WebhookRow>> {
        self.table.get(tables::webhook(key)).await?.map(|item| row::read(Fields(&item))).transpose()
    }

    async fn create(&self, row: &WebhookRow, limit: u32) -> PortResult<Created> {
        transaction::create(&self.table, row, limit).await
    }

    async fn update(
        &self,
        key: &WebhookKey,
        guards: &[Guard<'_>],
        changes: &[Change],
    ) -> PortResult<Updated> {
        // What some changes do depends on the row's health, which no update
        // expression can ask: the write assumes one, on condition, and
        // when only that was wrong, the other. It may change in between.
        const ASSUMED: [Assumed; 6] = [
            Assumed::Failing,
            Assumed::Healthy,
            Assumed::Failing,
            Assumed::Healthy,
            Assumed::Failing,
            Assumed::Healthy,
        ];
        if !guarded::depends_on_health(changes) {
            return self.update_once(key, guards, changes, Assumed::Nothing).await;
        }
        for assumed in ASSUMED {
            match self.update_once(key, guards, changes, assumed).await? {
                Updated::Refused(row) if guards.iter().all(|guard| guard.holds(&row)) => {}
                updated => return Ok(updated),
            }
        }
        Err(PortError::Throttled { service: DYNAMODB })
    }

    async fn delete(&self, key: &WebhookKey, version: Option<u64>) -> PortResult<Deleted> {
        transaction::delete(&self.table, key, version).await
    }

    async fn record_tenant(&self, tenant: &TenantId, state: &Tenant) -> PortResult<bool> {
        let Some(mut write) = tenant::record(state, self.table.clock.now()) else { return Ok(false) };
        let call = self
            .table
            .client
            .update_item()
            .table_name(&self.table.name)
            .set_key(Some(tables::tenant(tenant).into_item()))
            .update_expression(write.update)
            .set_condition_expression(write.expression.condition())
            .set_expression_attribute_names(write.expression.names())
            .set_expression_attribute_values(write.expression.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    let removal =
                        refusal.item.as_ref().map_or(Ok(None), |item| tenant::removal(Fields(item)))?;
                    Ok(removal.is_some_and(|removal| removal.is(state)))
                }
                _ => Err(port_error(DYNAMODB, "UpdateItem", &error)),
            },
        }
    }
}

impl DynamoWebhooks {
    async fn items<T>(
        &self,
        tenant: &TenantId,
        from: &str,
        consistent: bool,
        read: impl FnMut(Fields<'_>) -> PortResult<T>,
    ) -> PortResult<Vec<T>> {
        let from = From::At(from.to_owned());
        let ask = Ask {
            pk: tenant.to_string(),
            from,
            filter: Filter::All,
            newest_first: false,
            consistent,
            limit: usize::MAX,
        };
        self.table.query(&ask, read).await
    }

    async fn update_once(
        &self,
        key: &WebhookKey,
        guards: &[Guard<'_>],
        changes: &[Change],
        assumed: Assumed,
    ) -> PortResult<Updated> {
        let mut write = guarded::write(guards, changes, assumed)?;
        // A deleted row must not come back as a part of itself.
        write.expression.require_there(PK);
        let call = self
            .table
            .client
            .update_item()
            .table_name(&self.table.name)
            .set_key(Some(tables::webhook(key).into_item()))
            .set_update_expression(Some(write.update).filter(|update| !update.is_empty()))
            .set_condition_expression(write.expression.condition())
            .set_expression_attribute_names(write.expression.names())
            .set_expression_attribute_values(write.expression.values())
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(answer) => {
                Ok(Updated::Done(Box::new(row::read(Fields(&answer.attributes.unwrap_or_default()))?)))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => match &refusal.item {
                    Some(item) if !item.is_empty() => {
                        Ok(Updated::Refused(Box::new(row::read(Fields(item))?)))
                    }
                    Some(_) | None => Ok(Updated::Absent),
                },
                _ => Err(port_error(DYNAMODB, "UpdateItem", &error)),
            },
        }
    }
}
