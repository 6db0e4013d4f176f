//! What the stand-in knows: who may post where, what was posted, and what it was
//! told to answer. Time is an argument.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::pace::Pace;
use super::refusal::{ExchangeFailure, PostError};
use super::workspaces::Place;

/// So many messages are kept, the newest.
const KEPT: usize = 10_000;
/// "The code expires in 10 minutes" (docs.slack.dev/authentication/installing-with-oauth).
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// A message that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackMessage {
    /// When it came.
    pub at: Timestamp,
    /// The id of the workspace.
    pub team: String,
    /// The id of the channel.
    pub channel: String,
    /// The id of the webhook, the second part of its path.
    pub webhook_id: String,
    /// The message.
    pub body: Value,
}

/// An incoming webhook.
#[derive(Debug)]
pub(super) struct Webhook {
    pub(super) place: Place,
    pub(super) token: String,
    pub(super) pace: Pace,
}

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) place: Place,
    /// As it was asked for, letter by letter.
    pub(super) redirect_uri: String,
    pub(super) at: Timestamp,
}

/// A webhook as the app that installs it gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installed {
    pub(super) place: Place,
    pub(super) url: String,
    pub(super) configuration_url: String,
}

#[derive(Debug, Default)]
pub(super) struct World {
    /// What is posted in these channels is refused, by channel id.
    pub(super) errors: BTreeMap<&'static str, PostError>,
    pub(super) webhooks: BTreeMap<String, Webhook>,
    grants: BTreeMap<String, Grant>,
    pub(super) messages: VecDeque<SlackMessage>,
    pub(super) refusals: BTreeMap<PostError, u64>,
    pub(super) exchange: Option<ExchangeFailure>,
    pub(super) rate_limit: RateLimit,
}

/// Whether the webhooks have a pace to keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RateLimit {
    #[default]
    On,
    Off,
}

impl World {
    /// A code for this grant.
    pub(super) fn grant(&mut self, grant: Grant) -> String {
        let now = grant.at;
        self.grants.retain(|_, grant| grant.is_valid(now));
        let code = random();
        self.grants.insert(code.clone(), grant);
        code
    }

    /// What a code stands for, as long as it is valid.
    pub(super) fn granted(&self, code: &str, now: Timestamp) -> Option<&Grant> {
        self.grants.get(code).filter(|grant| grant.is_valid(now))
    }

    /// A code is used up.
    pub(super) fn spend(&mut self, code: &str) {
        self.grants.remove(code);
    }

    /// Makes a webhook; as in Slack one channel may have several.
    pub(super) fn install(&mut self, place: Place) -> Installed {
        let id: String = random().chars().take(9).collect();
        let id = format!("B0{}", id.to_ascii_uppercase());
        let token: String = random().chars().take(24).collect();
        let installed = Installed {
            place,
            url: format!("https://{}/services/{}/{id}/{token}", super::HOOKS_HOST, place.workspace.id),
            configuration_url: format!("https://{}.slack.com/services/{id}", place.workspace.domain),
        };
        self.webhooks.insert(id, Webhook { place, token, pace: Pace::default() });
        installed
    }

    pub(super) fn keep(&mut self, message: SlackMessage) {
        self.messages.push_back(message);
        if self.messages.len() > KEPT {
            self.messages.pop_front();
        }
    }

    pub(super) fn count(&mut self, refusal: PostError) {
        let count = self.refusals.entry(refusal).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn refused(&self) -> u64 {
        self.refusals.values().sum()
    }

    /// Forgets what was posted, and what was refused.
    pub(super) fn forget(&mut self) {
        self.messages.clear();
        self.refusals.clear();
    }
}

impl Grant {
    fn is_valid(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) < CODE_LIFE
    }
}

/// 32 letters and digits that nobody guesses.
pub(super) fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
