//! One delivery, top to bottom: vet, build, sign, send, judge, record.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use domain::attempt::{ATTEMPT_TIMEOUT, Answer, Attempt, AttemptError, Verdict};
use domain::delivery::{BacklogItem, EventText, Outcome};
use domain::health::DisabledReason;
use domain::ids::DeliveryId;
use domain::message::AuditEvent;
use domain::ports::{BundleError, PortResult};
use domain::row::WebhookRow;
use domain::webhook::Target;
use domain::webhook::bundle::Bundle;
use domain::webhook::format::Format;
use futures::FutureExt as _;
use futures::future::join;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};

use crate::ensure::Why;
use crate::request::{Delivery, Unsendable};
use crate::transport::{Reply, Rest};
use crate::{Dispatcher, Invocation, SECRETS_TIMEOUT, format};

/// An event on its way out, with the bodies made so far: webhooks of one
/// format share one.
pub struct Outgoing<'a> {
    event: &'a AuditEvent<'a>,
    text: EventText,
    site_url: Option<&'a str>,
    again: bool,
    json: OnceLock<Bytes>,
    slack: OnceLock<Bytes>,
}

impl<'a> Outgoing<'a> {
    /// `text` is the event's message, to be kept; `site_url` its tenant's Jira.
    pub fn new(event: &'a AuditEvent<'a>, text: EventText, site_url: Option<&'a str>) -> Self {
        Self { event, text, site_url, again: false, json: OnceLock::new(), slack: OnceLock::new() }
    }

    /// The same; `again` says whether SQS has handed its message out before.
    #[must_use]
    pub const fn handed_out(mut self, again: bool) -> Self {
        self.again = again;
        self
    }

    /// Whether SQS has handed its message out before.
    pub const fn again(&self) -> bool {
        self.again
    }

    /// The event.
    pub fn event(&self) -> &AuditEvent<'a> {
        self.event
    }

    /// The event's message.
    pub fn text(&self) -> EventText {
        self.text.clone()
    }

    fn body(&self, format: Format) -> Bytes {
        let made = match format {
            Format::Json => &self.json,
            Format::Slack => &self.slack,
        };
        made.get_or_init(|| format::body(format, self.event, self.site_url)).clone()
    }
}

/// What came of one attempt.
pub struct Tried {
    /// For the log.
    pub attempt: Attempt,
    /// What it means.
    pub verdict: Verdict,
    /// The answer's unread body.
    pub rest: Rest,
}

impl Dispatcher {
    /// Sends one delivery once.
    pub async fn attempt(&self, outgoing: &Outgoing<'_>, row: &WebhookRow, id: &DeliveryId) -> Tried {
        let (at, began) = (self.now(), Instant::now());
        let not_sent = || Reply { answer: Answer::None(AttemptError::SecretUnavailable), rest: Rest::none() };
        let Reply { answer, rest } = match timeout(SECRETS_TIMEOUT, self.with_bundle(row)).await {
            Ok(Some((fresh, bundle))) => {
                let row = fresh.as_deref().unwrap_or(row);
                self.send(outgoing, row, &bundle, id).await.unwrap_or_else(|_| not_sent())
            }
            Ok(None) | Err(_) => not_sent(),
        };
        let attempt = answer.into_attempt(at, began.elapsed());
        Tried { attempt, verdict: answer.verdict(), rest }
    }

