//! A function that does what its event says, in Python.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::*;
use crate::template::FunctionShape;

const FUNCTION: &str = r#"
import json, os, time, urllib.request
if "FAIL" in os.environ: raise SystemExit(3)
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(base + "next") as event:
        id, event = event.headers["Lambda-Runtime-Aws-Request-Id"], json.load(event)
    if event == "crash": os._exit(7)
    if event == "hang": time.sleep(60)
    if event == "slow": time.sleep(0.5)
    answer = {"pid": os.getpid(), "env": dict(os.environ)}
    kind = "error" if event == "error" else "response"
    urllib.request.urlopen(base + id + "/" + kind, json.dumps(answer).encode()).close()
"#;

struct Fixture {
    pool: Pool,
    folder: PathBuf,
}

impl Fixture {
    fn new(settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("pool-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
        let program = folder.join("function");
        std::fs::write(&program, format!("#!{}{FUNCTION}", python.display())).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let function = Function {
            name: "f".into(),
            program,
            shape: FunctionShape { timeout: Duration::from_secs(3), memory_mb: 256 },
            settings: settings.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            log: folder.join("f.log"),
        };
        Self { pool: Pool::new(function, 2), folder }
    }

    /// Invokes the function, and brings the process id that answered and its environment.
    async fn invoke(&self, event: &str) -> Result<(u64, serde_json::Value), FunctionError> {
        let answer = self.pool.invoke(Bytes::from(format!("\"{event}\""))).await?;
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        Ok((answer["pid"].as_u64().unwrap(), answer["env"].clone()))
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

fn is_running(pid: u64) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[tokio::test]
async fn a_warm_process_is_used_again_and_more_are_started_up_to_the_limit() {
    let f = Fixture::new(&[("TABLE_NAME", "main")]);
    f.pool.warm().await.unwrap();
    let (first, environment) = f.invoke("").await.unwrap();
    assert_eq!(f.invoke("").await.unwrap().0, first);
    assert_eq!(f.pool.processes(), [Process { pid: u32::try_from(first).unwrap(), is_busy: false }]);
    assert_eq!(
        (&environment["TABLE_NAME"], &environment["AWS_REGION"]),
        (&"main".into(), &"us-east-1".into())
    );
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    assert!(environment.get("HOME").is_none() && environment.get("PATH").is_none());

    let (a, b, c, d) = tokio::join!(f.invoke("slow"), f.invoke("slow"), f.invoke("slow"), f.invoke("slow"));
    let mut pids: Vec<_> = [a, b, c, d].into_iter().map(|answer| answer.unwrap().0).collect();
    pids.sort_unstable();
    pids.dedup();
    assert_eq!(pids.len(), 2);
    f.pool.stop().await;
    assert!(pids.into_iter().all(|pid| !is_running(pid)));
}

#[tokio::test]
async fn a_crash_fails_its_invocation_alone() {
    let f = Fixture::new(&[]);
    let (first, _) = f.invoke("").await.unwrap();
    assert!(matches!(f.invoke("crash").await, Err(FunctionError::Crashed(_))));
    let (second, _) = f.invoke("").await.unwrap();
    assert_ne!(first, second);
    assert_eq!(f.pool.crashes(), 1);
    assert!(matches!(f.invoke("error").await, Err(FunctionError::Reported(_))));
    assert_eq!(f.invoke("").await.unwrap().0, second);
    f.pool.stop().await;
}

#[tokio::test]
async fn a_process_that_takes_too_long_is_killed() {
    let f = Fixture::new(&[]);
    let (pid, _) = f.invoke("").await.unwrap();
    assert_eq!(f.invoke("hang").await, Err(FunctionError::TimedOut(Duration::from_secs(3))));
    assert!(!is_running(pid));
    f.invoke("").await.unwrap();
    f.pool.stop().await;
}

#[tokio::test]
async fn a_function_that_cannot_start_says_so() {
    let f = Fixture::new(&[("FAIL", "1")]);
    assert!(matches!(f.pool.warm().await, Err(Error::Function { source: FunctionError::Init(_), .. })));
    assert!(matches!(f.invoke("").await, Err(FunctionError::Init(_))));
}

#[tokio::test]
async fn stopping_ends_what_runs() {
    let f = Fixture::new(&[]);
    let (pid, _) = f.invoke("").await.unwrap();
    let begun = Instant::now();
    let (hung, ()) = tokio::join!(f.invoke("hang"), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(f.pool.processes(), [Process { pid: u32::try_from(pid).unwrap(), is_busy: true }]);
        f.pool.stop().await;
    });
    assert_eq!(hung, Err(FunctionError::Stopped));
    assert_eq!((f.pool.processes(), f.pool.crashes()), (Vec::new(), 0));
    assert!(begun.elapsed() < Duration::from_secs(2) && !is_running(pid));
}
