//! Bundles of secrets in Secrets Manager. An object never changes under its
//! name, so what was read once may be kept for as long as there is room.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::delete_secret::DeleteSecretError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use domain::ports::{BundleError, PortError, PortResult, Secrets};
use domain::row::{BundleName, WebhookKey};
use domain::secret::SecretText;
use domain::webhook::bundle::Bundle;
use futures::FutureExt as _;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use uuid::Builder;

use crate::cache;
use crate::error::{SECRETS_MANAGER, port_error};

/// Bytes in memory of a bundle with one signing secret, and of its name.
const USUAL_BYTES: u64 = 800;

/// Bundles of secrets.
pub(crate) struct Bundles {
    client: Client,
    prefix: String,
    cache: Cache<String, Arc<Bundle>, Bytes>,
}

/// Weighs a bundle in memory.
#[derive(Clone)]
struct Bytes;

impl Weighter<String, Arc<Bundle>> for Bytes {
    fn weight(&self, name: &String, bundle: &Arc<Bundle>) -> u64 {
        // The cache's own entry, with the name's and the bundle's place in it.
        const ENTRY: usize = 128;
        (ENTRY + name.len() + bundle.bytes_in_memory()) as u64
    }
}

impl Bundles {
    /// Keeps bundles of so many bytes together in memory.
    pub(crate) fn new(client: Client, prefix: String, cache_bytes: u64) -> Self {
        let usual = usize::try_from(cache_bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        Self { client, prefix, cache: cache::weighted(usual, cache_bytes, Bytes) }
    }

    /// `<prefix>/<tenant>/<webhook>/<uuid>`. A name may not hold the `:` that a
    /// tenant's id may; `=`, which no id holds, stands for it
    /// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>).
    fn name(&self, key: &WebhookKey, uuid: &str) -> String {
        let tenant = key.tenant.as_str().replace(':', "=");
        format!("{}/{tenant}/{}/{uuid}", self.prefix, key.webhook)
    }
}

#[async_trait]
impl Secrets for Bundles {
    async fn create(&self, key: &WebhookKey, unique: u128, bundle: &Bundle) -> PortResult<BundleName> {
        let uuid = Builder::from_random_bytes(unique.to_be_bytes()).into_uuid().to_string();
        let name = self.name(key, &uuid);
        // The SDK takes the text as a String and copies it into the request's
        // body; neither is wiped. Our own copy is.
        let text = bundle.to_json();
        // With the same token and text, a repeat of the call is the same call.
        let call = self
            .client
            .create_secret()
            .name(&name)
            .client_request_token(uuid)
            .secret_string(text.expose().to_owned());
        call.send().await.map_err(|error| port_error(SECRETS_MANAGER, "CreateSecret", &error))?;
        Ok(BundleName(name))
    }

    /// Several readers of one name at the same time make one call.
    async fn read(&self, name: &BundleName) -> Result<Arc<Bundle>, BundleError> {
        if let Some(bundle) = self.cache.get(name.0.as_str()) {
            return Ok(bundle);
        }
        let fetch = async {
            let text = secret_text(&self.client, &name.0).await?;
            let bundle = Bundle::from_json(text.expose());
            let unreadable = || PortError::Failed(format!("{SECRETS_MANAGER}: unreadable bundle"));
            bundle.map(Arc::new).map_err(|_| BundleError::from(unreadable()))
        };
        // On the heap: it is large, and seldom needed.
        self.cache.get_or_insert_async(name.0.as_str(), fetch).boxed().await
    }

    async fn delete(&self, name: &BundleName) -> PortResult<()> {
        self.cache.remove(name.0.as_str());
        let call = self.client.delete_secret().secret_id(&name.0).force_delete_without_recovery(true);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(DeleteSecretError::ResourceNotFoundException(_)) => Ok(()),
                _ => Err(port_error(SECRETS_MANAGER, "DeleteSecret", &error)),
            },
        }
    }
}

/// The text of the secret of this name or ARN.
pub(crate) async fn secret_text(client: &Client, id: &str) -> Result<SecretText, BundleError> {
    match client.get_secret_value().secret_id(id).send().await {
        Ok(answer) => match answer.secret_string {
            Some(text) => Ok(SecretText::new(text)),
            None => Err(PortError::Failed(format!("{SECRETS_MANAGER}: not a text")).into()),
        },
        Err(error) => match error.as_service_error() {
            // InvalidRequest: it is marked for deletion.
            Some(
                GetSecretValueError::ResourceNotFoundException(_)
                | GetSecretValueError::InvalidRequestException(_),
            ) => Err(BundleError::Missing),
            _ => Err(port_error(SECRETS_MANAGER, "GetSecretValue", &error).into()),
        },
    }
}
