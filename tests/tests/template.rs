//! What would silently lose data if it were missing from the template.

use std::collections::BTreeSet;

use local::template::TEMPLATE;
use platform::settings::{ApiSettings, DispatcherSettings};
use serde_yaml_ng::Value;

/// A node of the template, with CloudFormation's short tags looked through.
fn at<'a>(node: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(node, |node, key| {
            let node = untagged(node);
            key.parse().map_or_else(|_| node.get(key), |place: usize| node.get(place))
        })
        .map(untagged)
}

fn untagged(node: &Value) -> &Value {
    match node {
        Value::Tagged(tagged) => &tagged.value,
        other => other,
    }
}

fn template() -> Value {
    serde_yaml_ng::from_str(TEMPLATE).unwrap()
}

fn number(node: &Value, path: &str) -> u64 {
    at(node, path).and_then(Value::as_u64).unwrap_or_else(|| panic!("{path} is no number"))
}

fn resources_of<'a>(template: &'a Value, kind: &str) -> Vec<(&'a str, &'a Value)> {
    let all = at(template, "Resources").and_then(Value::as_mapping).unwrap();
    all.iter()
        .filter(|(_, resource)| at(resource, "Type").and_then(Value::as_str) == Some(kind))
        .map(|(id, resource)| (id.as_str().unwrap(), resource))
        .collect()
}

#[test]
fn failed_records_come_again_instead_of_being_deleted() {
    let template = template();
    let events =
        at(&template, "Resources.DispatcherFunction.Properties.Events").and_then(Value::as_mapping).unwrap();
    assert_eq!(events.len(), 2, "one mapping for each queue");
    for (name, mapping) in events {
        let types = at(mapping, "Properties.FunctionResponseTypes").and_then(Value::as_sequence);
        let types: Vec<_> = types.unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(types, ["ReportBatchItemFailures"], "{name:?}");
        assert!(at(mapping, "Properties.ScalingConfig.MaximumConcurrency").is_some(), "{name:?}");
        assert!(number(mapping, "Properties.BatchSize") <= 10, "{name:?}");
    }
}

#[test]
fn a_message_is_not_handed_out_again_while_its_function_may_still_run() {
    let template = template();
    let timeout = number(&template, "Resources.DispatcherFunction.Properties.Timeout");
    for queue in ["EventsQueue", "DeliveriesQueue"] {
        let visibility = number(&template, &format!("Resources.{queue}.Properties.VisibilityTimeout"));
        assert!(visibility >= 6 * timeout, "{queue}: {visibility} < 6 × {timeout}");
    }
}

#[test]
fn what_goes_on_in_another_message_is_no_loop_to_lambda() {
    let template = template();
    let loops =
        at(&template, "Resources.DispatcherFunction.Properties.RecursiveLoop").and_then(Value::as_str);
    assert_eq!(loops, Some("Allow"));
}

#[test]
fn the_secrets_of_each_table_lie_apart() {
    let template = template();
    let prefix = at(&template, "Globals.Function.Environment.Variables.SECRET_PREFIX.0");
    assert_eq!(prefix.and_then(Value::as_str), Some("${Prefix}/${MainTable}"));
}

#[test]
fn the_functions_reach_webhooks_secrets_and_nothing_else_under_the_prefix() {
    let template = template();
    for role in ["ApiRole", "DispatcherRole"] {
        let policies = at(&template, &format!("Resources.{role}.Properties.Policies"));
        let statements = policies.and_then(Value::as_sequence).unwrap().iter();
        let statements = statements.filter_map(|policy| at(policy, "PolicyDocument.Statement"));
        let statements: Vec<_> = statements.filter_map(Value::as_sequence).flatten().collect();
        let secrets = statements
            .iter()
            .find(|statement| at(statement, "Sid").and_then(Value::as_str) == Some("WebhookSecrets"));
        let arn = secrets.and_then(|statement| at(statement, "Resource.0")).and_then(Value::as_str).unwrap();
        // `platform/src/secrets.rs`: prefix and table, tenant, webhook, chance.
        assert!(arn.ends_with(":secret:${Prefix}/*/*/wh_*/*"), "{role}: {arn}");
    }
}

