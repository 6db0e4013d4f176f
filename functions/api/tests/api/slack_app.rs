//! The app's account at Slack, as a test needs it.

use std::sync::Arc;

use async_trait::async_trait;
use domain::ports::{BundleError, SlackApp, SlackAppAccount};
use domain::secret::SecretText;

pub(crate) const CLIENT_ID: &str = "123.456";
pub(crate) const CLIENT_SECRET: &str = "hunter2-client-secret";

/// Always the same account.
pub(crate) struct FixedApp;

#[async_trait]
impl SlackApp for FixedApp {
    async fn account(&self) -> Result<Arc<SlackAppAccount>, BundleError> {
        let client_secret = SecretText::new(CLIENT_SECRET.to_owned());
        Ok(Arc::new(SlackAppAccount { client_id: CLIENT_ID.to_owned(), client_secret }))
    }

    fn forget(&self) {}
}
