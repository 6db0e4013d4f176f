//! The admin API at its boundary: requests in, responses out, over ports in
//! memory, with time by hand and a real issuer on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may; the lints' own exception does not reach functions that are shared by tests"
)]

mod auth;
mod aws_faults;
mod call;
mod canary;
mod crash_edits;
mod crashes;
mod creation;
mod deliveries;
mod documents;
mod edits;
mod every_route;
mod forgeries;
mod gateway;
mod headers;
mod interleavings;
mod issuer;
mod key_sets;
mod licenses;
mod listener;
mod moves;
mod order;
mod page;
mod races;
mod realm;
mod redeliveries;
mod route_table;
mod routes;
mod rules;
mod secrecy;
mod site;
mod slack;
mod slack_app;
mod slack_crashes;
mod slack_flows;
mod slack_grants;
mod slack_popup;
mod tokens;
mod trial;
mod unreliable;
mod urls;
mod world;
mod wrong_claims;
