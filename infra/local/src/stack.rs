//! The whole service, started and stopped as one.

mod parts;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use self::parts::Surroundings;
use crate::ca::Ca;
use crate::emulators::Emulators;
use crate::environment::{Environment, RECEIVER_HOST};
use crate::error::{Error, Result};
use crate::issuer::Issuer;
use crate::pool::{Pool, Process};
use crate::receiver::Receiver;
use crate::serve::{self, Server};
use crate::slack::SlackStandIn;
use crate::sqs::Sqs;
use crate::stack_file::{Folder, StackFile};

/// The name of the stack, in front of its tables, queues and secrets.
const NAME: &str = "local";
/// The tenant that `make run` speaks of.
const TENANT: &str = "acme";
/// How long the stack may take to answer, on a busy machine.
const READY: Duration = Duration::from_secs(60);

/// How to start a stack.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The API's port; none is any free one.
    pub port: Option<u16>,
    /// Where `stack.json` and the functions' logs go. Each stack has its own.
    pub state_dir: PathBuf,
    /// What the functions get of it is said by [`is_passed_on`](crate::environment::is_passed_on).
    pub environment: Environment,
    /// Where the functions' programs are; none is beside this program.
    pub bin_dir: Option<PathBuf>,
}

/// A running stack. Dropping it stops it too, without waiting for that.
#[derive(Debug)]
pub struct Stack {
    file: StackFile,
    folder: Folder,
    emulators: Emulators,
    issuer: Issuer,
    receiver: Arc<Receiver>,
    slack: SlackStandIn,
    ca: Ca,
    /// By what they serve: the API, or a queue of the template.
    pools: Vec<(&'static str, Arc<Pool>)>,
    servers: Vec<Server>,
    pollers: JoinSet<()>,
}

impl Stack {
    /// Starts everything and waits until it answers.
    ///
    /// # Errors
    /// What keeps it from starting; nothing is left running then.
    pub async fn start(options: Options) -> Result<Self> {
        let port = options.port.unwrap_or(0);
        let listener = serve::bind(port).map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => Error::PortTaken(port),
            _ => Error::System(error),
        })?;
        let folder = Folder::take(&options.state_dir)?;
        let bin_dir = options.bin_dir.clone().map_or_else(beside_this_program, Ok)?;
        let ca = Ca::new()?;
        let receiver = Arc::new(Receiver::start(&ca, &[RECEIVER_HOST]).await?);
        let slack = SlackStandIn::start(&ca).await?;
        let starting = tokio::task::spawn_blocking(Emulators::start);
        let emulators = starting.await.map_err(|error| Error::NotReady(error.to_string()))??;
        let around = Surroundings {
            folder,
            resources: emulators.create(NAME).await?,
            emulators,
            issuer: Issuer::start()?,
            receiver,
            slack,
            ca,
            port: listener.local_addr()?.port(),
        };
        let functions = around.functions(&options, &bin_dir).await?;
        let stack = around.with_functions(&options, listener, &functions).await?;
        stack.introduce_tenant().await?;
        stack.folder.write(&stack.file)?;
        Ok(stack)
    }

    /// Where everything is: what `stack.json` says.
    pub const fn file(&self) -> &StackFile {
        &self.file
    }

    /// The TLS receiver behind `https://receiver.example.com/`.
    pub fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// The stand-in for Slack. The functions use it unless `SLACK_BASE_URL` names another.
    pub const fn slack(&self) -> &SlackStandIn {
        &self.slack
    }

    /// The authority that the functions trust, for more receivers
    /// (map their hosts with `DELIVERY_DANGER_CONNECT_TO`).
    pub const fn ca(&self) -> &Ca {
        &self.ca
    }

    /// The token issuer.
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// A client of the queues.
    pub fn sqs(&self) -> Sqs {
        self.emulators.sqs()
    }

    /// The dispatcher's processes that serve this queue of the template, less those
    /// that start just now.
    pub fn dispatchers(&self, queue: &str) -> Vec<Process> {
        self.pool(queue).map(|pool| pool.processes()).unwrap_or_default()
    }

    /// How many invocations from this queue have ended with their process.
    pub fn crashes(&self, queue: &str) -> usize {
        self.pool(queue).map_or(0, |pool| pool.crashes())
    }

    fn pool(&self, serves: &str) -> Option<&Pool> {
        self.pools.iter().find(|(source, _)| *source == serves).map(|(_, pool)| &**pool)
    }

    /// Waits until something ends that should not.
    pub async fn failed(&mut self) -> Error {
        self.emulators.moto.ended().await
    }

    /// Stops everything, and waits until it is gone.
    pub async fn stop(mut self) {
        self.folder.remove_file();
        self.pollers.shutdown().await;
        self.servers.clear();
        for (_, pool) in &self.pools {
            pool.stop().await;
        }
        // What is left stops when it is dropped.
    }

    /// Tells the dispatcher of the local tenant, and waits until the API knows it.
    async fn introduce_tenant(&self) -> Result<()> {
        let site = format!("https://{TENANT}.atlassian.net");
        let message = json!({
            "version": 1, "kind": "tenantUpdated", "tenantId": TENANT, "edition": "advanced", "siteUrl": site,
            "updatedAt": jiff::Timestamp::now().to_string(),
        });
        self.sqs().send(&self.file.events_queue_url, &message.to_string(), Some(TENANT)).await?;
        let url = format!("{}/v1/tenant", self.file.api_url);
        until_ready("The dispatcher has not taken the first message of its queue", async || {
            let answer =
                crate::http_client().get(&url).bearer_auth(&self.file.admin_token).send().await.ok()?;
            let tenant: serde_json::Value = answer.json().await.ok()?;
            (tenant.get("siteUrl")?.as_str()? == site).then_some(())
        })
        .await
    }
}

/// Asks until it is ready.
async fn until_ready(otherwise: &str, is_ready: impl AsyncFn() -> Option<()>) -> Result<()> {
    let asking = async {
        while is_ready().await.is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let in_time = tokio::time::timeout(READY, asking).await;
    in_time.map_err(|_| {
        Error::NotReady(format!("{otherwise} within {} s; see the functions' logs", READY.as_secs()))
    })
}

/// The folder of this program; of a test it is the one above `deps`.
fn beside_this_program() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().unwrap_or(Path::new("."));
    Ok(if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder }.to_owned())
}
