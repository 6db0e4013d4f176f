//! The whole service on one machine: the real functions, driven over Lambda's
//! Runtime API, over emulated AWS, with a token issuer, a TLS receiver and a
//! stand-in for Slack beside them, all on loopback. `make run` starts it from the
//! command line, the end-to-end tests start it as [`Stack`].
//!
//! ```text
//!  curl, browser ─▶ gateway ─▶ pool of `api` ─────────▶ emulators (DynamoDB, SQS,
//!  make event ─▶ SQS ─▶ poller ─▶ pool of `dispatcher`  Secrets Manager)
//!                                       └─────────────▶ receiver, shown by inspect; slack
//! ```

mod batch;
mod ca;
pub mod commands;
pub mod emulators;
pub mod environment;
mod error;
mod gateway;
mod inspect;
mod issuer;
mod poller;
mod pool;
mod receiver;
pub mod runtime_api;
mod sandbox;
mod schedule;
mod serve;
mod slack;
pub mod sqs;
mod stack;
mod stack_file;
pub mod template;

pub use ca::Ca;
pub use error::{Error, Result};
pub use issuer::{AUDIENCE, Grant, Issuer};
pub use pool::Process;
pub use receiver::{Receiver, Reply, Request};
pub use sandbox::FunctionError;
pub use slack::{ExchangeFailure, PostError, SlackMessage, SlackStandIn};
pub use stack::{Options, Stack};
pub use stack_file::{AwsEndpoints, DeadLetterQueueUrls, StackFile};

/// An HTTP client for loopback. It keeps no connections, so that it outlives the
/// runtime of a test.
fn http_client() -> reqwest::Client {
    // reqwest asks for a provider even where nothing is encrypted; that another
    // part of this program has chosen one already is fine.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .pool_max_idle_per_host(0)
        .build()
        .unwrap_or_default()
}
