use std::collections::BTreeMap;

use super::*;

type Variables = BTreeMap<&'static str, String>;

fn all() -> Variables {
    [
        ("TABLE_NAME", "main"),
        ("DELIVERIES_TABLE_NAME", "deliveries"),
        ("EVENTS_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/1/events"),
        ("DELIVERIES_QUEUE_URL", "http://127.0.0.1:5000/1/deliveries"),
        ("SECRET_PREFIX", "webhooks/prod"),
        ("AUTH_ISSUER", "forge/invocation-token"),
        ("AUTH_JWKS_URL", "https://example.com/jwks.json?x=1"),
        ("AUTH_AUDIENCE", "ari:cloud:ecosystem::app/1"),
        ("AUTH_TENANT_CLAIM", "/context/cloudId"),
        ("AUTH_USER_CLAIM", "/principal"),
        ("AUTH_ADMIN_CLAIM", "/a~1b"),
        ("AUTH_ADMIN_VALUE", "admin"),
        ("PUBLIC_URL", "http://localhost:8080"),
        ("SLACK_APP_SECRET_ID", "slack-app"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

fn api(variables: &Variables) -> Result<ApiSettings, SettingFaults> {
    ApiSettings::read(&|name: &str| variables.get(name).cloned())
}

fn dispatcher(variables: &Variables) -> Result<DispatcherSettings, SettingFaults> {
    DispatcherSettings::read(&|name: &str| variables.get(name).cloned())
}

fn api_with(name: &'static str, value: &str) -> Result<ApiSettings, SettingFaults> {
    let mut variables = all();
    variables.insert(name, value.to_owned());
    api(&variables)
}

fn dispatcher_with(name: &'static str, value: &str) -> Result<DispatcherSettings, SettingFaults> {
    let mut variables = all();
    variables.insert(name, value.to_owned());
    dispatcher(&variables)
}

#[test]
fn what_may_be_left_out_has_the_contracts_defaults() {
    let settings = api(&all()).unwrap();
    assert_eq!(settings.slack_base_url.as_str(), "https://slack.com/");
    assert_eq!(settings.default_edition, Edition::Standard);
    assert!(settings.frame_ancestors.is_empty() && settings.parent_origins.is_empty());
    assert!(settings.dangers().is_empty());

    let settings = dispatcher(&all()).unwrap();
    assert_eq!(settings.tenant_cache, Duration::from_secs(5));
    assert!((settings.wait_factor - 1.0).abs() < f64::EPSILON);
    assert_eq!(settings.extra_ca_pem, None);
    assert_eq!(settings.stores.bundle_cache_bytes, 32 << 20);
    assert!(settings.dangers().is_empty());
}

#[test]
fn all_that_is_missing_is_reported_at_once() {
    let faults = api(&Variables::new()).unwrap_err();
    let required: Vec<_> = faults.iter().map(|fault| fault.name).collect();
    let mut expected: Vec<_> = all().keys().copied().collect();
    expected.sort_unstable();
    let mut sorted = required;
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert!(
        faults.to_string().starts_with("settings: TABLE_NAME is missing; DELIVERIES_TABLE_NAME is missing; ")
    );
    assert_eq!(dispatcher(&Variables::new()).unwrap_err().iter().count(), 5);
}

#[test]
fn missing_and_wrong_are_reported_together_and_empty_is_missing() {
    let mut variables = all();
    variables.insert("TABLE_NAME", " ".to_owned());
    variables.insert("DEFAULT_EDITION", "gold".to_owned());
    variables.insert("AUTH_TENANT_CLAIM", "cloudId".to_owned());
    variables.insert("DELIVERY_DANGER_ALLOWED_SUFFIXES", "a..b".to_owned());
    let faults = api(&variables).unwrap_err();
    let names: Vec<_> = faults.iter().map(|fault| fault.name).collect();
    assert_eq!(
        names,
        ["TABLE_NAME", "AUTH_TENANT_CLAIM", "DEFAULT_EDITION", "DELIVERY_DANGER_ALLOWED_SUFFIXES"]
    );
}

#[test]
fn tokens_and_slack_are_reached_over_https_or_on_loopback() {
    for name in ["AUTH_JWKS_URL", "SLACK_BASE_URL", "PUBLIC_URL"] {
        for good in [
            "https://a.example",
            "http://127.0.0.1:9",
            "http://[::1]:9/x",
            "http://LOCALHOST",
            "http://a.localhost:1",
        ] {
            assert!(api_with(name, good).is_ok(), "{name} {good}");
        }
        for bad in [
            "http://a.example",
            "http://10.0.0.1",
            "ftp://localhost",
            "a.example",
            "https://u@a.example",
            "https://a.example/#f",
        ] {
            let faults = api_with(name, bad).unwrap_err();
            assert_eq!(faults.iter().map(|fault| fault.name).collect::<Vec<_>>(), [name], "{bad}");
            assert!(!faults.to_string().contains(bad), "a fault tells the rule, not the value");
        }
    }
}

#[test]
fn origins_are_exact() {
    let settings = api_with(
        "PARENT_ORIGINS",
        "https://Acme.atlassian.net:443, http://localhost:8080  https://b.example:444",
    )
    .unwrap();
    assert_eq!(
        settings.parent_origins,
        ["https://acme.atlassian.net", "http://localhost:8080", "https://b.example:444"]
    );
    for bad in [
        "*",
        "https://*.atlassian.net",
        "https://a.example/",
        "https://a.example/x",
        "http://a.example",
        "null",
        "'self'",
        "a.example",
        "https://a;b.example",
    ] {
        assert!(api_with("PARENT_ORIGINS", bad).is_err(), "{bad}");
    }
    let settings = api_with("FRAME_ANCESTORS", "'self' https://*.Atlassian.net,https://a.example").unwrap();
    assert_eq!(settings.frame_ancestors, ["'self'", "https://*.atlassian.net", "https://a.example"]);
    for bad in [
        "*",
        "https:",
        "https://*",
        "https://*.*.net",
        "http://*.a.example",
        "https://a.example;script-src",
        "'none'",
    ] {
        assert!(api_with("FRAME_ANCESTORS", bad).is_err(), "{bad}");
    }
}

#[test]
fn numbers_keep_their_range() {
    assert_eq!(dispatcher_with("TENANT_CACHE_SECONDS", "0").unwrap().tenant_cache, Duration::ZERO);
    for bad in ["-1", "1.5", "301", "five"] {
        assert!(dispatcher_with("TENANT_CACHE_SECONDS", bad).is_err(), "{bad}");
    }
    assert!(
        (dispatcher_with("DELIVERY_DANGER_WAIT_FACTOR", "0.01").unwrap().wait_factor - 0.01).abs() < 1e-9
    );
    assert!(dispatcher_with("DELIVERY_DANGER_WAIT_FACTOR", "0").is_ok());
    for bad in ["-0.1", "NaN", "inf", "11", "x"] {
        assert!(dispatcher_with("DELIVERY_DANGER_WAIT_FACTOR", bad).is_err(), "{bad}");
    }
}

#[test]
fn secret_names_fit_their_alphabet() {
    for good in ["a", "webhooks/prod", "a_+=.@-b/c"] {
        assert!(api_with("SECRET_PREFIX", good).is_ok(), "{good}");
    }
    for bad in ["/a", "a/", "a//b", "a:b", "a b", &"x".repeat(317)] {
        assert!(api_with("SECRET_PREFIX", bad).is_err(), "{bad}");
    }
}

#[test]
fn every_danger_in_force_has_its_name() {
    let mut variables = all();
    variables.insert("DELIVERY_DANGER_ALLOWED_CIDRS", "127.0.0.0/8".to_owned());
    variables.insert("DELIVERY_DANGER_CONNECT_TO", "::127.0.0.1:1".to_owned());
    variables.insert("DELIVERY_DANGER_ALLOWED_SUFFIXES", "test".to_owned());
    variables.insert("DELIVERY_DANGER_WAIT_FACTOR", "0.5".to_owned());
    assert_eq!(
        dispatcher(&variables).unwrap().dangers(),
        [ALLOWED_CIDRS, CONNECT_TO, ALLOWED_SUFFIXES, WAIT_FACTOR]
    );
    assert_eq!(api(&variables).unwrap().dangers(), [ALLOWED_SUFFIXES]);
}

#[test]
fn the_extra_roots_are_read_from_their_file() {
    let roots = concat!(env!("CARGO_MANIFEST_DIR"), "/src/settings/a_root.pem");
    assert!(dispatcher_with("DELIVERY_EXTRA_CA_FILE", roots).unwrap().extra_ca_pem.is_some());
    for bad in ["/nowhere/ca.pem", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
        assert!(dispatcher_with("DELIVERY_EXTRA_CA_FILE", bad).is_err(), "{bad}");
    }
}

#[test]
fn bundles_have_a_quarter_of_the_memory_that_lambda_names() {
    const MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
    for (megabytes, bytes) in [("128", 32 << 20), ("512", 128 << 20), ("10240", 2_560 << 20)] {
        assert_eq!(dispatcher_with(MEMORY, megabytes).unwrap().stores.bundle_cache_bytes, bytes);
    }
    for wrong in ["127", "10241", "-1", "1.5", "512 MB"] {
        let faults = api_with(MEMORY, wrong).unwrap_err().to_string();
        assert_eq!(
            faults,
            format!("settings: {MEMORY} must be whole megabytes from 128 to 10240"),
            "{wrong}"
        );
    }
}
