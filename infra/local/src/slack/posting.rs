//! `POST https://hooks.slack.com/services/T…/B…/<token>`: one message.

use super::pace::Passage;
use super::refusal::{PostError, plain};
use super::world::{RateLimit, SlackMessage, Webhook, World};
use super::{Shared, blocks};
use crate::receiver::{Reply, Request};

pub(super) fn answer(shared: &Shared, request: &Request) -> Reply {
    if request.method != "POST" {
        return plain(405, "method_not_allowed").with_header("allow", "POST");
    }
    let now = shared.now();
    let mut world = shared.world();
    match world.post(request, now) {
        Ok(count) => {
            // Under the lock: a later post must not be overtaken by this smaller count.
            shared.arrived.send_replace(count);
            plain(200, "ok")
        }
        Err(error) => error.reply(),
    }
}

impl World {
    /// How many messages there are with this one.
    fn post(&mut self, request: &Request, now: jiff::Timestamp) -> Result<usize, PostError> {
        match self.accept(request, now) {
            Ok(message) => {
                self.keep(message);
                Ok(self.messages.len())
            }
            Err(error) => {
                self.count(error);
                Err(error)
            }
        }
    }

    /// The webhook is judged first, then the pace, and the message last: what the
    /// channel was told to answer does not depend on what is sent.
    fn accept(&mut self, request: &Request, now: jiff::Timestamp) -> Result<SlackMessage, PostError> {
        let rate_limit = self.rate_limit;
        let (webhook_id, webhook) = webhook(&mut self.webhooks, &request.path)?;
        let place = webhook.place;
        if let Some(error) = self.errors.get(place.channel.id) {
            return Err(*error);
        }
        match (rate_limit, webhook.pace.take(now)) {
            (RateLimit::On, Passage::TooFast) => return Err(PostError::RateLimited),
            (RateLimit::On | RateLimit::Off, Passage::Free) | (RateLimit::Off, Passage::TooFast) => {}
        }
        let content_type = request.header("content-type").unwrap_or_default();
        if !super::media_type(content_type).eq_ignore_ascii_case("application/json") {
            return Err(PostError::InvalidPayload);
        }
        Ok(SlackMessage {
            at: now,
            team: place.workspace.id.to_owned(),
            channel: place.channel.id.to_owned(),
            webhook_id,
            body: blocks::read(&request.body)?,
        })
    }
}

type Webhooks = std::collections::BTreeMap<String, Webhook>;

/// The webhook of a path, with its id.
fn webhook<'a>(webhooks: &'a mut Webhooks, path: &str) -> Result<(String, &'a mut Webhook), PostError> {
    let path = path.strip_prefix("/services/").ok_or(PostError::NoService)?;
    let mut parts = path.splitn(3, '/');
    let (team, id, token) = (parts.next(), parts.next(), parts.next());
    if !super::workspaces::WORKSPACES.iter().any(|workspace| Some(workspace.id) == team) {
        return Err(PostError::NoTeam);
    }
    let webhook = id
        .and_then(|id| webhooks.get_mut(id))
        .filter(|webhook| Some(webhook.place.workspace.id) == team)
        .ok_or(PostError::NoService)?;
    if Some(webhook.token.as_str()) != token {
        return Err(PostError::InvalidToken);
    }
    Ok((id.unwrap_or_default().to_owned(), webhook))
}
