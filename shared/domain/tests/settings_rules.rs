//! The rules of a webhook's settings, each refused with its own code: what a
//! write of an admin may say, and what becomes of it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may; clippy.toml's allowance does not reach the functions beside them"
)]

#[path = "settings_rules/support.rs"]
mod support;

mod urls;

#[path = "settings_rules/urls_refused.rs"]
mod urls_refused;

#[path = "settings_rules/urls_allowed.rs"]
mod urls_allowed;

#[path = "settings_rules/create.rs"]
mod create;

#[path = "settings_rules/patch.rs"]
mod patch;

#[path = "settings_rules/secrets.rs"]
mod secrets;

#[path = "settings_rules/slack.rs"]
mod slack;
