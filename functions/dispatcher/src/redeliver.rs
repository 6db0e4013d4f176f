//! Redelivery by hand: what is in the log, or held, goes into the backlog at a
//! place of its own, and from there its usual way, at the usual pace.
//!
//! A request may be handed out twice, and its invocation may die between any
//! two calls: its id makes the place, so that a repeat puts nothing twice.

use domain::delivery::{BacklogItem, LogEntry};
use domain::ids::DeliveryId;
use domain::message::DeliveriesMessage;
use domain::ports::{self, Came, PortResult, Slice};
use domain::redelivery::{Kept, Redelivery};
use domain::row::{BacklogKey, Status, WebhookKey, WebhookRow};
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::ensure::Why;
use crate::{Dispatcher, Invocation};

/// Deliveries that one message puts into the backlog: some seconds of work.
/// Then others have their turn, and another message goes on.
const A_MESSAGE: usize = 500;
/// Of these, so many are read at once …
const A_PAGE: usize = 100;
/// … and so many put side by side.
const AT_ONCE: usize = 10;

impl Dispatcher {
    /// Sends one delivery again.
    ///
    /// # Errors
    /// A store's failure; the message then comes again.
    pub(crate) async fn redeliver(
        &self,
        request: &Request<'_>,
        again: bool,
        invocation: &Invocation,
    ) -> PortResult<()> {
        let Some(row) = self.active(request.key, invocation).await? else { return Ok(()) };
        let Request { delivery, redelivery, .. } = *request;
        self.put_again(&row, delivery, Order { redelivery, all: None }, invocation).await?;
        self.ensure(&row, Why::Waits { again }, invocation).await
    }

    /// Sends all that failed or is held again, from what lies behind the
    /// request's delivery on, as far as one message goes.
    ///
    /// # Errors
    /// As [`Dispatcher::redeliver`].
    pub(crate) async fn redeliver_all(
        &self,
        request: &Request<'_>,
        what: Kept,
        again: bool,
        invocation: &Invocation,
    ) -> PortResult<()> {
        let Request { key, delivery: behind, redelivery } = *request;
        let Some(row) = self.active(key, invocation).await? else { return Ok(()) };
        let each = Order { redelivery, all: Some(what) };
        let (mut behind, mut put) = (Some(behind.clone()), 0);
        while let Some(from) = &behind {
            if put >= A_MESSAGE || !self.has_time(invocation) {
                break;
            }
            let (found, next) = self.kept(&row, what, from).await?;
            put += found.len();
            let puts = found.iter().map(|delivery| self.put_again(&row, delivery, each, invocation));
            let puts: Vec<_> = puts.collect();
            stream::iter(puts).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
            behind = next;
        }
        self.ensure(&row, Why::Waits { again }, invocation).await?;
        let Some(behind) = behind else { return Ok(()) };
        let message = DeliveriesMessage::redeliver_all(key, what, &behind, redelivery);
        self.ports.queue.send_delivery(&key.tenant, &message, std::time::Duration::ZERO).await
    }

    /// The webhook, if it is on and its tenant licensed. It was when the admin
    /// asked; what has changed since then counts.
    async fn active(&self, key: &WebhookKey, invocation: &Invocation) -> PortResult<Option<WebhookRow>> {
        let Some(row) = self.ports.webhooks.get(key).await? else { return Ok(None) };
        let copy = self.rosters.of(&key.tenant, &self.ports).await?;
        let roster = self.licensed_or_fresh(&key.tenant, copy).await?;
        let is_licensed = roster.tenant.is_licensed(self.default_edition);
        if row.status == Status::On && is_licensed && !roster.has_lost(&row) {
            return Ok(Some(row));
        }
        invocation.tally.add(|totals| totals.dropped += 1);
        Ok(None)
    }

    /// Some of the deliveries behind this one, and where to go on.
    async fn kept(
        &self,
        row: &WebhookRow,
        what: Kept,
        behind: &DeliveryId,
    ) -> PortResult<(Vec<DeliveryId>, Option<DeliveryId>)> {
        let webhook = &row.key.webhook;
        let slice = Slice { order: ports::Order::OldestFirst, behind: Some(behind), limit: A_PAGE };
        match (what, row.held_before) {
            (Kept::Failed, _) => {
                let failed = domain::delivery::Outcome::Failed;
                let page = self.ports.log.page(webhook, slice, Some(failed)).await?;
                Ok((page.items.into_iter().map(|entry| entry.delivery).collect(), page.next))
            }
            (Kept::Held, Some(before)) => {
                let page = self.ports.backlog.page(webhook, slice, Came::Before(before)).await?;
                let mut held: Vec<_> =
                    page.items.into_iter().map(|item| item.key.delivery().clone()).collect();
                held.dedup();
                Ok((held, page.next))
            }
            (Kept::Held, None) => Ok((Vec::new(), None)),
        }
    }

    /// Puts a delivery into the backlog once more, unless it waits there anyway
    /// or was attempted since the request.
    async fn put_again(
        &self,
        row: &WebhookRow,
        delivery: &DeliveryId,
        order: Order<'_>,
        invocation: &Invocation,
    ) -> PortResult<()> {
        let webhook = &row.key.webhook;
        let key = BacklogKey::by_hand(delivery.clone(), &order.redelivery.id);
        let items = self.ports.backlog.of(webhook, delivery).await?;
        let entry = self.ports.log.get(webhook, delivery).await?;
        // What stands in the log is not sent from here: an invocation died before it could delete it.
        let is_done = |item: &BacklogItem| entry.as_ref().is_some_and(|entry| item.is_done_by(entry));
        let (held, waiting): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| row.holds(item));
        // It was put before this, and has been held since then: that needs another request.
        if held.iter().any(|item| item.key == key) {
            return Ok(());
        }
        let mut waiting = waiting.iter().filter(|item| !is_done(item)).peekable();
        if waiting.peek().is_none() {
            if let Some(item) = self.to_send_again(key, entry, &held, order) {
                self.insist(invocation, || self.ports.backlog.put(webhook, &item)).await?;
                invocation.tally.add(|totals| totals.waiting += 1);
            }
        } else if waiting.all(|item| item.key != key) {
            return Ok(());
        }
        // What is held of it has become what is sent, or stands in the log. In
        // this order: a crash leaves both.
        for item in &held {
            self.insist(invocation, || self.ports.backlog.delete(webhook, &item.key)).await?;
        }
        Ok(())
    }

    fn to_send_again(
        &self,
        key: BacklogKey,
        entry: Option<LogEntry>,
        held: &[BacklogItem],
        order: Order<'_>,
    ) -> Option<BacklogItem> {
        let now = self.now();
        let Some(entry) = entry else { return held.last().cloned().map(|item| item.released(key, now)) };
        let is_done = match order.all {
            // What only looks held: an invocation died before it could delete it.
            Some(Kept::Held) => held.iter().all(|item| item.is_done_by(&entry)),
            Some(Kept::Failed) | None => {
                entry.attempts.last().is_some_and(|attempt| attempt.at > order.redelivery.at)
            }
        };
        (!is_done).then(|| BacklogItem::again(key, entry, now))
    }
}

/// What an admin asked for.
#[derive(Clone, Copy)]
struct Order<'a> {
    redelivery: &'a Redelivery,
    /// All of a kind, or this one, whatever became of it.
    all: Option<Kept>,
}

/// What a message asks for.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) key: &'a WebhookKey,
    pub(crate) delivery: &'a DeliveryId,
    pub(crate) redelivery: &'a Redelivery,
}
