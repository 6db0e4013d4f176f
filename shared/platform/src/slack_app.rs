//! The app's account at Slack: a secret that the operator made, `{"clientId","clientSecret"}`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use domain::ports::{BundleError, Clock, PortError, SlackApp, SlackAppAccount};
use domain::secret::SecretText;
use domain::time::Timestamp;
use serde::Deserialize;

use crate::aws::Aws;
use crate::error::SECRETS_MANAGER;
use crate::secrets::secret_text;

/// How old a copy may be: the operator may have changed the secret.
const KEPT: Duration = Duration::from_secs(5 * 60);

/// The account, read when it is needed and kept for some minutes.
pub struct SlackAppSecret {
    client: Client,
    id: String,
    clock: Arc<dyn Clock>,
    copy: Mutex<Option<(Timestamp, Arc<SlackAppAccount>)>>,
}

impl SlackAppSecret {
    /// The account in the secret of this name or ARN; nothing is read yet.
    pub fn new(aws: &Aws, id: String, clock: Arc<dyn Clock>) -> Self {
        Self { client: aws.secretsmanager.clone(), id, clock, copy: Mutex::new(None) }
    }

    fn copy(&self) -> std::sync::MutexGuard<'_, Option<(Timestamp, Arc<SlackAppAccount>)>> {
        self.copy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SlackApp for SlackAppSecret {
    async fn account(&self) -> Result<Arc<SlackAppAccount>, BundleError> {
        let now = self.clock.now();
        if let Some((read_at, account)) = &*self.copy()
            && now.since(*read_at) < KEPT
        {
            return Ok(Arc::clone(account));
        }
        let account = Arc::new(read(&secret_text(&self.client, &self.id).await?)?);
        *self.copy() = Some((now, Arc::clone(&account)));
        Ok(account)
    }

    fn forget(&self) {
        *self.copy() = None;
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    client_id: String,
    client_secret: String,
}

fn read(text: &SecretText) -> Result<SlackAppAccount, BundleError> {
    // The cause could repeat the secret.
    let written: Written = serde_json::from_str(text.expose())
        .map_err(|_| PortError::Failed(format!("{SECRETS_MANAGER}: unreadable Slack app")))?;
    Ok(SlackAppAccount {
        client_id: written.client_id,
        client_secret: SecretText::new(written.client_secret),
    })
}