#[test]
fn what_cannot_be_read_ends_in_a_queue_that_outlives_its_source() {
    let template = template();
    for queue in ["EventsQueue", "DeliveriesQueue"] {
        let properties = format!("Resources.{queue}.Properties");
        let target =
            at(&template, &format!("{properties}.RedrivePolicy.deadLetterTargetArn")).and_then(Value::as_str);
        let target =
            target.and_then(|target| target.strip_suffix(".Arn")).unwrap_or_else(|| panic!("{queue}"));
        assert!(number(&template, &format!("{properties}.RedrivePolicy.maxReceiveCount")) >= 5, "{queue}");
        let kept = number(&template, &format!("{properties}.MessageRetentionPeriod"));
        let dead = number(&template, &format!("Resources.{target}.Properties.MessageRetentionPeriod"));
        assert!(dead > kept, "{queue}: a message keeps its age when it moves");
    }
}

#[test]
fn tables_expire_items_can_be_restored_and_outlive_the_stack() {
    let template = template();
    let tables = resources_of(&template, "AWS::DynamoDB::Table");
    assert_eq!(tables.len(), 2);
    for (id, table) in tables {
        let ttl = at(table, "Properties.TimeToLiveSpecification.AttributeName").and_then(Value::as_str);
        assert_eq!(ttl, Some("ttl"), "{id}");
        for switch in [
            "Properties.TimeToLiveSpecification.Enabled",
            "Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",
            "Properties.SSESpecification.SSEEnabled",
            "Properties.DeletionProtectionEnabled",
        ] {
            assert_eq!(at(table, switch).and_then(Value::as_bool), Some(true), "{id} {switch}");
        }
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            assert_eq!(at(table, policy).and_then(Value::as_str), Some("Retain"), "{id} {policy}");
        }
    }
}

#[test]
fn both_functions_are_built_for_arm_and_find_all_their_settings() {
    let template = template();
    for (id, binary) in [("ApiFunction", "api"), ("DispatcherFunction", "dispatcher")] {
        let function = at(&template, &format!("Resources.{id}")).unwrap();
        let text = |path| at(function, path).and_then(Value::as_str);
        assert_eq!(text("Metadata.BuildMethod"), Some("rust-cargolambda"), "{id}");
        assert_eq!(text("Metadata.BuildProperties.Binary"), Some(binary), "{id}");
    }
    let global = |path: &str| at(&template, &format!("Globals.Function.{path}"));
    assert_eq!(global("Runtime").and_then(Value::as_str), Some("provided.al2023"));
    assert_eq!(global("Architectures").and_then(|list| list.get(0)).and_then(Value::as_str), Some("arm64"));

    let variables = global("Environment.Variables").and_then(Value::as_mapping).unwrap();
    let names: BTreeSet<&str> = variables.keys().filter_map(Value::as_str).collect();
    assert!(!names.iter().any(|name| name.contains("DANGER")), "{names:?}");
    // Every variable is given a value that is wrong for most: what is complained
    // of must be wrong, never missing.
    let lookup = |name: &str| names.contains(name).then(|| "x".to_owned());
    let faults = [
        ApiSettings::read(&lookup).unwrap_err().to_string(),
        DispatcherSettings::read(&lookup).unwrap_err().to_string(),
    ];
    for fault in faults {
        assert!(!fault.contains("missing"), "{fault}");
    }
}

#[test]
fn no_role_may_do_everything() {
    let template = template();
    for (id, role) in resources_of(&template, "AWS::IAM::Role") {
        let text = serde_yaml_ng::to_string(role).unwrap();
        for wildcard in [":*'", ":*\"", "- '*'", "Action: '*'"] {
            let actions = text.lines().filter(|line| line.contains(wildcard) && !line.contains("arn"));
            assert_eq!(actions.collect::<Vec<_>>(), Vec::<&str>::new(), "{id}");
        }
    }
}
