//! AWS on loopback: DynamoDB is dynoxide in this very program, SQS and Secrets
//! Manager are moto in a child of it. Tables and queues come from the template.
//!
//! Both run on their own, on no caller's runtime: tests can share one of each.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dynoxide::Database;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::sqs::Sqs;
use crate::template::{TEMPLATE, Table, Template};

/// Prints its port, and ends when its input does, that is, however its parent ends;
/// at once, since requests that wait for a message would hold up a tidy end.
///
/// Deletes behind the lock that sending takes: moto's own delete writes the list of
/// messages anew without it, and two at once lose what was sent between them.
///
/// Asks no message for its age: moto counts the whole queue for that, and ten messages
/// out of 2,000 took four seconds. Nothing lives here for days.
const MOTO: &str = "\
import os, sys
from moto.server import ThreadedMotoServer
from moto.sqs.models import Queue, SQSBackend
delete = Queue.delete_message
def delete_locked(queue, receipt_handle):
    with queue._messages_lock: delete(queue, receipt_handle)
Queue.delete_message = delete_locked
SQSBackend.is_message_valid_based_on_retention_period = lambda *_: True
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
os._exit(0)
";

/// DynamoDB in memory, served by a thread of its own. It stops when it is dropped.
pub struct DynamoDb {
    endpoint: String,
    database: Database,
    /// The server stops when this is dropped.
    _running: oneshot::Sender<()>,
}

impl fmt::Debug for DynamoDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoDb").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl DynamoDb {
    /// Starts one without tables.
    ///
    /// # Errors
    /// When there is no port or no memory for it.
    pub fn start() -> Result<Self> {
        let database = Database::memory().map_err(|error| Error::emulator("DynamoDB", error))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let entered = runtime.enter();
        let listener = crate::serve::bind(0)?;
        drop(entered);
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (running, stopped) = oneshot::channel::<()>();
        let served = database.clone();
        std::thread::Builder::new().name("dynamodb".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = dynoxide::server::serve_on(listener, served) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { endpoint, database, _running: running })
    }

    /// Its URL.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Makes a table of the template.
    ///
    /// # Errors
    /// When DynamoDB would refuse it.
    pub fn create(&self, table: &Table) -> Result<()> {
        let refused =
            |error: &dyn fmt::Display| Error::emulator("DynamoDB", format!("{}: {error}", table.name));
        let request = serde_json::from_value(table.create.clone()).map_err(|error| refused(&error))?;
        self.database.create_table(request).map_err(|error| refused(&error))?;
        if let Some(attribute) = &table.ttl {
            let specification = TimeToLiveSpecification { attribute_name: attribute.clone(), enabled: true };
            let request = UpdateTimeToLiveRequest {
                table_name: table.name.clone(),
                time_to_live_specification: specification,
            };
            self.database.update_time_to_live(request).map_err(|error| refused(&error))?;
        }
        Ok(())
    }
}

/// SQS and Secrets Manager in a child. It stops when it is dropped.
#[derive(Debug)]
pub struct Moto {
    endpoint: String,
    child: Mutex<Child>,
}

impl Moto {
    /// Starts one without queues and secrets; this takes a second or two.
    ///
    /// # Errors
    /// When its Python is missing or it does not start.
    pub fn start() -> Result<Self> {
        let python = python();
        if !python.exists() {
            return Err(Error::NoPython(python));
        }
        let mut child = Command::new(&python)
            .args(["-c", MOTO])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0) // Ctrl-C is for us alone
            .spawn()
            .map_err(Error::file(&python))?;
        let mut first_line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut first_line)?;
        }
        let port: u16 = first_line.trim().parse().map_err(|_| {
            Error::emulator("moto", "did not start; remove .venv and run `make run` to set it up anew")
        })?;
        Ok(Self { endpoint: format!("http://127.0.0.1:{port}"), child: Mutex::new(child) })
    }

    /// Its URL.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Waits until it ends by itself, which it should not.
    pub async fn ended(&self) -> Error {
        loop {
            let state = self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait();
            match state {
                Ok(None) => tokio::time::sleep(Duration::from_millis(500)).await,
                Ok(Some(status)) => return Error::emulator("moto", format!("ended ({status})")),
                Err(error) => return Error::System(error),
            }
        }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // It may have ended already.
        child.kill().ok();
        child.wait().ok();
    }
}

