//! A stand-in for Slack: one installs the app as there, posts as there, is refused
//! as there, and sees what was posted.
//!
//! Over HTTP on loopback ([`SlackStandIn::url`]):
//! - `/oauth/v2/authorize` asks a person for a channel, `POST /api/oauth.v2.access`
//!   changes the code for a webhook
//! - `GET /` shows what was posted (`Accept: application/json` for programs),
//!   `DELETE /messages` forgets it
//! - `PUT /channels/C0ACMEAUDIT {"error":"channel_is_archived"}` is what posts in that
//!   channel are answered from now on, `{"error":null}` goes back to `ok`
//! - `PUT /exchange {"error":"invalid_code"}` is what the exchange answers; also
//!   `{"status":500}` and `{"hang":true}`; `{"error":null}` goes back
//! - `PUT /rate-limit {"enabled":false}` lets every pace pass
//!
//! Over TLS as `hooks.slack.com` ([`SlackStandIn::hooks_port`]): the posting itself.

mod authorize;
mod blocks;
mod control;
mod drawing;
mod exchange;
mod form;
mod html;
mod mrkdwn;
mod pace;
mod posting;
mod refusal;
mod view;
mod workspaces;
mod world;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::{delete, get, post, put};
use jiff::Timestamp;
use tokio::sync::watch;

pub use self::refusal::{ExchangeFailure, PostError};
use self::workspaces::{Place, place};
pub use self::world::SlackMessage;
use self::world::{RateLimit, World};
use crate::ca::Ca;
use crate::error::{Error, Result};
use crate::receiver::Receiver;
use crate::serve::Server;

/// The host of incoming webhooks. It is mapped to loopback.
pub(crate) const HOOKS_HOST: &str = "hooks.slack.com";
/// The app that asks.
const APP: &str = "Soteri Security for Jira";
/// All that it may ask for.
const SCOPE: &str = "incoming-webhook";

/// A stand-in for Slack on loopback. It stops when it is dropped.
///
/// Its workspaces are `T0ACME` with the channels `C0ACMEAUDIT`, `C0ACMESECURITY`,
/// `C0ACMEGENERAL`, and `T0GLOBEX` with the same of its own.
pub struct SlackStandIn {
    shared: Arc<Shared>,
    hooks: Receiver,
    server: Server,
}

impl fmt::Debug for SlackStandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackStandIn").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl SlackStandIn {
    /// The app's client id.
    pub const CLIENT_ID: &str = "local-client-id";
    /// The app's client secret.
    pub const CLIENT_SECRET: &str = "local-client-secret";

    /// Starts one on any free ports.
    ///
    /// # Errors
    /// When there is no port or no certificate for it.
    pub async fn start(ca: &Ca) -> Result<Self> {
        Self::start_with_clock(ca, Timestamp::now).await
    }

    /// The same with another time: codes expire and webhooks have their pace by it.
    ///
    /// # Errors
    /// As above.
    pub async fn start_with_clock(
        ca: &Ca,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self> {
        let shared = Arc::new(Shared {
            clock: Box::new(clock),
            world: Mutex::new(World::default()),
            arrived: watch::Sender::new(0),
        });
        let hooks = Receiver::start(ca, &[HOOKS_HOST]).await?;
        let posted = Arc::clone(&shared);
        hooks.answer(move |request| posting::answer(&posted, request));
        let server = Server::start(routes(Arc::clone(&shared)))?;
        Ok(Self { shared, hooks, server })
    }

    /// Its URL, for `SLACK_BASE_URL`; no slash at the end.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The port of `hooks.slack.com` on 127.0.0.1, for `DELIVERY_DANGER_CONNECT_TO`.
    pub const fn hooks_port(&self) -> u16 {
        self.hooks.port()
    }

    /// What was accepted, oldest first.
    pub fn messages(&self) -> Vec<SlackMessage> {
        self.shared.world().messages.iter().cloned().collect()
    }

    /// Waits until `n` messages were accepted, at most so long; brings all that were, oldest first.
    pub async fn wait_for(&self, n: usize, at_most: Duration) -> Vec<SlackMessage> {
        let mut arrived = self.shared.arrived.subscribe();
        // Too few after that time is for the caller to judge.
        tokio::time::timeout(at_most, arrived.wait_for(|count| *count >= n)).await.ok();
        self.messages()
    }

    /// How often what was refused.
    pub fn refusals(&self) -> BTreeMap<PostError, u64> {
        self.shared.world().refusals.clone()
    }

    /// Forgets what was accepted and refused.
    pub fn clear(&self) {
        self.hooks.clear();
        self.shared.forget();
    }

    /// Makes a webhook without asking anybody; brings its URL.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn install(&self, channel_id: &str) -> Result<String> {
        let place = known(channel_id)?;
        Ok(self.shared.world().install(place).url)
    }

    /// What posts in this channel are answered from now on; none is `ok`.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn fail_posts(&self, channel_id: &str, error: Option<PostError>) -> Result<()> {
        self.shared.switch(known(channel_id)?, error);
        Ok(())
    }

    /// The same as [`fail_posts`](Self::fail_posts) with `channel_is_archived`.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn archive(&self, channel_id: &str) -> Result<()> {
        self.fail_posts(channel_id, Some(PostError::ChannelIsArchived))
    }

    /// Posts in this channel are accepted again.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn unarchive(&self, channel_id: &str) -> Result<()> {
        self.fail_posts(channel_id, None)
    }

    /// How the token exchange fails from now on; none is not at all.
    pub fn fail_exchange(&self, failure: Option<ExchangeFailure>) {
        self.shared.world().exchange = failure;
    }

    /// Whether webhooks have a pace to keep. They have at first.
    pub fn set_rate_limit(&self, enabled: bool) {
        self.shared.world().rate_limit = if enabled { RateLimit::On } else { RateLimit::Off };
    }
}

fn known(channel_id: &str) -> Result<Place> {
    let why = || Error::BadSetting { name: "Slack channel".to_owned(), why: format!("{channel_id} is none") };
    place(channel_id).ok_or_else(why)
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/oauth/v2/authorize", get(authorize::ask).post(authorize::decide))
        .route("/api/oauth.v2.access", post(exchange::access))
        .route("/", get(view::all))
        .route("/channels/{id}", get(view::channel).put(control::set_channel).post(control::channel_button))
        .route("/exchange", put(control::set_exchange))
        .route("/exchange/mend", post(control::mend_button))
        .route("/rate-limit", put(control::set_rate_limit).post(control::rate_limit_button))
        .route("/messages", delete(control::forget))
        .route("/messages/forget", post(control::forget_button))
        .with_state(shared)
}

/// What both servers know.
struct Shared {
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    world: Mutex<World>,
    /// How many messages there are.
    arrived: watch::Sender<usize>,
}

impl Shared {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn switch(&self, place: Place, error: Option<PostError>) {
        let mut world = self.world();
        match error {
            Some(error) => world.errors.insert(place.channel.id, error),
            None => world.errors.remove(place.channel.id),
        };
    }

    fn forget(&self) {
        let mut world = self.world();
        world.forget();
        self.arrived.send_replace(0);
    }
}

/// A content type without its parameters.
fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests;
