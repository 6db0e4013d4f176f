//! The catalogue of event types: what a webhook can subscribe to, and how an event is called.

use serde::Serialize;

/// One kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogueEntry {
    /// The event type.
    pub id: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// The group it is shown in.
    pub category: &'static str,
    /// What its details usually hold; others pass through unchanged.
    pub detail_fields: &'static [&'static str],
}

/// The type of a test event. It is not in the catalogue: it reaches a webhook
/// whatever its subscription.
pub const TEST_EVENT: &str = "webhook.test";

/// Every kind of event that can be subscribed to, in the order it is shown.
pub const CATALOGUE: &[CatalogueEntry] = &[
    entry("project_scan.scheduled", "Scheduled project scan", "Scanning", &["projectId"]),
    entry("project_scan.access_denied", "Could not access project", "Scanning", &["projectId"]),
    entry("project_scan.finished", "Finished project scan", "Scanning", &["projectId", "findingsCount"]),
    entry(
        "project_scan.failed",
        "Error while running project scan",
        "Scanning",
        &["projectId", "errorMessage"],
    ),
    entry(
        "false_positive.reviewed",
        "Reviewed a false positive",
        "Findings",
        &["projectId", "scope", "ruleName"],
    ),
    entry(
        "false_positive.deleted",
        "Deleted a reviewed false positive",
        "Findings",
        &["projectId", "scope", "ruleName"],
    ),
    entry(
        "global_false_positives.added",
        "Added globally reviewed false positives",
        "Findings",
        &["uploadedCount", "addedCount"],
    ),
    entry(
        "global_false_positives.deleted",
        "Deleted globally reviewed false positives",
        "Findings",
        &["uploadedCount", "deletedCount"],
    ),
    entry(
        "instance_settings.updated",
        "Updated instance settings",
        "Settings",
        &["autoScan", "deduplicateExports", "includePlaintextInExports"],
    ),
    entry("custom_rule.created", "Created custom rule", "Rules", &["name", "id", "regexp"]),
    entry("custom_rule.updated", "Updated custom rule", "Rules", &["name", "id", "regexp", "enabled"]),
    entry("custom_rule.deleted", "Deleted custom rule", "Rules", &["name", "id", "regexp"]),
    entry("builtin_rule.toggled", "Toggled a built-in rule", "Rules", &["ruleName", "enabled"]),
    entry("app_administrators.updated", "Updated app administrators", "Settings", &["added", "removed"]),
    entry("findings.exported", "Exported findings", "Findings", &["projectId"]),
    entry("webhook.created", "Created webhook", "Webhooks", &["webhookId", "displayName", "kind"]),
    entry("webhook.updated", "Updated webhook", "Webhooks", &["webhookId", "displayName", "changedFields"]),
    entry("webhook.deleted", "Deleted webhook", "Webhooks", &["webhookId", "displayName"]),
    entry(
        "webhook.disabled",
        "Disabled failing webhook",
        "Webhooks",
        &["webhookId", "displayName", "reason"],
    ),
];

/// The catalogue's entry of an event type.
pub fn find(id: &str) -> Option<&'static CatalogueEntry> {
    CATALOGUE.iter().find(|entry| entry.id == id)
}

/// An event type's name for people; a type outside the catalogue has itself as label.
pub fn label_of(id: &str) -> &str {
    match find(id) {
        Some(entry) => entry.label,
        None if id == TEST_EVENT => "Test event",
        None => id,
    }
}

const fn entry(
    id: &'static str,
    label: &'static str,
    category: &'static str,
    detail_fields: &'static [&'static str],
) -> CatalogueEntry {
    CatalogueEntry { id, label, category, detail_fields }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EventTypeId;

    #[test]
    fn the_table_is_the_published_catalogue() {
        let published: serde_json::Value =
            serde_json::from_str(include_str!("../tests/event-types.json")).unwrap();
        let mut items = published["items"].clone();
        for item in items.as_array_mut().unwrap() {
            item.as_object_mut().unwrap().remove("origin");
        }
        assert_eq!(serde_json::to_value(CATALOGUE).unwrap(), items);
    }

    #[test]
    fn every_entry_is_an_event_type_and_is_found() {
        for entry in CATALOGUE {
            assert!(EventTypeId::parse(entry.id).is_ok(), "{}", entry.id);
            assert_eq!(find(entry.id), Some(entry));
            assert_eq!(label_of(entry.id), entry.label);
        }
    }

    #[test]
    fn a_type_outside_the_catalogue_has_itself_as_label() {
        assert_eq!(label_of("made.up"), "made.up");
        assert_eq!(label_of(TEST_EVENT), "Test event");
        assert_eq!(find(TEST_EVENT), None);
    }
}
