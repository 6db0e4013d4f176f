//! Installations into Slack, in the main table.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::ids::{AccountId, InstallationId, TenantId, WebhookId};
use domain::installation::{
    Ended, Fingerprint, INSTALLATION_KEPT, InstallError, Installation, PASS_KEPT, Pass, PassKey,
};
use domain::ports::{Installations, PortResult};

use crate::error::{DYNAMODB, port_error};
use crate::expression::Expression;
use crate::fields::Fields;
use crate::item::{number, text, time};
use crate::table::Table;
use crate::tables::{self, PK, TTL};

const MOVED_AT: &str = "moved_at";
/// The webhook of a completed installation.
const WEBHOOK: &str = "webhook";
/// The error of a failed one.
const ERROR: &str = "error";
const TENANT: &str = "tenant";
const INSTALLATION: &str = "installation";
const BY: &str = "by";
const ISSUED_AT: &str = "issued_at";
const BROWSER: &str = "browser";

/// Installations into Slack.
pub(crate) struct DynamoInstallations {
    pub(crate) table: Table,
}

#[async_trait]
impl Installations for DynamoInstallations {
    async fn put(&self, installation: &Installation) -> PortResult<()> {
        let mut item = tables::installation(&installation.tenant, &installation.id).into_item();
        item.insert(MOVED_AT.to_owned(), time(installation.moved_at));
        item.insert(TTL.to_owned(), number(installation.moved_at.plus(INSTALLATION_KEPT).as_seconds()));
        match &installation.ended {
            None => {}
            Some(Ended::Completed(webhook)) => {
                item.insert(WEBHOOK.to_owned(), text(webhook.as_str()));
            }
            Some(Ended::Failed(error)) => {
                item.insert(ERROR.to_owned(), text(error.as_str()));
            }
        }
        self.table.put(item).await
    }

    async fn get(&self, tenant: &TenantId, id: &InstallationId) -> PortResult<Option<Installation>> {
        let Some(item) = self.table.get(tables::installation(tenant, id)).await? else { return Ok(None) };
        let fields = Fields(&item);
        let completed = fields.maybe_parsed(WEBHOOK, WebhookId::parse)?.map(Ended::Completed);
        let failed = fields.maybe_text(ERROR)?.map(|code| Ended::Failed(InstallError::parse(code)));
        Ok(Some(Installation {
            tenant: tenant.clone(),
            id: id.clone(),
            moved_at: fields.time(MOVED_AT)?,
            ended: completed.or(failed),
        }))
    }

    async fn issue(&self, key: &PassKey, pass: &Pass) -> PortResult<()> {
        let mut item = tables::pass(key).into_item();
        let mut set = |name: &str, value| item.insert(name.to_owned(), value);
        set(TENANT, text(pass.tenant.as_str()));
        set(INSTALLATION, text(pass.installation.as_str()));
        set(BY, text(pass.by.as_str()));
        set(ISSUED_AT, time(pass.issued_at));
        set(TTL, number(pass.issued_at.plus(PASS_KEPT).as_seconds()));
        if let Some(browser) = &pass.browser {
            set(BROWSER, text(browser.as_str()));
        }
        self.table.put(item).await
    }

    /// One conditional delete. When its answer is lost and the SDK repeats it,
    /// nobody gets the pass: then its installation is begun anew.
    async fn take(&self, key: &PassKey) -> PortResult<Option<Pass>> {
        let mut there = Expression::default();
        there.require_there(PK);
        let call = self
            .table
            .client
            .delete_item()
            .table_name(&self.table.name)
            .set_key(Some(tables::pass(key).into_item()))
            .set_condition_expression(there.condition())
            .set_expression_attribute_names(there.names())
            .return_values(ReturnValue::AllOld);
        match call.send().await {
            Ok(deleted) => {
                let now = self.table.clock.now();
                let item = deleted.attributes.filter(|item| Fields(item).is_live(now));
                item.map(|item| read_pass(Fields(&item))).transpose()
            }
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(port_error(DYNAMODB, "DeleteItem", &error)),
            },
        }
    }
}

fn read_pass(fields: Fields<'_>) -> PortResult<Pass> {
    Ok(Pass {
        tenant: fields.parsed(TENANT, TenantId::parse)?,
        installation: fields.parsed(INSTALLATION, InstallationId::parse)?,
        by: fields.parsed(BY, AccountId::parse)?,
        issued_at: fields.time(ISSUED_AT)?,
        browser: fields.maybe_text(BROWSER)?.map(Fingerprint::stored),
    })
}
