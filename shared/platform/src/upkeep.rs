//! What the sweep asks for: a scan of the main table, and the list of secrets.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::delete_secret::DeleteSecretError;
use aws_sdk_secretsmanager::operation::list_secrets::ListSecretsError;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SecretListEntry};
use domain::ids::{TenantId, WebhookId};
use domain::ports::{Part, PortError, PortResult, Upkeep};
use domain::row::{BundleName, WebhookKey, WebhookRow};
use domain::sweep::{Place, StoredBundle};
use domain::time::Timestamp;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::error::{DYNAMODB, SECRETS_MANAGER, port_error};
use crate::expression::Expression;
use crate::fields::Fields;
use crate::item::Item;
use crate::queue::Sqs;
use crate::table::Table;
use crate::tables::{Key, PK, SK, TTL, WEBHOOK};
use crate::webhooks::row;

/// Items read at once: some 100 KB, which are looked after in a second or so.
const ITEMS: i32 = 100;
/// Expired items that are deleted side by side.
const AT_ONCE: usize = 10;
/// For how long what the sweep deletes can be brought back, by an operator whose
/// table did not name what it should have; the least there is
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>).
const RECOVERY_DAYS: i64 = 7;
/// The most there are
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>).
const SECRETS: i32 = 100;

/// All tenants' webhooks and bundles.
pub(crate) struct AwsUpkeep {
    pub(crate) table: Table,
    pub(crate) secrets: Client,
    pub(crate) secret_prefix: String,
    pub(crate) queue: Sqs,
}

/// The key behind which a scan goes on.
#[derive(Serialize, Deserialize)]
struct ScanPlace {
    pk: String,
    sk: String,
}

#[async_trait]
impl Upkeep for AwsUpkeep {
    async fn webhooks(&self, from: Option<&Place>) -> PortResult<Part<WebhookRow>> {
        let table = &self.table;
        let start = from.map(read_place).transpose()?;
        let scan = table.client.scan().table_name(&table.name).limit(ITEMS).set_exclusive_start_key(start);
        let answer = scan.send().await.map_err(|error| port_error(DYNAMODB, "Scan", &error))?;
        let now = table.clock.now();
        let items = answer.items.unwrap_or_default();
        let (live, expired): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| Fields(item).is_live(now));
        let deletions = expired.iter().map(|item| self.delete_expired(item)).collect::<Vec<_>>();
        stream::iter(deletions).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        let webhooks = live.iter().filter(|item| is_webhook(item)).filter_map(|item| {
            let read = row::read(Fields(item));
            read.inspect_err(|error| tracing::error!(%error, "a webhook's row is left out of the sweep")).ok()
        });
        let next = answer.last_evaluated_key.as_ref().map(write_place).transpose()?;
        Ok(Part { items: webhooks.collect(), next })
    }

    async fn bundles(&self, from: Option<&Place>) -> PortResult<Part<StoredBundle>> {
        let ours = Filter::builder().key(FilterNameStringType::Name);
        let ours = ours.values(format!("{}/", self.secret_prefix)).build();
        let list = self.secrets.list_secrets().filters(ours).max_results(SECRETS);
        match list.set_next_token(from.map(|place| place.0.clone())).send().await {
            Ok(answer) => {
                let listed = answer.secret_list.unwrap_or_default();
                let items = listed.iter().filter_map(|entry| self.bundle(entry)).collect();
                Ok(Part { items, next: answer.next_token.map(Place) })
            }
            Err(error) => match error.as_service_error() {
                // It has expired on the way: the next sweep begins anew.
                Some(ListSecretsError::InvalidNextTokenException(_)) => {
                    Ok(Part { items: Vec::new(), next: None })
                }
                _ => Err(port_error(SECRETS_MANAGER, "ListSecrets", &error)),
            },
        }
    }

    async fn discard(&self, name: &BundleName) -> PortResult<()> {
        let call = self.secrets.delete_secret().secret_id(&name.0).recovery_window_in_days(RECOVERY_DAYS);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // InvalidRequest: it is marked for deletion already.
                Some(
                    DeleteSecretError::ResourceNotFoundException(_)
                    | DeleteSecretError::InvalidRequestException(_),
                ) => Ok(()),
                _ => Err(port_error(SECRETS_MANAGER, "DeleteSecret", &error)),
            },
        }
    }

    async fn go_on(&self, message: &str) -> PortResult<()> {
        self.queue.send_upkeep(message).await
    }
}

impl AwsUpkeep {
    /// Unless it was written anew meanwhile.
    async fn delete_expired(&self, item: &Item) -> PortResult<()> {
        let key = Fields(item).key()?;
        let Some(ttl) = item.get(TTL) else { return Ok(()) };
        let mut unchanged = Expression::default();
        unchanged.require_that(TTL, "=", ttl.clone());
        self.table.delete_if(key, unchanged).await
    }

    /// `<prefix>/<tenant>/<webhook>/<uuid>`; the operator's own secrets may lie beside ours.
    fn bundle(&self, entry: &SecretListEntry) -> Option<StoredBundle> {
        let (name, made) = (entry.name.as_deref()?, entry.created_date?);
        let mut parts = name.strip_prefix(&self.secret_prefix)?.strip_prefix('/')?.split('/');
        let (tenant, webhook, unique) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || uuid::Uuid::parse_str(unique).is_err() {
            return None;
        }
        let key = WebhookKey {
            tenant: TenantId::parse(&tenant.replace('=', ":")).ok()?,
            webhook: WebhookId::parse(webhook).ok()?,
        };
        let made = Timestamp::from_millis(made.to_millis().ok()?);
        Some(StoredBundle { name: BundleName(name.to_owned()), key, made })
    }
}

fn is_webhook(item: &Item) -> bool {
    matches!(item.get(SK), Some(AttributeValue::S(sk)) if sk.starts_with(WEBHOOK))
}

fn read_place(place: &Place) -> PortResult<Item> {
    let ScanPlace { pk, sk } =
        serde_json::from_str(&place.0).map_err(|_| PortError::Failed("no place of a scan".to_owned()))?;
    Ok(Key { pk, sk }.into_item())
}

fn write_place(key: &Item) -> PortResult<Place> {
    let fields = Fields(key);
    let place = ScanPlace { pk: fields.text(PK)?.to_owned(), sk: fields.text(SK)?.to_owned() };
    // Serializing two strings into memory cannot fail.
    Ok(Place(serde_json::to_string(&place).unwrap_or_default()))
}
