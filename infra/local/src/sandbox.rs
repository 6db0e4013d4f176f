//! One process of a function, alone with its Runtime API, as in Lambda's sandbox.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use axum::body::Bytes;
use tokio::process::{Child, Command};

use crate::runtime_api::{Invocation, RuntimeApi};
use crate::template::{ACCOUNT, FunctionShape, REGION};

/// Lambda allows 10 s; a debug build on a busy laptop gets more.
const INIT_TIMEOUT: Duration = Duration::from_secs(30);

/// A function to be run.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// Its program.
    pub(crate) program: PathBuf,
    /// Its timeout and memory.
    pub(crate) shape: FunctionShape,
    /// Its settings.
    pub(crate) settings: BTreeMap<String, String>,
    /// Where its output goes.
    pub(crate) log: PathBuf,
}

/// Why an invocation brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// It did not get as far as asking for an event.
    #[error("did not start: {0}")]
    Init(String),
    /// Its process ended.
    #[error("crashed ({0})")]
    Crashed(String),
    /// It took too long, and was stopped.
    #[error("took longer than {} s", .0.as_secs())]
    TimedOut(Duration),
    /// It reported an error.
    #[error("reported an error: {0}")]
    Reported(String),
    /// The stack stops.
    #[error("was stopped")]
    Stopped,
}

/// A process of a function. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Sandbox {
    child: Child,
    api: RuntimeApi,
    arn: String,
    timeout: Duration,
}

impl Sandbox {
    /// Starts a process and waits until it asks for its first event.
    pub(crate) async fn start(function: &Function) -> Result<Self, FunctionError> {
        let failed = |error: std::io::Error| FunctionError::Init(error.to_string());
        let api = RuntimeApi::start().map_err(failed)?;
        let log = OpenOptions::new().create(true).append(true).open(&function.log).map_err(failed)?;
        let child = Command::new(&function.program)
            .env_clear()
            .envs(surroundings(function))
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .envs(&function.settings)
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            .kill_on_drop(true)
            .process_group(0) // Ctrl-C is for us alone
            .spawn()
            .map_err(failed)?;
        let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", function.name);
        let mut sandbox = Self { child, api, arn, timeout: function.shape.timeout };
        tokio::select! {
            biased;
            ready = sandbox.api.initialized() => ready.map_err(FunctionError::Init)?,
            status = sandbox.child.wait() => return Err(FunctionError::Init(exit(status))),
            () = tokio::time::sleep(INIT_TIMEOUT) => {
                return Err(FunctionError::Init(format!("asked for no event within {INIT_TIMEOUT:?}")));
            }
        }
        Ok(sandbox)
    }

    /// The id of its process; none once that has ended.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Whether its process still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Runs one invocation. After a crash or a time-out the sandbox is of no more use.
    pub(crate) async fn invoke(&mut self, event: Bytes) -> Result<Bytes, FunctionError> {
        let timeout_ms = i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX);
        let invocation = Invocation {
            request_id: uuid::Uuid::new_v4().to_string(),
            deadline_ms: jiff::Timestamp::now().as_millisecond().saturating_add(timeout_ms),
            arn: self.arn.clone(),
            event,
        };
        tokio::select! {
            biased;
            answer = self.api.invoke(invocation) => answer.map_err(FunctionError::Reported),
            status = self.child.wait() => Err(FunctionError::Crashed(exit(status))),
            () = tokio::time::sleep(self.timeout) => Err(FunctionError::TimedOut(self.timeout)),
        }
    }

    /// Ends the process, and waits until it is gone.
    pub(crate) async fn stop(mut self) {
        self.child.kill().await.ok();
    }
}

fn exit(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

/// What Lambda itself sets.
/// (docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html)
fn surroundings(function: &Function) -> BTreeMap<&'static str, String> {
    let name = &function.name;
    BTreeMap::from([
        ("_HANDLER", "bootstrap".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.clone()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.shape.memory_mb.to_string()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
        ("AWS_LAMBDA_LOG_LEVEL", "INFO".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", format!("[$LATEST]{}", uuid::Uuid::new_v4().simple())),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("TZ", ":UTC".to_owned()),
    ])
}
