//! The settings of the functions, read from the environment once, at start.
//!
//! All that is missing or wrong is reported together ([`SettingFaults`]), each
//! fault with its variable and the rule that it breaks. An empty value counts
//! as none, because a template can leave a variable empty but not out.

mod connect_to;
mod faults;
mod rules;

use std::time::Duration;

use domain::address::DangerAllowedCidrs;
use domain::tenant::Edition;
use domain::webhook::host::AllowedSuffixes;
use url::Url;

pub use self::connect_to::ConnectTo;
use self::faults::Reader;
pub use self::faults::{SettingFault, SettingFaults};

/// Where what is stored and queued lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// The table of tenants and webhooks (`TABLE_NAME`).
    pub table_name: String,
    /// The table of the log and the backlog (`DELIVERIES_TABLE_NAME`).
    pub deliveries_table_name: String,
    /// Where events come in (`EVENTS_QUEUE_URL`).
    pub events_queue_url: String,
    /// Where wake-ups wait (`DELIVERIES_QUEUE_URL`).
    pub deliveries_queue_url: String,
    /// What the names of secrets begin with (`SECRET_PREFIX`).
    pub secret_prefix: String,
    /// How many bytes of bundles are kept in memory: a quarter of the function's
    /// (`AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, which Lambda sets).
    pub bundle_cache_bytes: u64,
}

/// Whose tokens are accepted and what their claims mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthSettings {
    /// The only issuer accepted (`AUTH_ISSUER`); need not be a URL.
    pub issuer: String,
    /// Where it publishes its keys (`AUTH_JWKS_URL`).
    pub jwks_url: Url,
    /// The audience that a token must name (`AUTH_AUDIENCE`).
    pub audience: String,
    /// JSON pointer to the tenant's id (`AUTH_TENANT_CLAIM`).
    pub tenant_claim: String,
    /// JSON pointer to the person's account id (`AUTH_USER_CLAIM`).
    pub user_claim: String,
    /// JSON pointer to what tells an admin (`AUTH_ADMIN_CLAIM`).
    pub admin_claim: String,
    /// The value there that makes an admin (`AUTH_ADMIN_VALUE`).
    pub admin_value: String,
}

/// The settings of the API function.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiSettings {
    /// Tables, queues, secrets.
    pub stores: StoreSettings,
    /// Whose tokens are accepted.
    pub auth: AuthSettings,
    /// The address that browsers use (`PUBLIC_URL`).
    pub public_url: Url,
    /// The secret with the Slack app's client id and secret (`SLACK_APP_SECRET_ID`).
    pub slack_app_secret_id: String,
    /// Where Slack is (`SLACK_BASE_URL`).
    pub slack_base_url: Url,
    /// Who may show the page in a frame (`FRAME_ANCESTORS`): origins, some with
    /// `*.` before the host, or `'self'`.
    pub frame_ancestors: Vec<String>,
    /// Exact origins that may hand the page a token (`PARENT_ORIGINS`).
    pub parent_origins: Vec<String>,
    /// The edition of a tenant that no message has named yet (`DEFAULT_EDITION`).
    pub default_edition: Edition,
    /// Special-use host names that pass (`DELIVERY_DANGER_ALLOWED_SUFFIXES`).
    pub allowed_suffixes: AllowedSuffixes,
}

/// The settings of the dispatcher function.
#[derive(Clone, Debug, PartialEq)]
pub struct DispatcherSettings {
    /// Tables, queues, secrets.
    pub stores: StoreSettings,
    /// The edition of a tenant that no message has named yet (`DEFAULT_EDITION`).
    pub default_edition: Edition,
    /// How old a copy of a tenant's rows may be (`TENANT_CACHE_SECONDS`).
    pub tenant_cache: Duration,
    /// The text of the PEM file that is trusted beside the public roots (`DELIVERY_EXTRA_CA_FILE`).
    pub extra_ca_pem: Option<String>,
    /// Ranges of addresses that may be dialed (`DELIVERY_DANGER_ALLOWED_CIDRS`).
    pub allowed_cidrs: DangerAllowedCidrs,
    /// Where some hosts are dialed instead (`DELIVERY_DANGER_CONNECT_TO`).
    pub connect_to: ConnectTo,
    /// Special-use host names that pass (`DELIVERY_DANGER_ALLOWED_SUFFIXES`).
    pub allowed_suffixes: AllowedSuffixes,
    /// What every wait between attempts is multiplied with (`DELIVERY_DANGER_WAIT_FACTOR`).
    pub wait_factor: f64,
}

impl ApiSettings {
    /// Reads them from the environment.
    ///
    /// # Errors
    /// All settings that are missing or wrong.
    pub fn from_env() -> Result<Self, SettingFaults> {
        Self::read(&environment)
    }

    /// Reads them from wherever `lookup` finds a variable.
    ///
    /// # Errors
    /// All settings that are missing or wrong.
    pub fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<Self, SettingFaults> {
        let mut reader = Reader::new(lookup);
        let stores = StoreSettings::read(&mut reader);
        let auth = AuthSettings::read(&mut reader);
        let public_url = reader.required("PUBLIC_URL", rules::base_url);
        let slack_app_secret_id = reader.required("SLACK_APP_SECRET_ID", rules::text);
        let slack_base_url = reader.or("SLACK_BASE_URL", "https://slack.com", rules::base_url);
        let frame_ancestors = reader.or("FRAME_ANCESTORS", "", rules::frame_ancestors);
        let parent_origins = reader.or("PARENT_ORIGINS", "", rules::origins);
        let default_edition = default_edition(&mut reader);
        let allowed_suffixes = allowed_suffixes(&mut reader);
        let settings = || {
            Some(Self {
                stores: stores?,
                auth: auth?,
                public_url: public_url?,
                slack_app_secret_id: slack_app_secret_id?,
                slack_base_url: slack_base_url?,
                frame_ancestors: frame_ancestors?,
                parent_origins: parent_origins?,
                default_edition: default_edition?,
                allowed_suffixes: allowed_suffixes?,
            })
        };
        reader.finish(settings())
    }

