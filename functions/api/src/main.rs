//! The admin API as a Lambda function: settings, clients, router.

use std::process::ExitCode;
use std::sync::Arc;

use api::auth::Authenticator;
use api::outbound::Outbound;
use api::page::Page;
use api::slack::Slack;
use api::{Api, Rules, gateway, router};
use platform::SlackAppSecret;
use platform::aws::Aws;
use platform::settings::ApiSettings;

/// One thread: Lambda gives an environment one request at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    platform::telemetry::init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            tracing::error!(%fault, "the api cannot run");
            ExitCode::FAILURE
        }
    }
}

/// All clients are built here, while Lambda gives the function a full CPU.
async fn run() -> Result<(), lambda_http::Error> {
    let settings = ApiSettings::from_env()?;
    for danger in settings.dangers() {
        tracing::warn!(setting = danger, "a danger setting is in force");
    }
    let aws = Aws::from_env()?;
    let ports = platform::ports(aws.clone(), &settings.stores);
    let outbound = Outbound::new()?;
    let authenticator = Authenticator::new(settings.auth, outbound.clone());
    let app = SlackAppSecret::new(&aws, settings.slack_app_secret_id, Arc::clone(&ports.clock));
    let slack = Slack::new(outbound, Arc::new(app), &settings.slack_base_url, &settings.public_url);
    let page = Page::new(&settings.frame_ancestors, &settings.parent_origins);
    let rules =
        Rules { default_edition: settings.default_edition, allowed_suffixes: settings.allowed_suffixes };
    gateway::run(router(Api::new(ports, authenticator, slack, page, rules))).await
}
