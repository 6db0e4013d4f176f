//! Emulated AWS, one of each a test binary: each test has tables, queues and
//! secrets of its own, made from the template.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use local::emulators::{Emulators, Resources};
use platform::aws::Endpoints;
use platform::settings::StoreSettings;

/// The emulators of this test binary, started at the first call.
///
/// # Panics
/// When one of them does not start.
pub async fn emulators() -> &'static Emulators {
    static SHARED: OnceLock<Emulators> = OnceLock::new();
    tokio::task::spawn_blocking(|| SHARED.get_or_init(|| Emulators::start().unwrap())).await.unwrap()
}

/// Where they listen, as the ports want it.
pub async fn endpoints() -> Endpoints {
    let emulators = emulators().await;
    let moto = emulators.moto.endpoint().to_owned();
    Endpoints { dynamodb: emulators.dynamodb.endpoint().to_owned(), sqs: moto.clone(), secretsmanager: moto }
}

/// Tables, queues and secrets of one test.
pub struct Stores {
    /// Their names, as the functions want them.
    pub settings: StoreSettings,
    /// All of them, dead-letter queues too.
    pub resources: Resources,
}

impl Stores {
    /// Makes new ones.
    ///
    /// # Panics
    /// When an emulator refuses.
    pub async fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("test-{}", MADE.fetch_add(1, Ordering::Relaxed));
        let resources = emulators().await.create(&name).await.unwrap();
        let settings = StoreSettings {
            table_name: resources.table("MainTable").unwrap(),
            deliveries_table_name: resources.table("DeliveriesTable").unwrap(),
            events_queue_url: resources.queue_url("EventsQueue").unwrap(),
            deliveries_queue_url: resources.queue_url("DeliveriesQueue").unwrap(),
            secret_prefix: name,
            bundle_cache_bytes: 32 << 20,
        };
        Self { settings, resources }
    }
}
