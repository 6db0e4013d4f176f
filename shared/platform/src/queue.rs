//! The two queues.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use domain::ids::TenantId;
use domain::ports::{PortResult, Queue};

use crate::error::{SQS, port_error};

/// The longest delay of a message
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html>).
const LONGEST_DELAY: i32 = 900;

/// The two queues. The tenant is a message's group, so that one tenant's burst
/// does not delay another's; on a standard queue it orders nothing, and a
/// message may have a delay of its own too, which only a FIFO queue refuses
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>).
/// A group's name may be 128 ASCII letters, digits and punctuation marks, and a
/// tenant's id is one.
#[derive(Clone)]
pub(crate) struct Sqs {
    pub(crate) client: Client,
    pub(crate) events_url: String,
    pub(crate) deliveries_url: String,
}

#[async_trait]
impl Queue for Sqs {
    async fn send_delivery(&self, tenant: &TenantId, message: &str, delay: Duration) -> PortResult<()> {
        self.send(&self.deliveries_url, Some(tenant), message, whole_seconds(delay)).await
    }

    async fn send_event(&self, tenant: &TenantId, message: &str) -> PortResult<()> {
        self.send(&self.events_url, Some(tenant), message, 0).await
    }
}

impl Sqs {
    /// What is no tenant's is in no group.
    pub(crate) async fn send_upkeep(&self, message: &str) -> PortResult<()> {
        self.send(&self.deliveries_url, None, message, 0).await
    }

    async fn send(
        &self,
        url: &str,
        tenant: Option<&TenantId>,
        message: &str,
        delay_seconds: i32,
    ) -> PortResult<()> {
        let call = self
            .client
            .send_message()
            .queue_url(url)
            .message_body(spelled(message))
            .set_message_group_id(tenant.map(TenantId::to_string))
            .delay_seconds(delay_seconds);
        call.send().await.map_err(|error| port_error(SQS, "SendMessage", &error))?;
        Ok(())
    }
}

/// SQS refuses the two characters of the Basic Multilingual Plane that are none
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>).
/// In a JSON text they stand within strings, where they can be escaped.
fn spelled(json: &str) -> String {
    json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
}

/// Rounded up, so that nothing is handed out too early, and cut at what SQS takes.
fn whole_seconds(delay: Duration) -> i32 {
    let seconds = delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0));
    i32::try_from(seconds).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqs_refuses_is_spelled_otherwise_and_says_the_same() {
        for text in ["", "Splunk prod", "a\u{fffe}b\u{ffff}", "\u{fffd}\u{1fffe}\t\u{85}"] {
            let message = serde_json::json!({ "displayName": text, "a": [text] });
            let sent = spelled(&message.to_string());
            assert!(!sent.contains(['\u{fffe}', '\u{ffff}']), "{sent}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&sent).unwrap(), message);
        }
    }

    #[test]
    fn a_delay_is_rounded_up_and_cut_at_fifteen_minutes() {
        for (millis, seconds) in
            [(0, 0), (1, 1), (1_000, 1), (1_001, 2), (900_000, 900), (900_001, 900), (u64::MAX, 900)]
        {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds, "{millis}");
        }
    }
}
