//! What a million events cost, and which limit is met first: AWS's prices and
//! quotas are dated inputs, the work is measured, the rest is a formula.
//!
//! - `inputs`: prices.json, quotas.json, assumptions.json; `measured`: what `make bench` wrote
//! - `model`: the formula for events; `slack`: what its messages cost beyond;
//!   `standing`: what is paid without any event
//! - `scale`: up to a million tenants and 10,000 events a second; `limits`: what is met first
//! - `report`: everything computed once; `page`, `charts`: how it is shown

pub mod charts;
pub mod fault;
pub mod inputs;
pub mod limits;
pub mod measured;
pub mod model;
pub mod page;
mod plot;
pub mod report;
pub mod scale;
mod sections;
pub mod slack;
pub mod standing;
mod text;
