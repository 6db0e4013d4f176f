//! What surrounds a function under measurement: emulated AWS, receivers, webhooks.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::ports::Ports;
use e2e::emulators::{Stores, endpoints};
use e2e::rig::add_webhook;
use futures::stream::{self, StreamExt as _};
use local::{AUDIENCE, Ca, Grant, Issuer};
use platform::aws::{Aws, Endpoints};
use serde_json::json;

use crate::function::Function;
use crate::programs::Programs;
use crate::sink::{Sink, Speaks};

/// The secret of every webhook here. It is a key for both signatures.
pub const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

/// Emulated AWS and the receivers.
pub struct World {
    /// The programs.
    pub programs: Programs,
    /// `https://*.receiver.example.com`.
    pub receiver: Sink,
    /// `https://*.http2.example.com`.
    pub http2: Sink,
    /// Names of tables, queues and secrets.
    pub stores: Stores,
    /// Where the emulators listen.
    pub endpoints: Endpoints,
    /// The receivers' authority, a file.
    pub ca_file: PathBuf,
    ports: Ports,
    issuer: Issuer,
}

/// Which receiver a tenant's webhooks are at.
#[derive(Clone, Copy)]
pub enum At {
    /// `https://r0.receiver.example.com`, `r1` …: one each.
    Http1,
    /// `https://r0.http2.example.com` …
    Http2,
    /// As `Http1`, but it never answers.
    Dead,
    /// `https://r0.closed.example.com` …, which take no connection.
    Closed,
}

impl World {
    /// Starts it all.
    ///
    /// # Panics
    /// When a part does not start.
    pub async fn start(programs: Programs) -> Self {
        let ca = Ca::new().expect("randomness");
        let receiver = Sink::start(&ca, &["receiver.example.com", "*.receiver.example.com"], Speaks::Http1);
        let http2 = Sink::start(&ca, &["receiver.example.com", "*.http2.example.com"], Speaks::Http2);
        let stores = Stores::new().await;
        let endpoints = endpoints().await;
        let ca_file = programs.write("ca.pem", ca.pem());
        let aws = Aws::emulated(&endpoints).expect("clients");
        let ports = platform::ports(aws, &stores.settings);
        let issuer = Issuer::start().expect("a free port");
        Self { programs, receiver, http2, stores, endpoints, ca_file, ports, issuer }
    }

    /// A dispatcher, cold.
    pub async fn dispatcher(&self) -> Function {
        self.dispatcher_with(&self.endpoints, &[]).await
    }

    /// A dispatcher that finds AWS there; `settings` go over the usual ones.
    pub async fn dispatcher_with(&self, endpoints: &Endpoints, settings: &[(&str, &str)]) -> Function {
        let mut environment = self.environment(endpoints);
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Function::start(&self.programs.path("dispatcher"), &[], &environment).await
    }

    /// An API function, cold.
    pub async fn api(&self) -> Function {
        let program = self.programs.path("api");
        Function::start(&program, &[], &self.environment(&self.endpoints)).await
    }

    /// An admin's token for this tenant.
    pub fn token(&self, tenant: &str) -> String {
        self.issuer.token(&Grant::admin(tenant)).expect("a key")
    }

    /// What all functions here are told.
    pub fn environment(&self, endpoints: &Endpoints) -> BTreeMap<String, String> {
        let settings = &self.stores.settings;
        let (receiver, http2) = (self.receiver.port(), self.http2.port());
        let connect_to = format!(
            "*.receiver.example.com:443:127.0.0.1:{receiver},*.http2.example.com:443:127.0.0.1:{http2},\
             *.closed.example.com:443:127.0.0.1:1"
        );
        [
            ("TABLE_NAME", settings.table_name.as_str()),
            ("DELIVERIES_TABLE_NAME", &settings.deliveries_table_name),
            ("EVENTS_QUEUE_URL", &settings.events_queue_url),
            ("DELIVERIES_QUEUE_URL", &settings.deliveries_queue_url),
            ("SECRET_PREFIX", &settings.secret_prefix),
            ("AUTH_ISSUER", self.issuer.url()),
            ("AUTH_JWKS_URL", &self.issuer.jwks_url()),
            ("AUTH_AUDIENCE", AUDIENCE),
            ("AUTH_TENANT_CLAIM", "/tenant"),
            ("AUTH_USER_CLAIM", "/sub"),
            ("AUTH_ADMIN_CLAIM", "/role"),
            ("AUTH_ADMIN_VALUE", "admin"),
            ("PUBLIC_URL", "http://localhost"),
            ("SLACK_APP_SECRET_ID", "slack-app"),
            ("DEFAULT_EDITION", "advanced"),
            ("DELIVERY_EXTRA_CA_FILE", &self.ca_file.to_string_lossy()),
            ("DELIVERY_DANGER_ALLOWED_CIDRS", "127.0.0.0/8"),
            ("DELIVERY_DANGER_CONNECT_TO", &connect_to),
            ("AWS_ENDPOINT_URL_DYNAMODB", &endpoints.dynamodb),
            ("AWS_ENDPOINT_URL_SQS", &endpoints.sqs),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &endpoints.secretsmanager),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// Gives a tenant so many webhooks, each with one signing secret and a host of its own.
    ///
    /// # Panics
    /// When a store refuses one.
    pub async fn webhooks(&self, tenant: &str, count: usize, at: At) {
        for number in 0..count {
            let url = match at {
                At::Http1 => format!("https://r{number}.receiver.example.com/hook"),
                At::Http2 => format!("https://r{number}.http2.example.com/hook"),
                At::Closed => format!("https://r{number}.closed.example.com/hook"),
                At::Dead => format!("https://r{number}.receiver.example.com{}", crate::sink::DEAD),
            };
            self.webhook(tenant, &url, &[SECRET]).await;
        }
    }

    /// Gives a tenant so many webhooks without secrets, each with a host of its own.
    ///
    /// # Panics
    /// When a store refuses it.
    pub async fn unsigned_webhooks(&self, tenant: &str, count: usize) {
        for number in 0..count {
            self.webhook(tenant, &format!("https://u{number}.receiver.example.com/hook"), &[]).await;
        }
    }

    /// Gives each of so many tenants one webhook at a host of its own, where deliveries are noted.
    ///
    /// # Panics
    /// When a store refuses one.
    pub async fn noted_webhooks(&self, tenants: impl Iterator<Item = String>) {
        let made = tenants.map(async |tenant| {
            let url = format!("https://{tenant}.receiver.example.com{}", crate::sink::NOTED);
            self.webhook(&tenant, &url, &[SECRET]).await;
        });
        stream::iter(made).buffer_unordered(16).collect::<()>().await;
    }

    async fn webhook(&self, tenant: &str, url: &str, secrets: &[&str]) {
        let secrets: Vec<_> = secrets.iter().map(|secret| json!({ "value": secret })).collect();
        let fields =
            json!({ "url": url, "eventTypes": [crate::events::EVENT_TYPE], "signingSecrets": secrets });
        add_webhook(&self.ports, tenant, fields).await;
    }
}
