//! A function under the Runtime API.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use local::runtime_api::{Invocation, RuntimeApi};

use crate::process::{Printed, Process};

/// How long an invocation may run: the dispatcher's `Timeout` in `infra/template.yaml`.
const TIMEOUT: Duration = Duration::from_secs(60);
/// What the dispatcher answers when no record has to come again.
pub const DONE: &str = r#"{"batchItemFailures":[]}"#;
/// How long its answer is waited for.
const PATIENCE: Duration = TIMEOUT.saturating_mul(2);
/// How long a program may take to start, on a busy machine.
const START: Duration = Duration::from_secs(30);

/// A function's process, and what hands it its events.
pub struct Function {
    /// The process.
    pub process: Process,
    /// What it prints.
    pub printed: Printed,
    /// From before it was started to its asking for the first event.
    pub started_in: Duration,
    runtime: RuntimeApi,
}

impl Function {
    /// Starts a program and waits until it asks for an event.
    ///
    /// # Panics
    /// When it does not.
    pub async fn start(program: &Path, arguments: &[&str], environment: &BTreeMap<String, String>) -> Self {
        let runtime = RuntimeApi::start().expect("a free port");
        let mut environment = environment.clone();
        environment.extend(lambda(&runtime));
        let began = Instant::now();
        let mut process = Process::start(program, arguments, &environment);
        let printed = process.count_output();
        let ready = process.awaited(START, "its asking for an event", runtime.initialized()).await;
        let started_in = began.elapsed();
        ready.unwrap_or_else(|why| panic!("{} does not start: {why}", process.name()));
        Self { process, printed, started_in, runtime }
    }

    /// Gives it an event and waits for the answer.
    ///
    /// # Panics
    /// When it reports an error, ends, or does not answer.
    pub async fn invoke(&self, event: Bytes) -> Bytes {
        let deadline_ms = crate::events::now() + i64::try_from(TIMEOUT.as_millis()).expect("a minute");
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:measured".to_owned();
        let invocation = Invocation { request_id: "request".to_owned(), deadline_ms, arn, event };
        let answer = self.process.awaited(PATIENCE, "its answer", self.runtime.invoke(invocation)).await;
        answer.unwrap_or_else(|error| panic!("{} reports {error}", self.process.name()))
    }

    /// Gives it a batch, all of whose events have to be done, and says how many milliseconds that took.
    ///
    /// # Panics
    /// When it reports an error, or that a record has to come again.
    pub async fn timed(&self, event: Bytes) -> f64 {
        let began = Instant::now();
        let answer = self.invoke(event).await;
        let took = began.elapsed();
        assert_eq!(answer, DONE.as_bytes());
        took.as_secs_f64() * 1e3
    }
}

/// What Lambda sets
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>).
fn lambda(runtime: &RuntimeApi) -> BTreeMap<String, String> {
    [
        ("AWS_LAMBDA_RUNTIME_API", runtime.address().to_string().as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", "measured"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/measured"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "measured"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
