//! The dispatcher's Lambda function.

use std::sync::Arc;

use aws_lambda_events::event::sqs::SqsEvent;
use dispatcher::transport::Transport;
use dispatcher::{Dispatcher, Invocation};
use domain::time::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::settings::DispatcherSettings;

/// One invocation at a time: one thread is enough, and starts fastest.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    platform::telemetry::init();
    let settings =
        DispatcherSettings::from_env().inspect_err(|faults| tracing::error!(%faults, "settings"))?;
    for danger in settings.dangers() {
        tracing::warn!(setting = danger, "a danger setting is in force");
    }
    let ports = platform::ports(platform::aws::Aws::from_env()?, &settings.stores);
    let clock = Arc::clone(&ports.clock);
    let dispatcher = Dispatcher::new(ports, Transport::new(&settings)?, &settings);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let ends = Timestamp::from_millis(i64::try_from(event.context.deadline)?);
        let invocation = Invocation::new(clock.now(), ends);
        Ok::<_, Error>(dispatcher.run(&event.payload, &invocation).await?)
    }))
    .await
}
