//! All ports of a function, on AWS.

use std::sync::Arc;

use domain::ports::{Clock, Dice, Ports};

use crate::aws::Aws;
use crate::backlog::DynamoBacklog;
use crate::clock::{OsDice, SystemClock};
use crate::idempotency::DynamoIdempotency;
use crate::installations::DynamoInstallations;
use crate::log::DynamoLog;
use crate::queue::Sqs;
use crate::secrets::Bundles;
use crate::settings::StoreSettings;
use crate::table::Table;
use crate::upkeep::AwsUpkeep;
use crate::webhooks::DynamoWebhooks;

/// The ports, with the system's time and chance.
pub fn ports(aws: Aws, settings: &StoreSettings) -> Ports {
    ports_with(aws, settings, Arc::new(SystemClock), Arc::new(OsDice))
}

/// The ports, with time and chance of the caller's: what has expired is
/// judged by this clock.
pub fn ports_with(aws: Aws, settings: &StoreSettings, clock: Arc<dyn Clock>, dice: Arc<dyn Dice>) -> Ports {
    let table =
        |name: &str| Table { client: aws.dynamodb.clone(), name: name.to_owned(), clock: Arc::clone(&clock) };
    let main = table(&settings.table_name);
    let deliveries = table(&settings.deliveries_table_name);
    let queue = Sqs {
        client: aws.sqs,
        events_url: settings.events_queue_url.clone(),
        deliveries_url: settings.deliveries_queue_url.clone(),
    };
    let upkeep = AwsUpkeep {
        table: main.clone(),
        secrets: aws.secretsmanager.clone(),
        secret_prefix: settings.secret_prefix.clone(),
        queue: queue.clone(),
    };
    let bundles =
        Bundles::new(aws.secretsmanager, settings.secret_prefix.clone(), settings.bundle_cache_bytes);
    Ports {
        webhooks: Arc::new(DynamoWebhooks { table: main.clone() }),
        idempotency: Arc::new(DynamoIdempotency { table: main.clone() }),
        installations: Arc::new(DynamoInstallations { table: main }),
        secrets: Arc::new(bundles),
        log: Arc::new(DynamoLog::new(deliveries.clone())),
        backlog: Arc::new(DynamoBacklog { table: deliveries }),
        queue: Arc::new(queue),
        upkeep: Arc::new(upkeep),
        clock,
        dice,
    }
}
