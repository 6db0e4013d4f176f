//! What the functions use of AWS and of their environment: the ports of
//! [`domain::ports`] carried out on DynamoDB, SQS and Secrets Manager, and the
//! settings. The only crate that names an `aws-*` crate, reads an environment
//! variable, the clock or the system's randomness.
//!
//! ```no_run
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! platform::telemetry::init();
//! let settings = platform::settings::DispatcherSettings::from_env()?;
//! let aws = platform::aws::Aws::from_env()?;
//! let ports = platform::ports(aws, &settings.stores);
//! # drop(ports);
//! # Ok(())
//! # }
//! ```

pub mod aws;
pub mod cache;
pub mod clock;
pub mod settings;
pub mod telemetry;

mod answer;
mod attempts;
mod backlog;
mod counters;
mod error;
mod event;
mod expression;
mod fields;
mod http;
mod idempotency;
mod installations;
mod item;
mod joint;
mod log;
mod pages;
mod ports;
mod queue;
mod secrets;
mod slack_app;
mod table;
mod tables;
mod upkeep;
mod webhooks;

pub use ports::{ports, ports_with};
pub use slack_app::SlackAppSecret;
