//! `local event FILE`: puts a message on the events queue, and says what became of it.
//!
//! It looks into the tables: the deliveries of an event have ids that follow from
//! the event and the webhook.

use std::time::Duration;

use domain::attempt::Attempt;
use domain::message::{AuditEvent, EventsMessage};
use domain::ports::{Freshness, Ports};
use domain::row::{BacklogKey, WebhookRow};
use domain::tenant::Edition;
use platform::aws::{Aws, Endpoints};
use platform::settings::StoreSettings;
use serde_json::Value;

use super::folder;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::sqs::Sqs;
use crate::stack_file::StackFile;

/// How long the dispatcher may take: longer than an attempt.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) async fn event(environment: &Environment, path: &str) -> Result<()> {
    let file = StackFile::read(&folder(environment))?;
    let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
    let sqs = Sqs::new(&file.aws_endpoints.sqs);
    let before = waiting(&sqs, &file).await?;
    sqs.send(&file.events_queue_url, &text, group(&text).as_deref()).await?;
    let message = match EventsMessage::parse(&text) {
        Ok(message) => message,
        Err(why) => {
            println!("Sent, but it cannot be read ({why}): it ends on the dead-letter queue");
            println!("  {}", file.dead_letter_queue_urls.events);
            return Ok(());
        }
    };
    let is_taken = is_taken(&sqs, &file, before).await?;
    match message {
        EventsMessage::AuditEvent(event) => say(&file, &event, is_taken).await?,
        EventsMessage::TenantUpdated { tenant, .. } | EventsMessage::TenantRemoved { tenant, .. } => {
            println!("{} for the tenant {tenant}", if is_taken { "Taken" } else { "Still on the queue" });
        }
    }
    Ok(())
}

/// The group that makes the queue fair between tenants.
fn group(text: &str) -> Option<String> {
    let message: Value = serde_json::from_str(text).ok()?;
    message.get("tenantId")?.as_str().map(str::to_owned)
}

/// How many messages are on the queue or being worked on.
async fn waiting(sqs: &Sqs, file: &StackFile) -> Result<u64> {
    let attributes = sqs.attributes(&file.events_queue_url).await?;
    let count = |name: &str| attributes.get(name).and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
    Ok(count("ApproximateNumberOfMessages") + count("ApproximateNumberOfMessagesNotVisible"))
}

/// Waits until as few messages wait as before. The dispatcher takes an event off the
/// queue only when each of its deliveries stands in the log or in the backlog.
async fn is_taken(sqs: &Sqs, file: &StackFile, before: u64) -> Result<bool> {
    let asking = async {
        while waiting(sqs, file).await? > before {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    };
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(asked) => asked.map(|()| true),
        Err(_) => Ok(false),
    }
}

/// What the tables say of the event's deliveries.
async fn say(file: &StackFile, event: &AuditEvent<'_>, is_taken: bool) -> Result<()> {
    let ports = ports(file).await?;
    let roster = ports.webhooks.roster(&event.tenant, Freshness::Consistent).await.map_err(not_told)?;
    if !roster.tenant.is_licensed(Edition::Standard) {
        println!("Dropped: the tenant {} has no license, or was removed", event.tenant);
        return Ok(());
    }
    let subject = event.subject();
    let subscribed: Vec<_> = roster
        .webhooks
        .iter()
        .filter(|row| {
            row.settings.event_types.wants(&event.event_type) && subject.as_ref() != Some(&row.key.webhook)
        })
        .collect();
    for row in &subscribed {
        let outcome = match patiently(&ports, row, event).await? {
            Some(outcome) => outcome,
            None if is_taken => {
                "it stands in neither the log nor the backlog; see the dispatcher's log".to_owned()
            }
            None => "still on the queue".to_owned(),
        };
        println!("{} ({}): {outcome}", row.key.webhook, row.settings.display_name.as_str());
    }
    if subscribed.is_empty() {
        let taken = if is_taken { "Taken" } else { "Still on the queue" };
        println!("{taken}, but no webhook of the tenant {} subscribes to {}", event.tenant, event.event_type);
    }
    Ok(())
}

async fn ports(file: &StackFile) -> Result<Ports> {
    let endpoints = Endpoints {
        dynamodb: file.aws_endpoints.dynamodb.clone(),
        sqs: file.aws_endpoints.sqs.clone(),
        secretsmanager: file.aws_endpoints.secretsmanager.clone(),
    };
    let stores = StoreSettings {
        table_name: file.table_name.clone(),
        deliveries_table_name: file.deliveries_table_name.clone(),
        events_queue_url: file.events_queue_url.clone(),
        deliveries_queue_url: file.deliveries_queue_url.clone(),
        secret_prefix: file.secret_prefix.clone(),
        bundle_cache_bytes: 32 << 20,
    };
    Ok(platform::ports(Aws::emulated(&endpoints).map_err(not_told)?, &stores))
}

fn not_told(error: impl std::fmt::Display) -> Error {
    Error::NotReady(format!("The stack does not say what became of it: {error}"))
}

/// A delivery in a few words, as soon as it is there. Other messages come and
/// go meanwhile, so that the queue's length alone does not tell.
async fn patiently(ports: &Ports, row: &WebhookRow, event: &AuditEvent<'_>) -> Result<Option<String>> {
    let asking = async {
        loop {
            if let Some(outcome) = outcome(ports, row, event).await? {
                return Ok(outcome);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(outcome) => outcome.map(Some),
        Err(_) => Ok(None),
    }
}

/// A delivery in a few words; none when it is not there.
async fn outcome(ports: &Ports, row: &WebhookRow, event: &AuditEvent<'_>) -> Result<Option<String>> {
    let delivery = event.delivery_to(&row.key.webhook);
    if let Some(entry) = ports.log.get(&row.key.webhook, &delivery).await.map_err(not_told)? {
        let last = entry.attempts.last().map(attempt).unwrap_or_default();
        return Ok(Some(format!("{}{last}", entry.outcome.as_str())));
    }
    let key = BacklogKey::of(delivery);
    let item = ports.backlog.get(&row.key.webhook, &key).await.map_err(not_told)?;
    Ok(item.map(|item| {
        if row.holds(&item) {
            return "held: the webhook is paused or disabled".to_owned();
        }
        let last = item.attempts.last().map(|last| format!(" after{}", attempt(last))).unwrap_or_default();
        let next = row.wake.as_ref().map(|wake| format!(", next attempt at {}", wake.at)).unwrap_or_default();
        format!("waiting{last}{next}")
    }))
}

fn attempt(attempt: &Attempt) -> String {
    let answer = match (attempt.status_code, attempt.error) {
        (Some(code), _) => code.to_string(),
        (None, Some(error)) => error.as_str().to_owned(),
        (None, None) => "an answer".to_owned(),
    };
    format!(" {answer} in {} ms", attempt.duration_ms)
}

#[cfg(test)]
mod tests {
    use domain::attempt::{Answer, AttemptError};
    use domain::time::Timestamp;

    use super::*;

    #[test]
    fn an_attempt_is_said_in_a_few_words() {
        let said = |answer: Answer| {
            attempt(&answer.into_attempt(Timestamp::from_millis(0), Duration::from_millis(12)))
        };
        assert_eq!(said(Answer::Status { code: 503, retry_after: None }), " 503 in 12 ms");
        assert_eq!(said(Answer::None(AttemptError::ConnectFailed)), " connect_failed in 12 ms");
    }
}
