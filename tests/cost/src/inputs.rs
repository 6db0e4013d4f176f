//! What is not measured: AWS's prices and quotas, the template's settings, the
//! code's limits and what is assumed. Each stands in a JSON file with its unit,
//! its source and the file's date; none is repeated in code.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;

/// A price.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// So many dollars …
    pub usd: f64,
    /// … for so many units.
    pub per: f64,
    /// What is counted.
    pub unit: String,
    /// AWS's page.
    pub source: String,
    /// How far it is to be trusted, when not like the others.
    pub note: Option<String>,
}

impl Price {
    /// Dollars for one unit.
    pub fn each(&self) -> f64 {
        self.usd / self.per
    }
}

/// A quota of an account, or a limit of a service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// How much there is by default.
    pub value: f64,
    /// Of what.
    pub unit: String,
    /// What people call it.
    pub name: String,
    /// What to do to get more.
    pub moved_by: String,
    /// AWS's page.
    pub source: String,
}

/// A setting or an assumption.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: String,
    /// What it is, or why it is that.
    pub why: String,
    /// A file of this repository, AWS's page, or `assumption`.
    pub source: String,
}

/// A struct of things of one kind, none missing and none unknown, that can be listed.
macro_rules! named {
    ($(#[$about:meta])* $name:ident of $kind:ident { $($field:ident)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "each says what it is in its JSON file")]
        pub struct $name { $(pub $field: $kind),* }

        impl $name {
            /// All of them, each with its name, in order.
            pub fn list(&self) -> Vec<(&'static str, &$kind)> {
                vec![$((stringify!($field), &self.$field)),*]
            }
        }
    };
}

named! {
    /// What AWS takes.
    Prices of Price {
        lambda_request lambda_gb_second sqs_request sqs_fair_request dynamodb_write_unit dynamodb_read_unit
        dynamodb_storage dynamodb_recovery secret_month secret_call log_ingestion log_storage alarm_month
        dashboard_month metric_month scheduler_invocation kms_request egress
    }
}

named! {
    /// What AWS allows, without asking for more.
    Quotas of Quota {
        account_concurrency mapping_concurrency poller_growth concurrency_growth environment_requests in_flight
        table_first_writes table_writes table_first_reads table_reads partition_writes secrets secret_reads
        log_puts
    }
}

named! {
    /// What the template sets.
    Template of Figure {
        memory_mb batch_size events_concurrency queues_polled alarms dashboards custom_metrics sweeps_per_hour
        log_retention_days platform_log_bytes
    }
}

named! {
    /// What the code keeps to.
    Code of Figure {
        attempts_at_once rosters_cached roster_seconds bundle_cache_part bundle_bytes log_days webhooks_per_tenant
        idle_seconds pool_seconds probe_minutes disabled_after_days probe_writes sweep_reads sweep_secret_calls turn_writes
        waiting_writes waiting_reads
    }
}

named! {
    /// What is neither measured nor set here.
    Assumed of Figure {
        receiver_ms dial_ms dial_cpu_ms table_ms secret_ms vcpu_mb probe_ms chunk_bytes log_line_bytes write_unit_bytes
        read_unit_bytes item_bytes webhook_row_bytes tenant_row_bytes request_bytes environment_seconds
        idle_pollers poll_seconds month_hours table_key_requests
    }
}

/// The file of prices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// The month they are of.
    pub date: String,
    /// The region they are of.
    pub region: String,
    /// How they were checked.
    pub checked: String,
    /// The prices.
    pub prices: Prices,
}

/// The file of quotas.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaList {
    /// The month they are of.
    pub date: String,
    /// The region they are of.
    pub region: String,
    /// The quotas.
    pub quotas: Quotas,
}

/// The file of settings and assumptions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// The month they are of.
    pub date: String,
    /// What the template sets.
    pub template: Template,
    /// What the code keeps to.
    pub code: Code,
    /// The rest.
    pub assumed: Assumed,
}

/// All that is not measured.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// AWS's prices.
    pub prices: PriceList,
    /// AWS's quotas.
    pub quotas: QuotaList,
    /// Settings and assumptions.
    pub assumptions: Assumptions,
}

impl Inputs {
    /// Those that this program was built with.
    ///
    /// # Errors
    /// A file's form, which a test holds.
    pub fn built_in() -> Result<Self, Fault> {
        Ok(Self {
            prices: parse("prices.json", include_str!("../prices.json"))?,
            quotas: parse("quotas.json", include_str!("../quotas.json"))?,
            assumptions: parse("assumptions.json", include_str!("../assumptions.json"))?,
        })
    }

    /// How many bundles an environment has room for.
    pub fn bundles_cached(&self) -> f64 {
        let Assumptions { template, code, .. } = &self.assumptions;
        template.memory_mb.value * 1_048_576.0 * code.bundle_cache_part.value / code.bundle_bytes.value
    }

    /// The same, with so much memory for the dispatcher.
    pub fn with_memory(&self, megabytes: f64) -> Self {
        let mut changed = self.clone();
        changed.assumptions.template.memory_mb.value = megabytes;
        changed
    }
}

fn parse<T: DeserializeOwned>(input: &'static str, text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|cause| Fault::Form { input, cause })
}
