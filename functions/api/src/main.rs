//! The admin API as a Lambda function: settings, clients, router.

use std::process::ExitCode;

use api::{Api, Rules, auth::Authenticator, gateway, router};
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
    let ports = platform::ports(Aws::from_env()?, &settings.stores);
    let authenticator = Authenticator::new(settings.auth)?;
    let rules =
        Rules { default_edition: settings.default_edition, allowed_suffixes: settings.allowed_suffixes };
    gateway::run(router(Api::new(ports, authenticator, rules))).await
}
