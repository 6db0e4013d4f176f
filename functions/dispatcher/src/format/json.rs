//! Format `json`. The order of the keys is part of the contract: `type` comes
//! first, so that a SIEM can anchor its pattern on it.

use bytes::Bytes;
use domain::catalogue::label_of;
use domain::message::{Actor, AuditEvent};
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    id: &'a str,
    label: &'a str,
    occurred_at: &'a str,
    actor: Who<'a>,
    details: &'a RawValue,
    tenant: Tenant<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Who<'a> {
    Person(&'a Actor<'a>),
    System { system: bool },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tenant<'a> {
    id: &'a str,
    site_url: Option<&'a str>,
}

/// The event as JSON; its details pass through as they came.
pub(super) fn body(event: &AuditEvent<'_>, site_url: Option<&str>) -> Bytes {
    let body = Body {
        event_type: event.event_type.as_str(),
        id: event.id.as_str(),
        label: label_of(event.event_type.as_str()),
        occurred_at: event.occurred_at.as_str(),
        actor: event.actor.as_ref().map_or(Who::System { system: true }, Who::Person),
        details: event.details,
        tenant: Tenant { id: event.tenant.as_str(), site_url },
    };
    let mut bytes = Vec::with_capacity(event.details.get().len() + 512);
    // Writing strings and raw JSON into memory cannot fail.
    let _ = serde_json::to_writer(&mut bytes, &body);
    Bytes::from(bytes)
}

#[cfg(test)]
mod tests {
    use domain::message::EventsMessage;

    use super::*;

    fn text_of(message: &str, site: Option<&str>) -> String {
        let Ok(EventsMessage::AuditEvent(event)) = EventsMessage::parse(message) else { panic!("{message}") };
        String::from_utf8(body(&event, site).to_vec()).unwrap()
    }

    #[test]
    fn the_body_is_the_contract_s_to_the_letter() {
        let message = r#"{"version":1,"kind":"auditEvent","id":"01J","tenantId":"acme","type":"project_scan.finished","occurredAt":"2026-11-23T15:40:00.5Z","actor":{"accountId":"5b10","displayName":"Jo \"x\""},"details":{"projectId":"10001","findingsCount":3}}"#;
        assert_eq!(
            text_of(message, Some("https://acme.atlassian.net")),
            r#"{"type":"project_scan.finished","id":"01J","label":"Finished project scan","occurredAt":"2026-11-23T15:40:00.5Z","actor":{"accountId":"5b10","displayName":"Jo \"x\""},"details":{"projectId":"10001","findingsCount":3},"tenant":{"id":"acme","siteUrl":"https://acme.atlassian.net"}}"#
        );
    }

    #[test]
    fn without_an_actor_it_was_the_system_and_an_unknown_type_is_its_own_label() {
        let message = r#"{"version":1,"kind":"auditEvent","id":"1","tenantId":"t","type":"new.thing","occurredAt":"2026-11-23T15:40:00Z","actor":null,"details":{}}"#;
        assert_eq!(
            text_of(message, None),
            r#"{"type":"new.thing","id":"1","label":"new.thing","occurredAt":"2026-11-23T15:40:00Z","actor":{"system":true},"details":{},"tenant":{"id":"t","siteUrl":null}}"#
        );
    }
}
