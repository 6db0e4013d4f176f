//! A program under measurement: what it prints, and what it takes of processor and memory
//! by the kernel's word.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::sys::time::TimeValLike as _;
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

/// A running child. It ends when it is dropped.
pub struct Process {
    child: Child,
    clock: ClockId,
}

/// How many bytes a child has printed.
#[derive(Clone, Default)]
pub struct Printed(Arc<AtomicU64>);

impl Process {
    /// Starts a program with this environment and no other.
    ///
    /// # Panics
    /// When it cannot be started, as everything here does.
    pub fn start(program: &Path, arguments: &[&str], environment: &BTreeMap<String, String>) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(environment);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let child = child.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process's number"));
        let clock = clock_getcpuclockid(pid).expect("a child has a clock");
        Self { child, clock }
    }

    /// User and system time so far, of all threads there ever were.
    pub fn cpu(&self) -> Duration {
        let taken = clock_gettime(self.clock).expect("a child has a clock");
        Duration::from_nanos(u64::try_from(taken.num_nanoseconds()).expect("a time since the start"))
    }

    /// The most memory that was resident at any time, in bytes (`VmHWM`, man 5 proc_pid_status).
    pub fn peak_memory(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// The memory that is resident now, in bytes.
    pub fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("the kernel says it");
        let kilobytes: u64 =
            line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number");
        kilobytes * 1_024
    }

    /// What it is told and what it answers, line by line.
    pub fn talk(&mut self) -> Talk {
        let to = self.child.stdin.take().expect("taken once");
        let from = BufReader::new(self.child.stdout.take().expect("taken once"));
        Talk { to, from }
    }

    /// Reads away what it prints, and counts it.
    pub fn count_output(&mut self) -> Printed {
        let printed = Printed::default();
        let counted = printed.clone();
        let mut from = self.child.stdout.take().expect("taken once");
        std::thread::spawn(move || {
            let mut bytes = [0; 8 * 1_024];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                counted.0.fetch_add(count as u64, Ordering::SeqCst);
            }
        });
        printed
    }
}

impl Printed {
    /// So far, once nothing more comes: another thread reads.
    pub async fn settled(&self) -> u64 {
        let mut before = self.0.load(Ordering::SeqCst);
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = self.0.load(Ordering::SeqCst);
            if now == before {
                return now;
            }
            before = now;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A child's input and output.
pub struct Talk {
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Talk {
    /// Waits for its next line, which has to be this one.
    pub fn hear(&mut self, expected: &str) {
        let mut line = String::new();
        self.from.read_line(&mut line).expect("it prints text");
        assert_eq!(line.trim_end(), expected, "of a child");
    }

    /// Tells it a line.
    pub fn say(&mut self, line: &str) {
        writeln!(self.to, "{line}").expect("it listens");
    }

    /// All that it prints until it ends.
    pub fn rest(mut self) -> String {
        let mut text = String::new();
        self.from.read_to_string(&mut text).expect("it prints text");
        text
    }
}
