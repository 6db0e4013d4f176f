//! The admin API: one router, on Lambda and in tests alike.
//!
//! A request goes [`router`] → [`auth`] → `routes` → the rules and ports of
//! `domain`; whatever goes wrong ends in [`problem`], the only place that
//! makes an error response; the popup of an installation into Slack ends in a
//! page instead ([`slack`]). The settings page itself is [`page`]. The function never opens a connection to an
//! address that a customer chose: what is to be sent is put on a queue.

pub mod auth;
pub mod gateway;
pub mod outbound;
pub mod page;
pub mod problem;
pub mod router;
pub mod slack;

mod audit;
mod body;
mod bundle;
mod deliveries;
mod etag;
mod idempotency;
mod make;
mod openapi;
mod routes;
mod save;
mod scope;
mod view;

use std::sync::Arc;

use domain::ports::Ports;
use domain::tenant::Edition;
use domain::webhook::host::AllowedSuffixes;

use self::auth::Authenticator;
use self::page::Page;
use self::slack::Slack;

pub use self::router::router;

/// What every route needs.
#[derive(Clone)]
pub struct Api {
    ports: Ports,
    authenticator: Arc<Authenticator>,
    slack: Arc<Slack>,
    page: Arc<Page>,
    rules: Arc<Rules>,
}

/// What the operator has set for all tenants.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The edition of a tenant that no message has named yet.
    pub default_edition: Edition,
    /// Special-use names that a webhook's URL may have all the same.
    pub allowed_suffixes: AllowedSuffixes,
}

impl Api {
    /// The API over these ports.
    pub fn new(ports: Ports, authenticator: Authenticator, slack: Slack, page: Page, rules: Rules) -> Self {
        let (authenticator, slack) = (Arc::new(authenticator), Arc::new(slack));
        Self { ports, authenticator, slack, page: Arc::new(page), rules: Arc::new(rules) }
    }
}
