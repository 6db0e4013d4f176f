//! The settings that the functions get (contract, section 6): the stack's own, and
//! those that are passed on from the environment. In lists the environment's
//! entries come first and the stack's own follow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::ca::Ca;
use crate::error::{Error, Result};
use crate::issuer::{AUDIENCE, Issuer};
use crate::slack::HOOKS_HOST;

/// Settings by name.
pub type Environment = BTreeMap<String, String>;

/// The receiver's host. It is mapped to loopback, and no DNS server is asked.
pub const RECEIVER_HOST: &str = "receiver.example.com";

/// What the stack knows and the functions need.
pub(crate) struct Own<'a> {
    pub(crate) table_name: &'a str,
    pub(crate) deliveries_table_name: &'a str,
    pub(crate) events_queue_url: &'a str,
    pub(crate) deliveries_queue_url: &'a str,
    pub(crate) dynamodb: &'a str,
    pub(crate) moto: &'a str,
    pub(crate) secret_prefix: &'a str,
    pub(crate) slack_app_secret_id: &'a str,
    pub(crate) public_url: &'a str,
    pub(crate) issuer: &'a Issuer,
    pub(crate) receiver_port: u16,
    pub(crate) slack_url: &'a str,
    pub(crate) hooks_port: u16,
    pub(crate) ca_file: &'a Path,
}

/// Whether the functions get this setting of the environment.
pub fn is_passed_on(name: &str) -> bool {
    let names = ["FRAME_ANCESTORS", "PARENT_ORIGINS", "SLACK_BASE_URL", "TENANT_CACHE_SECONDS"];
    name.starts_with("DELIVERY_") || names.contains(&name)
}