/// The Python of the project's virtual environment.
fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python")
}

/// Both emulators.
#[derive(Debug)]
pub struct Emulators {
    /// DynamoDB.
    pub dynamodb: DynamoDb,
    /// SQS and Secrets Manager.
    pub moto: Moto,
}

/// The tables and queues of one stack.
#[derive(Clone, Debug)]
pub struct Resources {
    tables: BTreeMap<String, String>,
    queues: BTreeMap<String, String>,
}

impl Emulators {
    /// Starts both, empty; this takes a second or two, and needs no runtime.
    ///
    /// # Errors
    /// When one does not start.
    pub fn start() -> Result<Self> {
        let dynamodb = DynamoDb::start()?;
        let moto = Moto::start()?;
        Ok(Self { dynamodb, moto })
    }

    /// A client of moto, for one runtime: its connections end with that.
    pub fn sqs(&self) -> Sqs {
        Sqs::new(self.moto.endpoint())
    }

    /// Makes the tables and queues that a stack of this name has by the template.
    ///
    /// # Errors
    /// When an emulator refuses one.
    pub async fn create(&self, stack: &str) -> Result<Resources> {
        let template = Template::parse(TEMPLATE, stack)?;
        let mut tables = BTreeMap::new();
        for table in template.tables()? {
            self.dynamodb.create(&table)?;
            tables.insert(table.logical_id, table.name);
        }
        let (mut queues, sqs) = (BTreeMap::new(), self.sqs());
        for queue in template.queues()? {
            let url = sqs.create_queue(&queue.name, &queue.attributes).await?;
            queues.insert(queue.logical_id, url);
        }
        Ok(Resources { tables, queues })
    }
}

impl Resources {
    /// The name of the table with this logical id.
    ///
    /// # Errors
    /// When the template has none.
    pub fn table(&self, logical_id: &str) -> Result<String> {
        find(&self.tables, logical_id)
    }

    /// The URL of the queue with this logical id.
    ///
    /// # Errors
    /// When the template has none.
    pub fn queue_url(&self, logical_id: &str) -> Result<String> {
        find(&self.queues, logical_id)
    }
}

fn find(named: &BTreeMap<String, String>, logical_id: &str) -> Result<String> {
    named.get(logical_id).cloned().ok_or_else(|| Error::Template(format!("there is no {logical_id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_real_template_can_be_built() {
        let emulators = tokio::task::spawn_blocking(Emulators::start).await.unwrap().unwrap();
        let resources = emulators.create("t").await.unwrap();
        assert_eq!(resources.table("DeliveriesTable").unwrap(), "t-DeliveriesTable");
        let url = resources.queue_url("EventsQueue").unwrap();
        let attributes = emulators.sqs().attributes(&url).await.unwrap();
        assert_eq!(attributes["QueueArn"], crate::template::queue_arn("t-events"));
        assert!(attributes["RedrivePolicy"].contains("t-events-dead-letter"));

        emulators.sqs().send_batch(&url, &[("hello".to_owned(), "acme")]).await.unwrap();
        let received = emulators.sqs().receive(&url, 10, Duration::from_secs(1)).await.unwrap();
        assert_eq!(received[0].body, "hello");
        assert_eq!(received[0].attributes["ApproximateReceiveCount"], "1");
        assert_eq!(received[0].attributes["MessageGroupId"], "acme");
        emulators.sqs().delete(&url, &[&received[0].receipt_handle]).await.unwrap();
        assert_eq!(
            emulators.sqs().attributes(&url).await.unwrap()["ApproximateNumberOfMessagesNotVisible"],
            "0"
        );

        emulators.sqs().set_visibility_timeout(&url, Duration::from_secs(7)).await.unwrap();
        let attributes = emulators.sqs().attributes(&url).await.unwrap();
        assert_eq!(attributes["VisibilityTimeout"], "7");
        assert!(attributes["RedrivePolicy"].contains("t-events-dead-letter"));
    }
}
