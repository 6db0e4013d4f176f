//! What became of a webhook's deliveries: the log and the backlog as one.
//!
//! A delivery that was redelivered stands in both. Then what an admin asked for
//! last is what counts: the redelivery that waits, else the outcome in the log,
//! else the item that waits or is held. An item that the log says was dealt with
//! counts no more: an invocation died before it could remove it.

mod list;
mod view;

use domain::delivery::{BacklogItem, LogEntry};
use domain::ids::DeliveryId;
use domain::ports::PortResult;
use domain::row::WebhookRow;
use utoipa::ToSchema;

use crate::Api;

pub(crate) use self::list::{Listed, came, list};
pub(crate) use self::view::{Delivery, DeliveryWithAttempts};

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Status {
    /// It waits, and is sent by itself.
    Pending,
    /// The receiver has it.
    Succeeded,
    /// It was refused or given up.
    Failed,
    /// It is kept until an admin asks for it.
    Held,
}

impl Status {
    const ALL: [Self; 4] = [Self::Pending, Self::Succeeded, Self::Failed, Self::Held];

    /// The word for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Held => "held",
        }
    }

    /// Reads the word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// A delivery, from where it stands.
pub(crate) enum Found {
    /// Its outcome is known.
    Logged(LogEntry),
    /// It waits, or is held.
    Waiting(BacklogItem),
}

impl Found {
    /// Which.
    pub(crate) const fn id(&self) -> &DeliveryId {
        match self {
            Self::Logged(entry) => &entry.delivery,
            Self::Waiting(item) => item.key.delivery(),
        }
    }

    /// How it stands.
    pub(crate) fn status(&self, row: &WebhookRow) -> Status {
        match self {
            Self::Logged(entry) => match entry.outcome {
                domain::delivery::Outcome::Succeeded => Status::Succeeded,
                domain::delivery::Outcome::Failed => Status::Failed,
            },
            Self::Waiting(item) if row.holds(item) => Status::Held,
            Self::Waiting(_) => Status::Pending,
        }
    }

    /// What counts, of all that is known of one delivery.
    fn of(entry: Option<LogEntry>, items: Vec<BacklogItem>) -> Option<Self> {
        // Of several redeliveries the last one: their ids sort by time.
        let last = items.into_iter().max_by(|a, b| a.key.cmp(&b.key));
        match (entry, last) {
            (Some(entry), Some(item)) if !item.is_done_by(&entry) => Some(Self::Waiting(item)),
            (Some(entry), _) => Some(Self::Logged(entry)),
            (None, item) => item.map(Self::Waiting),
        }
    }
}

/// One delivery of a webhook.
pub(crate) async fn find(api: &Api, row: &WebhookRow, id: &DeliveryId) -> PortResult<Option<Found>> {
    let webhook = &row.key.webhook;
    let (entry, items) =
        futures::try_join!(api.ports.log.get(webhook, id), api.ports.backlog.of(webhook, id))?;
    Ok(Found::of(entry, items))
}