    async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        row: &WebhookRow,
        bundle: &Bundle,
        id: &DeliveryId,
    ) -> Result<Reply, Unsendable> {
        let body = outgoing.body(row.settings.format);
        let event_type = outgoing.event().event_type.as_str();
        let delivery = Delivery { row, bundle, id, event_type, body };
        let (now, ends) = (self.now(), Instant::now() + ATTEMPT_TIMEOUT);
        let reply = self.carrier.send(&|| delivery.request(now), now).await?;
        Ok(match row.settings.target {
            Target::Custom { .. } => reply,
            Target::Slack(_) => reply.heard_out(ends).await,
        })
    }

    /// The webhook's secrets, and the row that names them if it is another one
    /// by now. None: they cannot be had, and nothing is sent.
    async fn with_bundle(&self, row: &WebhookRow) -> Option<(Option<Box<WebhookRow>>, Arc<Bundle>)> {
        match self.bundle_of(row).await {
            Ok(bundle) => Some((None, bundle)),
            Err(error) => self.with_new_bundle(row, error).boxed().await,
        }
    }

    async fn bundle_of(&self, row: &WebhookRow) -> Result<Arc<Bundle>, BundleError> {
        match &row.bundle {
            None => Ok(Arc::default()),
            Some(name) => self.ports.secrets.read(name).await,
        }
    }

    /// An edit may just have replaced both, so a missing bundle asks the row once more.
    async fn with_new_bundle(
        &self,
        row: &WebhookRow,
        error: BundleError,
    ) -> Option<(Option<Box<WebhookRow>>, Arc<Bundle>)> {
        if error == BundleError::Missing {
            match self.ports.webhooks.get(&row.key).await {
                Ok(Some(fresh)) if fresh.bundle != row.bundle => {
                    if let Ok(bundle) = self.bundle_of(&fresh).await {
                        return Some((Some(Box::new(fresh)), bundle));
                    }
                }
                // The webhook was deleted, and its secrets with it.
                Ok(None) => return None,
                Ok(Some(_)) | Err(_) => {}
            }
        }
        tracing::error!(webhook = %row.key.webhook, %error, "secrets cannot be read; nothing is sent");
        None
    }

    /// An event's first attempt, and what follows from it. The slot is for the
    /// attempt alone: writing down what came of it takes no connection. What seldom follows
    /// is on the heap: hundreds of these futures lie side by side, and small ones stay in the
    /// processor's cache.
    pub(crate) async fn first_attempt(
        &self,
        outgoing: &Outgoing<'_>,
        row: &WebhookRow,
        (item, slot): (BacklogItem, OwnedSemaphorePermit),
        invocation: &Invocation,
    ) -> PortResult<()> {
        let Tried { attempt, verdict, rest } = self.attempt(outgoing, row, item.key.delivery()).await;
        self.take_note(&row.key.webhook, &attempt, verdict, invocation);
        let record = async {
            match verdict {
                Verdict::Delivered => {
                    self.conclude(row, item.after(attempt), Outcome::Succeeded, invocation).await
                }
                Verdict::Refused => {
                    self.conclude(row, item.after(attempt), Outcome::Failed, invocation).await
                }
                Verdict::Trouble { retry_after } => {
                    invocation.tally.add(|totals| totals.troubled += 1);
                    let why = Why::Trouble { retry_after };
                    self.keep(row, item.after_failure(attempt), why, invocation).boxed().await
                }
                Verdict::Gone(reason) => {
                    self.keep_and_disable(row, item.after_failure(attempt), reason, invocation).boxed().await
                }
                Verdict::NotSent => {
                    invocation.tally.add(|totals| totals.unsigned += 1);
                    self.keep(row, item.after(attempt), Why::NotSent, invocation).boxed().await
                }
            }
        };
        let connection = async {
            rest.drain().await;
            drop(slot);
        };
        join(record, connection).await.0
    }

    /// The receiver is gone: its webhook is disabled, and the delivery held.
    async fn keep_and_disable(
        &self,
        row: &WebhookRow,
        item: BacklogItem,
        reason: DisabledReason,
        invocation: &Invocation,
    ) -> PortResult<()> {
        self.insist(invocation, || self.ports.backlog.put(&row.key.webhook, &item)).await?;
        if self.disable(row, reason, invocation).await? {
            invocation.tally.held_back(&row.key);
            return Ok(());
        }
        self.ensure(row, Why::Waits { again: false }, invocation).await
    }

    /// Writes a delivery that has ended into the log, at once.
    pub(crate) async fn conclude(
        &self,
        row: &WebhookRow,
        item: BacklogItem,
        outcome: Outcome,
        invocation: &Invocation,
    ) -> PortResult<()> {
        if item.attempts.last().and_then(|attempt| attempt.error).is_some_and(AttemptError::is_ours) {
            invocation.tally.add(|totals| totals.malformed += 1);
        }
        let entry = item.into_entry(outcome);
        self.insist(invocation, || self.ports.log.put(&row.key.webhook, &entry)).await?;
        invocation.tally.ended(&row.key, outcome);
        Ok(())
    }
}
