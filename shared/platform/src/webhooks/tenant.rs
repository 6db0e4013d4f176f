//! A tenant's own item: what was said of it, and how many webhooks it has.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ports::PortResult;
use domain::tenant::{Edition, Removal, Tenant};
use domain::time::Timestamp;

use super::guarded::Write;
use crate::error::unreadable;
use crate::expression::Expression;
use crate::fields::Fields;
use crate::item::{text, time};

/// How many webhooks the tenant has; written with each creation and deletion.
pub(super) const COUNT: &str = "webhooks";
/// The Slack channels that they post to, one webhook each; written with COUNT.
pub(super) const CHANNELS: &str = "slack_channels";
/// There, and true, on the tombstone of a removed tenant.
pub(super) const REMOVED: &str = "removed";
/// Which removal was the last, by the app's time. It stays, and `REMOVED_AT` with
/// it, when the tenant is installed anew.
const REMOVAL: &str = "removal";
/// When that was recorded, by ours.
pub(super) const REMOVED_AT: &str = "removed_at";
const UPDATED_AT: &str = "updated_at";
const EDITION: &str = "edition";
const SITE_URL: &str = "site_url";

/// What an item says of its tenant.
pub(super) fn read(fields: Fields<'_>) -> PortResult<Tenant> {
    let Some(updated_at) = fields.maybe_time(UPDATED_AT)? else { return Ok(Tenant::Unnamed) };
    if fields.flag(REMOVED)? {
        return Ok(Tenant::Removed { updated_at });
    }
    let edition = match fields.text(EDITION)? {
        STANDARD => Edition::Standard,
        ADVANCED => Edition::Advanced,
        _ => return Err(unreadable(EDITION)),
    };
    Ok(Tenant::Installed { edition, site_url: fields.text(SITE_URL)?.to_owned(), updated_at })
}

/// The last removal that an item knows of. One of an earlier release has none.
pub(super) fn removal(fields: Fields<'_>) -> PortResult<Option<Removal>> {
    let Some(updated_at) = fields.maybe_time(REMOVAL)? else { return Ok(None) };
    Ok(Some(Removal { updated_at, recorded_at: fields.time(REMOVED_AT)? }))
}

/// The write that records a state unless a newer one is recorded; of a removal
/// and an installation of the same time the removal stands. None when the
/// state says nothing. A removal takes the count of webhooks: what is deleted
/// from then on counts no more, and who comes back begins at none.
pub(super) fn record(state: &Tenant, now: Timestamp) -> Option<Write> {
    let mut expression = Expression::default();
    let updated_at = time(state.updated_at()?);
    let at = expression.name(UPDATED_AT);
    let at_value = expression.value(updated_at);
    let (update, condition) = match state {
        Tenant::Unnamed => return None,
        Tenant::Installed { edition, site_url, .. } => {
            let is_edition = expression.comparison(EDITION, "=", text(word(*edition)));
            let is_site = expression.comparison(SITE_URL, "=", text(site_url));
            let removed = expression.name(REMOVED);
            (
                format!("SET {at} = {at_value}, {is_edition}, {is_site} REMOVE {removed}"),
                format!(
                    "(attribute_not_exists({at}) OR {at} < {at_value} OR ({at} = {at_value} AND attribute_not_exists({removed})))"
                ),
            )
        }
        Tenant::Removed { .. } => {
            let is_removed = expression.comparison(REMOVED, "=", AttributeValue::Bool(true));
            let is_this = format!("{} = {at_value}", expression.name(REMOVAL));
            let is_now = expression.comparison(REMOVED_AT, "=", time(now));
            let gone = [EDITION, SITE_URL, COUNT, CHANNELS].map(|name| expression.name(name)).join(", ");
            (
                format!("SET {at} = {at_value}, {is_removed}, {is_this}, {is_now} REMOVE {gone}"),
                format!("(attribute_not_exists({at}) OR {at} <= {at_value})"),
            )
        }
    };
    expression.require(condition);
    Some(Write { expression, update })
}

const STANDARD: &str = "standard";
const ADVANCED: &str = "advanced";

const fn word(edition: Edition) -> &'static str {
    match edition {
        Edition::Standard => STANDARD,
        Edition::Advanced => ADVANCED,
    }
}