/// The settings of both functions.
pub(crate) fn settings(given: &Environment, own: &Own<'_>) -> Environment {
    let mut settings: Environment = [
        ("TABLE_NAME", own.table_name),
        ("DELIVERIES_TABLE_NAME", own.deliveries_table_name),
        ("EVENTS_QUEUE_URL", own.events_queue_url),
        ("DELIVERIES_QUEUE_URL", own.deliveries_queue_url),
        ("SECRET_PREFIX", own.secret_prefix),
        ("AUTH_ISSUER", own.issuer.url()),
        ("AUTH_JWKS_URL", &own.issuer.jwks_url()),
        ("AUTH_AUDIENCE", AUDIENCE),
        ("AUTH_TENANT_CLAIM", "/tenant"),
        ("AUTH_USER_CLAIM", "/sub"),
        ("AUTH_ADMIN_CLAIM", "/role"),
        ("AUTH_ADMIN_VALUE", "admin"),
        ("PUBLIC_URL", own.public_url),
        ("SLACK_APP_SECRET_ID", own.slack_app_secret_id),
        ("SLACK_BASE_URL", own.slack_url),
        ("FRAME_ANCESTORS", ""),
        ("PARENT_ORIGINS", ""),
        ("DEFAULT_EDITION", "standard"),
        ("AWS_ENDPOINT_URL_DYNAMODB", own.dynamodb),
        ("AWS_ENDPOINT_URL_SQS", own.moto),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", own.moto),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    settings.extend(given.iter().filter(|(name, _)| is_passed_on(name)).map(|(n, v)| (n.clone(), v.clone())));
    for (host, port) in [(RECEIVER_HOST, own.receiver_port), (HOOKS_HOST, own.hooks_port)] {
        append(&mut settings, "DELIVERY_DANGER_CONNECT_TO", &format!("{host}:443:127.0.0.1:{port}"));
    }
    append(&mut settings, "DELIVERY_DANGER_ALLOWED_CIDRS", "127.0.0.0/8");
    settings.insert("DELIVERY_EXTRA_CA_FILE".to_owned(), own.ca_file.to_string_lossy().into_owned());
    settings
}

/// Adds an entry to a comma list.
fn append(settings: &mut Environment, name: &str, own: &str) {
    let list = settings.entry(name.to_owned()).or_default();
    if !list.trim().is_empty() {
        list.push(',');
    }
    list.push_str(own);
}

/// Writes the certificates of the environment's `DELIVERY_EXTRA_CA_FILE` and of the
/// stack's own authority into one file.
///
/// # Errors
/// When one cannot be read or the other not written.
pub(crate) fn write_ca_file(given: &Environment, ca: &Ca, folder: &Path) -> Result<PathBuf> {
    let mut certificates = String::new();
    if let Some(path) = given.get("DELIVERY_EXTRA_CA_FILE").filter(|path| !path.is_empty()) {
        certificates = std::fs::read_to_string(path).map_err(Error::file(path))?;
        certificates.push('\n');
    }
    certificates.push_str(&ca.pem());
    let path = folder.join("ca.pem");
    std::fs::write(&path, certificates).map_err(Error::file(&path))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{TEMPLATE, Template};

    fn settings_given(given: &[(&str, &str)]) -> Environment {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let own = Own {
            table_name: "main",
            deliveries_table_name: "deliveries",
            events_queue_url: "http://127.0.0.1:1/events",
            deliveries_queue_url: "http://127.0.0.1:1/deliveries",
            dynamodb: "http://127.0.0.1:2",
            moto: "http://127.0.0.1:1",
            secret_prefix: "local",
            slack_app_secret_id: "slack",
            public_url: "http://localhost:8080",
            issuer: &Issuer::start().unwrap(),
            receiver_port: 7,
            slack_url: "http://127.0.0.1:3",
            hooks_port: 8,
            ca_file: Path::new("/state/ca.pem"),
        };
        settings(&given, &own)
    }

    #[tokio::test]
    async fn the_functions_get_every_setting_that_the_template_gives_them() {
        let settings = settings_given(&[]);
        let template = Template::parse(TEMPLATE, "t").unwrap();
        let names = template.setting_names();
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            assert!(settings.contains_key(name) || is_passed_on(name), "{name}");
        }
    }

    #[tokio::test]
    async fn the_environments_entries_come_first() {
        let settings = settings_given(&[
            ("DELIVERY_DANGER_CONNECT_TO", "a.example.com:443:127.0.0.1:9"),
            ("DELIVERY_DANGER_ALLOWED_SUFFIXES", ".test"),
            ("DELIVERY_DANGER_WAIT_FACTOR", "0.01"),
            ("DELIVERY_EXTRA_CA_FILE", "/given.pem"),
            ("TENANT_CACHE_SECONDS", "0"),
            ("AUTH_ISSUER", "https://evil.example.com"),
            ("HOME", "/root"),
        ]);
        let connect_to = "a.example.com:443:127.0.0.1:9,receiver.example.com:443:127.0.0.1:7,\
            hooks.slack.com:443:127.0.0.1:8";
        assert_eq!(settings["DELIVERY_DANGER_CONNECT_TO"], connect_to);
        assert_eq!(settings["DELIVERY_DANGER_ALLOWED_CIDRS"], "127.0.0.0/8");
        assert_eq!(settings["DELIVERY_DANGER_ALLOWED_SUFFIXES"], ".test");
        assert_eq!(settings["DELIVERY_DANGER_WAIT_FACTOR"], "0.01");
        assert_eq!(settings["DELIVERY_EXTRA_CA_FILE"], "/state/ca.pem");
        assert_eq!(settings["TENANT_CACHE_SECONDS"], "0");
        assert!(settings["AUTH_ISSUER"].starts_with("http://127.0.0.1:"));
        assert!(!settings.contains_key("HOME"));
    }

    #[tokio::test]
    async fn slack_is_the_stand_in_unless_the_environment_names_another() {
        assert_eq!(settings_given(&[])["SLACK_BASE_URL"], "http://127.0.0.1:3");
        let given = settings_given(&[("SLACK_BASE_URL", "http://127.0.0.1:4")]);
        assert_eq!(given["SLACK_BASE_URL"], "http://127.0.0.1:4");
    }

    #[tokio::test]
    async fn no_site_may_show_the_page_in_a_frame_unless_the_environment_names_it() {
        assert_eq!(settings_given(&[])["FRAME_ANCESTORS"], "");
        assert_eq!(settings_given(&[])["PARENT_ORIGINS"], "");
        let jira = "http://127.0.0.1:9";
        let given = settings_given(&[("FRAME_ANCESTORS", jira), ("PARENT_ORIGINS", jira)]);
        assert_eq!((&*given["FRAME_ANCESTORS"], &*given["PARENT_ORIGINS"]), (jira, jira));
    }

    #[test]
    fn both_authorities_are_in_the_file() {
        let folder = std::env::temp_dir().join(format!("ca-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let (other, own) = (Ca::new().unwrap(), Ca::new().unwrap());
        let given = folder.join("given.pem");
        std::fs::write(&given, other.pem().trim_end()).unwrap();
        let given = [("DELIVERY_EXTRA_CA_FILE".to_owned(), given.display().to_string())].into();
        let written = std::fs::read_to_string(write_ca_file(&given, &own, &folder).unwrap()).unwrap();
        assert_eq!(written, format!("{}\n{}", other.pem().trim_end(), own.pem()));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
