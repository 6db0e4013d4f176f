//! The body of a delivery, one file a format. Pure: an event in, bytes out.

mod json;
mod slack;

use bytes::Bytes;
use domain::message::AuditEvent;
use domain::webhook::format::Format;

/// The body of an event's delivery in this format. `site_url` is the tenant's Jira.
pub fn body(format: Format, event: &AuditEvent<'_>, site_url: Option<&str>) -> Bytes {
    match format {
        Format::Json => json::body(event, site_url),
        Format::Slack => slack::body(event, site_url),
    }
}
