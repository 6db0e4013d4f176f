//! SQS and Secrets Manager over plain HTTP, as far as the stack itself needs them.
//! The AWS SDK stays inside `platform`; moto takes any signature.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::template::REGION;

/// A client of the emulated services.
#[derive(Clone, Debug)]
pub struct Sqs {
    http: reqwest::Client,
    endpoint: String,
}

/// A message as ReceiveMessage brings it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// Its id.
    pub message_id: String,
    /// What deletes it.
    pub receipt_handle: String,
    /// Its text.
    pub body: String,
    /// The MD5 of its text.
    #[serde(rename = "MD5OfBody")]
    pub md5_of_body: String,
    /// Its system attributes, such as `ApproximateReceiveCount`.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// Its own attributes.
    #[serde(default)]
    pub message_attributes: BTreeMap<String, Json>,
}

impl Sqs {
    /// A client of the services behind this URL.
    pub fn new(endpoint: &str) -> Self {
        Self { http: crate::http_client(), endpoint: endpoint.to_owned() }
    }

    /// Makes a queue and brings its URL.
    ///
    /// # Errors
    /// When the service refuses it or does not answer, as for all of these.
    pub async fn create_queue(&self, name: &str, attributes: &BTreeMap<String, String>) -> Result<String> {
        let made =
            self.call("AmazonSQS.CreateQueue", &json!({"QueueName": name, "Attributes": attributes})).await?;
        let url = made.get("QueueUrl").and_then(Json::as_str);
        url.map(str::to_owned).ok_or_else(|| Error::emulator("SQS", "CreateQueue brought no QueueUrl"))
    }

    /// All attributes of a queue.
    ///
    /// # Errors
    /// As above.
    pub async fn attributes(&self, queue_url: &str) -> Result<BTreeMap<String, String>> {
        let request = json!({"QueueUrl": queue_url, "AttributeNames": ["All"]});
        let answer = self.call("AmazonSQS.GetQueueAttributes", &request).await?;
        read(answer.get("Attributes").cloned().unwrap_or_default())
    }

    /// Puts a message on a queue and brings its id; `group` makes the queue fair between groups.
    ///
    /// # Errors
    /// As above.
    pub async fn send(&self, queue_url: &str, body: &str, group: Option<&str>) -> Result<String> {
        let mut request = json!({"QueueUrl": queue_url, "MessageBody": body});
        if let (Some(group), Some(request)) = (group, request.as_object_mut()) {
            request.insert("MessageGroupId".to_owned(), group.into());
        }
        let sent = self.call("AmazonSQS.SendMessage", &request).await?;
        Ok(sent.get("MessageId").and_then(Json::as_str).unwrap_or_default().to_owned())
    }

    /// Puts up to 10 messages on a queue, each with its group.
    ///
    /// # Errors
    /// As above, and when one of them was not taken.
    pub async fn send_batch(&self, queue_url: &str, messages: &[(String, &str)]) -> Result<()> {
        let entries: Vec<Json> = messages
            .iter()
            .enumerate()
            .map(|(index, (body, group))| {
                json!({"Id": index.to_string(), "MessageBody": body, "MessageGroupId": group})
            })
            .collect();
        let request = json!({"QueueUrl": queue_url, "Entries": entries});
        all_done(&self.call("AmazonSQS.SendMessageBatch", &request).await?, "sent")
    }

    /// From now on a message that was handed out, and not deleted, comes again after this time.
    ///
    /// # Errors
    /// As above.
    pub async fn set_visibility_timeout(&self, queue_url: &str, timeout: Duration) -> Result<()> {
        let attributes = json!({"VisibilityTimeout": timeout.as_secs().to_string()});
        let request = json!({"QueueUrl": queue_url, "Attributes": attributes});
        self.call("AmazonSQS.SetQueueAttributes", &request).await.map(drop)
    }

