//! The clients of DynamoDB, SQS and Secrets Manager, built once, during init:
//! Lambda runs init at full CPU.

use std::time::Duration;

use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction, RetryConfig};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_types::SdkConfig;

use crate::http::Http;
use crate::settings::environment;

/// The clients. They share one pool and one TLS session cache.
#[derive(Clone, Debug)]
pub struct Aws {
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) secretsmanager: aws_sdk_secretsmanager::Client,
}

/// Where emulators listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// DynamoDB's URL.
    pub dynamodb: String,
    /// The URL of SQS.
    pub sqs: String,
    /// The URL of Secrets Manager.
    pub secretsmanager: String,
}

/// The region that emulators are told.
pub const EMULATED_REGION: &str = "us-east-1";

/// The clients could not be built.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// Lambda sets it (`AWS_REGION` and the keys); nothing else is asked.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// There is no TLS client.
    #[error("no TLS client for AWS: {0}")]
    Tls(#[from] rustls::Error),
}

impl Aws {
    /// Builds the clients from what Lambda sets: `AWS_REGION` and the keys in
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. No
    /// profile file and no metadata service is ever asked, so the SDK's own
    /// search for them (crate `aws-config`) is not linked. Like it, this honors
    /// `AWS_ENDPOINT_URL_DYNAMODB`, `_SQS`, `_SECRETS_MANAGER` and `AWS_ENDPOINT_URL`
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
    ///
    /// # Errors
    /// [`AwsError`] when the region or a key is missing.
    pub fn from_env() -> Result<Self, AwsError> {
        let get = |name| environment(name).filter(|value| !value.is_empty());
        let required = |name| get(name).ok_or(AwsError::Missing(name));
        let region = required("AWS_REGION")?;
        let (id, secret) = (required("AWS_ACCESS_KEY_ID")?, required("AWS_SECRET_ACCESS_KEY")?);
        // Lambda renews the keys by replacing the sandbox: they hold as long as it lives.
        let keys = Credentials::new(id, secret, get("AWS_SESSION_TOKEN"), None, "lambda");
        let endpoint = |name| get(name).or_else(|| get("AWS_ENDPOINT_URL"));
        let endpoints = [
            endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
            endpoint("AWS_ENDPOINT_URL_SQS"),
            endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
        ];
        Self::build(region, keys, endpoints)
    }

    /// The clients of emulators, which take the keys `test`/`test`.
    ///
    /// # Errors
    /// [`AwsError`] when no HTTP client can be built.
    pub fn emulated(endpoints: &Endpoints) -> Result<Self, AwsError> {
        let Endpoints { dynamodb, sqs, secretsmanager } = endpoints.clone();
        let keys = Credentials::new("test", "test", None, None, "emulated");
        Self::build(EMULATED_REGION.to_owned(), keys, [Some(dynamodb), Some(sqs), Some(secretsmanager)])
    }

    fn build(region: String, keys: Credentials, endpoints: [Option<String>; 3]) -> Result<Self, AwsError> {
        use aws_sdk_dynamodb::config::Builder as Dynamodb;
        use aws_sdk_secretsmanager::config::Builder as SecretsManager;
        use aws_sdk_sqs::config::Builder as Sqs;

        let (config, http) = (config(Region::new(region), keys), Http::new()?);
        let [for_dynamodb, for_sqs, for_secretsmanager] = endpoints;
        let mut dynamodb =
            Dynamodb::from(&config).http_client(http.of_one_service()).retry_classifier(InTheWay);
        dynamodb.set_endpoint_url(for_dynamodb);
        let mut sqs = Sqs::from(&config).http_client(http.of_one_service());
        sqs.set_endpoint_url(for_sqs);
        let mut secretsmanager = SecretsManager::from(&config).http_client(http);
        secretsmanager.set_endpoint_url(for_secretsmanager);
        Ok(Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            secretsmanager: aws_sdk_secretsmanager::Client::from_conf(secretsmanager.build()),
        })
    }
}

fn config(region: Region, keys: Credentials) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(region)
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .timeout_config(timeouts())
        .retry_config(retries())
        // Answers are small, and a call has its time.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}

/// A call within the region takes milliseconds; what takes longer than these
/// is stuck, and a handler has better uses for its time.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(4))
        .operation_timeout(Duration::from_secs(10))
        .build()
}

/// The first retry comes after at most 50 ms (the SDK's default is 1 s): within
/// a delivery's time a longer wait helps nobody.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_secs(1))
}

/// An update that met a transaction over the same item, a creation or a deletion, was not made
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html>): the SDK
/// would tell, not try again.
#[derive(Debug)]
struct InTheWay;

impl ClassifyRetry for InTheWay {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let refused = error.and_then(|error| error.as_operation_error()?.downcast_ref::<UpdateItemError>());
        match refused {
            // Nothing is wrong with the connection, as it would be with a transient error.
            Some(UpdateItemError::TransactionConflictException(_)) => RetryAction::server_error(),
            Some(_) | None => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "a transaction in the way"
    }
}
