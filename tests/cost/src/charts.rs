//! The two charts of cost.md.

mod cost;
mod scale;

use crate::report::Report;

/// Dollars per million events, as bars.
pub fn cost(report: &Report) -> String {
    cost::chart(report)
}

/// What grows with tenants and events.
pub fn scale(report: &Report) -> String {
    scale::chart(report)
}