    /// The danger settings in force, to be logged as a warning at start.
    pub fn dangers(&self) -> Vec<&'static str> {
        named([(!self.allowed_suffixes.is_empty(), ALLOWED_SUFFIXES)])
    }
}

impl DispatcherSettings {
    /// Reads them from the environment.
    ///
    /// # Errors
    /// All settings that are missing or wrong.
    pub fn from_env() -> Result<Self, SettingFaults> {
        Self::read(&environment)
    }

    /// Reads them from wherever `lookup` finds a variable.
    ///
    /// # Errors
    /// All settings that are missing or wrong.
    pub fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<Self, SettingFaults> {
        let mut reader = Reader::new(lookup);
        let stores = StoreSettings::read(&mut reader);
        let default_edition = default_edition(&mut reader);
        let tenant_cache = reader.or("TENANT_CACHE_SECONDS", "5", rules::cache_seconds);
        let extra_ca_pem = reader.optional("DELIVERY_EXTRA_CA_FILE", rules::pem_file);
        let allowed_cidrs = reader.or(ALLOWED_CIDRS, "", DangerAllowedCidrs::parse);
        let connect_to = reader.or(CONNECT_TO, "", ConnectTo::parse);
        let allowed_suffixes = allowed_suffixes(&mut reader);
        let wait_factor = reader.or(WAIT_FACTOR, "1", rules::wait_factor);
        let settings = || {
            Some(Self {
                stores: stores?,
                default_edition: default_edition?,
                tenant_cache: tenant_cache?,
                extra_ca_pem,
                allowed_cidrs: allowed_cidrs?,
                connect_to: connect_to?,
                allowed_suffixes: allowed_suffixes?,
                wait_factor: wait_factor?,
            })
        };
        reader.finish(settings())
    }

    /// The danger settings in force, to be logged as a warning at start.
    pub fn dangers(&self) -> Vec<&'static str> {
        named([
            (!self.allowed_cidrs.is_empty(), ALLOWED_CIDRS),
            (!self.connect_to.is_empty(), CONNECT_TO),
            (!self.allowed_suffixes.is_empty(), ALLOWED_SUFFIXES),
            ((self.wait_factor - 1.0).abs() > f64::EPSILON, WAIT_FACTOR),
        ])
    }
}

const ALLOWED_CIDRS: &str = "DELIVERY_DANGER_ALLOWED_CIDRS";
const CONNECT_TO: &str = "DELIVERY_DANGER_CONNECT_TO";
const ALLOWED_SUFFIXES: &str = "DELIVERY_DANGER_ALLOWED_SUFFIXES";
const WAIT_FACTOR: &str = "DELIVERY_DANGER_WAIT_FACTOR";

impl StoreSettings {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let table_name = reader.required("TABLE_NAME", rules::text);
        let deliveries_table_name = reader.required("DELIVERIES_TABLE_NAME", rules::text);
        let events_queue_url = reader.required("EVENTS_QUEUE_URL", rules::queue_url);
        let deliveries_queue_url = reader.required("DELIVERIES_QUEUE_URL", rules::queue_url);
        let secret_prefix = reader.required("SECRET_PREFIX", rules::secret_prefix);
        let memory_bytes = reader.or("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128", rules::memory_bytes);
        Some(Self {
            table_name: table_name?,
            deliveries_table_name: deliveries_table_name?,
            events_queue_url: events_queue_url?,
            deliveries_queue_url: deliveries_queue_url?,
            secret_prefix: secret_prefix?,
            bundle_cache_bytes: memory_bytes? / 4,
        })
    }
}

impl AuthSettings {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let issuer = reader.required("AUTH_ISSUER", rules::text);
        let jwks_url = reader.required("AUTH_JWKS_URL", rules::url);
        let audience = reader.required("AUTH_AUDIENCE", rules::text);
        let tenant_claim = reader.required("AUTH_TENANT_CLAIM", rules::json_pointer);
        let user_claim = reader.required("AUTH_USER_CLAIM", rules::json_pointer);
        let admin_claim = reader.required("AUTH_ADMIN_CLAIM", rules::json_pointer);
        let admin_value = reader.required("AUTH_ADMIN_VALUE", rules::text);
        Some(Self {
            issuer: issuer?,
            jwks_url: jwks_url?,
            audience: audience?,
            tenant_claim: tenant_claim?,
            user_claim: user_claim?,
            admin_claim: admin_claim?,
            admin_value: admin_value?,
        })
    }
}

fn default_edition(reader: &mut Reader<'_>) -> Option<Edition> {
    reader.or("DEFAULT_EDITION", "standard", rules::edition)
}

fn allowed_suffixes(reader: &mut Reader<'_>) -> Option<AllowedSuffixes> {
    reader.or(ALLOWED_SUFFIXES, "", AllowedSuffixes::parse)
}

fn named<const N: usize>(settings: [(bool, &'static str); N]) -> Vec<&'static str> {
    settings.into_iter().filter(|(in_force, _)| *in_force).map(|(_, name)| name).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that everybody else takes settings from"
)]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests;