    /// Receives up to `most` messages, waiting up to `wait` for the first.
    ///
    /// # Errors
    /// As above.
    pub async fn receive(&self, queue_url: &str, most: usize, wait: Duration) -> Result<Vec<Message>> {
        let request = json!({
            "QueueUrl": queue_url,
            "MaxNumberOfMessages": most,
            "WaitTimeSeconds": wait.as_secs(),
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let answer = self.call("AmazonSQS.ReceiveMessage", &request).await?;
        answer.get("Messages").cloned().map_or_else(|| Ok(Vec::new()), read)
    }

    /// Deletes messages, up to 10, by their receipt handles.
    ///
    /// # Errors
    /// As above, and when one of them could not be deleted.
    pub async fn delete(&self, queue_url: &str, receipt_handles: &[&str]) -> Result<()> {
        let entries: Vec<Json> = receipt_handles
            .iter()
            .enumerate()
            .map(|(index, receipt)| json!({"Id": index.to_string(), "ReceiptHandle": receipt}))
            .collect();
        if entries.is_empty() {
            return Ok(());
        }
        let request = json!({"QueueUrl": queue_url, "Entries": entries});
        all_done(&self.call("AmazonSQS.DeleteMessageBatch", &request).await?, "deleted")
    }

    /// Makes a secret.
    ///
    /// # Errors
    /// As above.
    pub async fn create_secret(&self, name: &str, value: &str) -> Result<()> {
        let request = json!({
            "Name": name, "SecretString": value, "ClientRequestToken": uuid::Uuid::new_v4().to_string(),
        });
        self.call("secretsmanager.CreateSecret", &request).await.map(|_| ())
    }

    /// The text of a secret.
    ///
    /// # Errors
    /// As above, and when there is none of that name.
    pub async fn secret(&self, name: &str) -> Result<String> {
        let answer = self.call("secretsmanager.GetSecretValue", &json!({"SecretId": name})).await?;
        let text = answer.get("SecretString").and_then(Json::as_str).map(str::to_owned);
        text.ok_or_else(|| Error::emulator("Secrets Manager", "GetSecretValue brought no text"))
    }

    /// The names of all secrets that begin with `prefix/`.
    ///
    /// # Errors
    /// As above.
    pub async fn secret_names(&self, prefix: &str) -> Result<Vec<String>> {
        let answer = self.call("secretsmanager.ListSecrets", &json!({"MaxResults": 100})).await?;
        let secrets = answer.get("SecretList").and_then(Json::as_array).cloned().unwrap_or_default();
        let names = secrets.iter().filter_map(|secret| secret.get("Name").and_then(Json::as_str));
        let start = format!("{prefix}/");
        Ok(names.filter(|name| name.starts_with(&start)).map(str::to_owned).collect())
    }

    async fn call(&self, target: &str, request: &Json) -> Result<Json> {
        // moto finds the service and the region in the signature's scope.
        let service = if target.starts_with("AmazonSQS") { "sqs" } else { "secretsmanager" };
        let scope = format!("Credential=test/20260101/{REGION}/{service}/aws4_request");
        let authorization = format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none");
        let failed = |error: reqwest::Error| Error::emulator("moto", format!("{target}: {error}"));
        let answer = self
            .http
            .post(&self.endpoint)
            .header("authorization", authorization)
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.0")
            .body(request.to_string())
            .send()
            .await
            .map_err(failed)?;
        let status = answer.status();
        let text = answer.text().await.map_err(failed)?;
        if !status.is_success() {
            return Err(Error::emulator("moto", format!("{target}: {status} {text}")));
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

/// Whether a call for several messages did what it should with each of them.
fn all_done(answer: &Json, what: &str) -> Result<()> {
    match answer.get("Failed").and_then(Json::as_array) {
        Some(failed) if !failed.is_empty() => {
            Err(Error::emulator("SQS", format!("{} messages could not be {what}", failed.len())))
        }
        _ => Ok(()),
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Json) -> Result<T> {
    serde_json::from_value(value).map_err(|error| Error::emulator("SQS", error))
}
