//! One batch of queue records. Every record stands for itself: what cannot be
//! read or written is reported as that record's failure, and its mates go on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::ids::TenantId;
use domain::message::{AuditEvent, DeliveriesMessage, EventsMessage, Unreadable};
use domain::ports::{PortError, PortResult, Roster};
use domain::row::WebhookKey;
use futures::future::join_all;

use crate::deliver::Outgoing;
use crate::redeliver::Request;
use crate::{Dispatcher, Invocation, all};

/// The batch cannot be answered record by record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record has no message id")]
pub struct NoMessageId;

/// What a record holds.
enum Work<'a> {
    Event {
        event: AuditEvent<'a>,
    },
    Tenant(EventsMessage<'a>),
    /// What a removed tenant left, once its removal is recorded.
    Erase {
        tenant: TenantId,
    },
    Delivery(DeliveriesMessage<'a>),
}

struct Job<'a> {
    message_id: &'a str,
    text: &'a str,
    again: bool,
    work: Work<'a>,
}

type Rosters = BTreeMap<TenantId, PortResult<Arc<Roster>>>;

impl Dispatcher {
    /// Does a batch and says which of its records have to come again.
    ///
    /// # Errors
    /// [`NoMessageId`]: then the whole batch comes again, because an answer
    /// with an empty identifier would mean the same
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>).
    pub async fn run(
        &self,
        batch: &SqsEvent,
        invocation: &Invocation,
    ) -> Result<SqsBatchResponse, NoMessageId> {
        let mut failed = Vec::new();
        let mut jobs = Vec::with_capacity(batch.records.len());
        for record in &batch.records {
            let message_id = record.message_id.as_deref().filter(|id| !id.is_empty()).ok_or(NoMessageId)?;
            let text = record.body.as_deref().unwrap_or_default();
            match self.read(record, text) {
                Ok(work) => jobs.push(Job { message_id, text, again: receive_count(record) > 1, work }),
                Err(cause) => {
                    invocation.tally.add(|totals| totals.unreadable += 1);
                    tracing::error!(message_id, %cause, "unreadable message");
                    failed.push(message_id);
                }
            }
        }
        failed.extend(self.work(jobs, invocation).await);
        invocation.tally.say();
        // They feed a chart: losing some is no reason to repeat a batch.
        self.in_time(invocation, invocation.tally.count(&self.ports)).await;
        Ok(response(&failed))
    }

    /// A queue carries its own kinds only: a wake-up on the events queue is refused.
    fn read<'a>(&self, record: &SqsMessage, text: &'a str) -> Result<Work<'a>, Unreadable> {
        let from_events =
            record.event_source_arn.as_deref().is_some_and(|arn| queue_of(arn) == &*self.events_queue);
        if !from_events {
            return DeliveriesMessage::parse(text).map(Work::Delivery);
        }
        Ok(match EventsMessage::parse(text)? {
            EventsMessage::AuditEvent(event) => Work::Event { event },
            tenant => Work::Tenant(tenant),
        })
    }

    /// What tenants' messages say first, so that the batch's events see it;
    /// then all the rest at once, the erasing of removed tenants with it.
    /// Gives the ids of what failed.
    async fn work<'a>(&self, jobs: Vec<Job<'a>>, invocation: &Invocation) -> Vec<&'a str> {
        let (mut rest, mut failed) = (Vec::with_capacity(jobs.len()), Vec::new());
        for job in jobs {
            let Work::Tenant(message) = &job.work else {
                rest.push(job);
                continue;
            };
            match self.in_time(invocation, self.hear(message)).await.unwrap_or_else(late) {
                Ok(None) => {}
                Ok(Some(tenant)) => rest.push(Job { work: Work::Erase { tenant }, ..job }),
                Err(error) => failed.extend(failure(job.message_id, Err(error))),
            }
        }
        let rosters = self.rosters_of(&rest).await;
        let outcomes = all(rest.iter().map(async |job| {
            let outcome = self.in_time(invocation, self.one(job, &rosters, invocation)).await;
            failure(job.message_id, outcome.unwrap_or_else(late))
        }));
        failed.extend(outcomes.await.into_iter().flatten());
        failed
    }

    /// One query per tenant of the batch.
    async fn rosters_of(&self, jobs: &[Job<'_>]) -> Rosters {
        let tenants: BTreeSet<&TenantId> = jobs
            .iter()
            .filter_map(|job| match &job.work {
                Work::Event { event } | Work::Delivery(DeliveriesMessage::Test { event, .. }) => {
                    Some(&event.tenant)
                }
                Work::Tenant(_)
                | Work::Erase { .. }
                | Work::Delivery(
                    DeliveriesMessage::WakeUp { .. }
                    | DeliveriesMessage::Redeliver { .. }
                    | DeliveriesMessage::RedeliverAll { .. }
                    | DeliveriesMessage::Sweep(_),
                ) => None,
            })
            .collect();
        let reads = tenants
            .into_iter()
            .map(|tenant| async { (tenant.clone(), self.roster_to_drop_by(tenant).await) });
        join_all(reads).await.into_iter().collect()
    }

    /// On a copy's word no event is dropped that webhooks wait for.
    async fn roster_to_drop_by(&self, tenant: &TenantId) -> PortResult<Arc<Roster>> {
        let copy = self.rosters.of(tenant, &self.ports).await?;
        if copy.webhooks.is_empty() { Ok(copy) } else { self.licensed_or_fresh(tenant, copy).await }
    }

    async fn one(&self, job: &Job<'_>, rosters: &Rosters, invocation: &Invocation) -> PortResult<()> {
        let roster_of = |tenant: &TenantId| {
            rosters
                .get(tenant)
                .cloned()
                .unwrap_or_else(|| Err(PortError::Failed("roster not read".to_owned())))
        };
        match &job.work {
            Work::Tenant(message) => self.hear(message).await.map(drop),
            Work::Erase { tenant } => self.erase(tenant, job.text, invocation).await,
            Work::Event { event } => {
                let roster = roster_of(&event.tenant)?;
                let outgoing = Outgoing::new(event, job.text.into(), roster.tenant.site_url());
                self.fan_out(&outgoing.handed_out(job.again), &roster, invocation).await
            }
            Work::Delivery(DeliveriesMessage::Test { webhook, event, event_text }) => {
                let copy = roster_of(&event.tenant)?;
                let roster = self.licensed_or_fresh(&event.tenant, copy).await?;
                let outgoing = Outgoing::new(event, (*event_text).into(), roster.tenant.site_url());
                self.send_test(webhook, &outgoing.handed_out(job.again), &roster, invocation).await
            }
            Work::Delivery(DeliveriesMessage::WakeUp { tenant, webhook, token }) => {
                let key = WebhookKey { tenant: tenant.clone(), webhook: webhook.clone() };
                self.wake_up(&key, token, job.again, invocation).await
            }
            Work::Delivery(DeliveriesMessage::Redeliver { key, delivery, redelivery }) => {
                self.redeliver(&Request { key, delivery, redelivery }, job.again, invocation).await
            }
            Work::Delivery(DeliveriesMessage::RedeliverAll { key, what, behind, redelivery }) => {
                let request = Request { key, delivery: behind, redelivery };
                self.redeliver_all(&request, *what, job.again, invocation).await
            }
            Work::Delivery(DeliveriesMessage::Sweep(sweep)) => self.sweep(sweep, invocation).await,
        }
    }
}

fn late<T>() -> PortResult<T> {
    Err(PortError::Failed("its time is over".to_owned()))
}

fn failure(message_id: &str, outcome: PortResult<()>) -> Option<&str> {
    let error = outcome.err()?;
    tracing::error!(message_id, %error, "message comes again");
    Some(message_id)
}

fn receive_count(record: &SqsMessage) -> u32 {
    // A count that is missing or odd is taken for a repeat: the safe side asks the log first.
    record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(2)
}

fn response(failed: &[&str]) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for id in failed {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = (*id).to_owned();
        response.batch_item_failures.push(failure);
    }
    response
}

/// The queue's name, the last part of its URL.
pub(crate) fn queue_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// The queue's name, the last part of its ARN.
fn queue_of(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
