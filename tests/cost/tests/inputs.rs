//! Prices, quotas and settings: where they come from, and that they are those of this repository.

use cost::inputs::Inputs;

const TEMPLATE: &str = include_str!("../../../infra/template.yaml");
const SHARE: &str = include_str!("../../../functions/dispatcher/src/share.rs");
const ROSTERS: &str = include_str!("../../../functions/dispatcher/src/rosters.rs");
const SECRETS: &str = include_str!("../../../shared/platform/src/secrets.rs");
const SETTINGS: &str = include_str!("../../../shared/platform/src/settings.rs");
const DELIVERY: &str = include_str!("../../../shared/domain/src/delivery.rs");
const WEBHOOK: &str = include_str!("../../../shared/domain/src/webhook.rs");

fn inputs() -> Inputs {
    Inputs::built_in().unwrap()
}

/// What follows `begin` in the section that `section` begins.
fn after<'a>(text: &'a str, section: &str, begin: &str) -> &'a str {
    let (_, rest) = text.split_once(section).unwrap_or_else(|| panic!("{section} is gone"));
    let (_, rest) = rest.split_once(begin).unwrap_or_else(|| panic!("{section}: {begin} is gone"));
    rest.lines().next().unwrap().trim()
}

fn number(text: &str) -> f64 {
    text.trim_end_matches(';').replace('_', "").parse().unwrap()
}

#[test]
fn every_price_is_above_zero_and_names_aws_s_page() {
    let list = inputs().prices;
    assert_eq!((list.date.as_str(), list.region.as_str()), ("2026-11", "us-east-1"));
    for (name, price) in list.prices.list() {
        assert!(price.each() > 0.0 && !price.unit.is_empty(), "{name}");
        assert!(price.source.starts_with("https://aws.amazon.com/"), "{name}: {}", price.source);
    }
}

#[test]
fn every_quota_names_aws_s_page_and_what_moves_it() {
    let list = inputs().quotas;
    assert_eq!((list.date.as_str(), list.region.as_str()), ("2026-11", "us-east-1"));
    for (name, quota) in list.quotas.list() {
        assert!(quota.value > 0.0 && !quota.moved_by.is_empty() && !quota.unit.is_empty(), "{name}");
        assert!(quota.source.starts_with("https://docs.aws.amazon.com/"), "{name}: {}", quota.source);
    }
}

#[test]
fn the_settings_are_the_template_s() {
    let template = inputs().assumptions.template;
    let dispatcher = "\n  DispatcherFunction:";
    assert_eq!(number(after(TEMPLATE, dispatcher, "MemorySize: ")), template.memory_mb.value);
    assert_eq!(number(after(TEMPLATE, dispatcher, "BatchSize: ")), template.batch_size.value);
    assert_eq!(after(TEMPLATE, dispatcher, "SystemLogLevel: "), "WARN");
    assert_eq!(template.platform_log_bytes.value, 0.0);
    let concurrency = number(after(TEMPLATE, "\n  EventsMaximumConcurrency:", "Default: "));
    assert_eq!(concurrency, template.events_concurrency.value);
    let retention = number(after(TEMPLATE, "\n  LogRetentionDays:", "Default: "));
    assert_eq!(retention, template.log_retention_days.value);
    assert_eq!(after(TEMPLATE, "\n  Sweep:", "ScheduleExpression: "), "rate(1 hour)");
    let count = |what: &str| TEMPLATE.matches(&format!("Type: {what}\n")).count() as f64;
    assert_eq!(count("SQS"), template.queues_polled.value);
    assert_eq!(count("AWS::CloudWatch::Alarm"), template.alarms.value);
    assert_eq!(count("AWS::CloudWatch::Dashboard"), template.dashboards.value);
}

#[test]
fn the_limits_are_the_code_s() {
    let code = inputs().assumptions.code;
    assert_eq!(number(after(SHARE, "const AT_ONCE", "usize = ")), code.attempts_at_once.value);
    assert_eq!(number(after(ROSTERS, "const TENANTS", "usize = ")), code.rosters_cached.value);
    assert_eq!(number(after(SECRETS, "const USUAL_BYTES", "u64 = ")), code.bundle_bytes.value);
    let part =
        after(SETTINGS, "Some(Self {\n            table_name", "memory_bytes? / ").trim_end_matches(',');
    assert_eq!(1.0 / number(part), code.bundle_cache_part.value);
    assert_eq!(number(after(WEBHOOK, "const MAX_PER_TENANT", "usize = ")), code.webhooks_per_tenant.value);
    let days = format!("from_secs({} * 24 * 60 * 60);", code.log_days.value);
    assert_eq!(after(DELIVERY, "pub const KEPT", "Duration::"), days);
    let fresh = number(after(TEMPLATE, "\n  TenantCacheSeconds:", "Default: "));
    assert_eq!(fresh, code.roster_seconds.value);
}
