//! `stack.json`: where everything is, for the commands and for other programs
//! (contract, section 7). It is there exactly while everything answers.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackFile {
    /// The API.
    pub api_url: String,
    /// The page, signed in.
    pub page_url: String,
    /// A token of an admin of the local tenant.
    pub admin_token: String,
    /// The local tenant.
    pub tenant_id: String,
    /// The events queue.
    pub events_queue_url: String,
    /// The deliveries queue.
    pub deliveries_queue_url: String,
    /// The dead-letter queues of both.
    pub dead_letter_queue_urls: DeadLetterQueueUrls,
    /// The emulated services.
    pub aws_endpoints: AwsEndpoints,
    /// The region.
    pub region: String,
    /// The table of tenants and webhooks.
    pub table_name: String,
    /// The table of log and backlog.
    pub deliveries_table_name: String,
    /// Where secrets are.
    pub secret_prefix: String,
    /// A URL that a webhook may have: the local receiver.
    pub receiver_url: String,
    /// What the receiver got.
    pub receiver_inspect_url: String,
    /// Where Slack is: the stand-in, unless `SLACK_BASE_URL` names another.
    pub slack_url: String,
    /// The token issuer.
    pub issuer: String,
}

/// The dead-letter queues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterQueueUrls {
    /// Of the events queue.
    pub events: String,
    /// Of the deliveries queue.
    pub deliveries: String,
}

/// The emulated services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsEndpoints {
    /// DynamoDB.
    pub dynamodb: String,
    /// SQS.
    pub sqs: String,
    /// Secrets Manager.
    pub secretsmanager: String,
}

impl StackFile {
    /// Reads the file of the stack that runs in this folder.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(folder: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(folder.join("stack.json"));
        let file = text.ok().and_then(|text| serde_json::from_str(&text).ok());
        file.ok_or_else(|| Error::NoStack(folder.to_owned()))
    }
}

/// A folder that belongs to one stack. What is in it besides `stack.json` is kept
/// for a look after the stack has stopped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The system gives the lock back however this program ends.
    _lock: File,
}

impl Folder {
    /// Makes the folder, and takes it.
    pub(crate) fn take(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path)?;
        std::fs::create_dir_all(&path).map_err(Error::file(&path))?;
        let lock = File::create(path.join("lock")).map_err(Error::file(path.join("lock")))?;
        lock.try_lock().map_err(|_| Error::FolderTaken(path.clone()))?;
        let folder = Self { path, _lock: lock };
        // One that was killed has left its file.
        folder.remove_file();
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// An empty file for a function's output.
    pub(crate) fn log(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(format!("{name}.log"));
        File::create(&path).map_err(Error::file(&path))?;
        Ok(path)
    }

    /// Writes the file at once or not at all, readable by this user alone.
    pub(crate) fn write(&self, file: &StackFile) -> Result<()> {
        let text = serde_json::to_string_pretty(file).map_err(|error| Error::NotReady(error.to_string()))?;
        let (new, path) = (self.path.join("stack.json.new"), self.path.join("stack.json"));
        let mut options = OpenOptions::new();
        let opened = options.write(true).create(true).truncate(true).mode(0o600).open(&new);
        opened.and_then(|mut file| writeln!(file, "{text}")).map_err(Error::file(&new))?;
        std::fs::rename(&new, &path).map_err(Error::file(&path))
    }

    pub(crate) fn remove_file(&self) {
        // That there is none is fine.
        std::fs::remove_file(self.path.join("stack.json")).ok();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.remove_file();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_stack_and_no_file_without_one() {
        let path = std::env::temp_dir().join(format!("stack-{}", uuid::Uuid::new_v4()));
        let folder = Folder::take(&path).unwrap();
        assert!(matches!(Folder::take(&path), Err(Error::FolderTaken(_))));
        std::fs::write(path.join("stack.json"), "{}").unwrap();
        drop(folder);
        assert!(!path.join("stack.json").exists());
        assert!(matches!(StackFile::read(&path), Err(Error::NoStack(_))));
        assert!(Folder::take(&path).is_ok());
        std::fs::remove_dir_all(path).unwrap();
    }
}
