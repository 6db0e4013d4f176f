//! A program under measurement: what it prints, and what it takes of processor and memory
//! by the kernel's word.

mod talk;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::pin::pin;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::time::TimeValLike as _;
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

pub use self::talk::Talk;

/// How often it is looked whether a program that is waited for still runs.
const LOOK: Duration = Duration::from_secs(1);

/// A running child. It ends when it is dropped.
pub struct Process {
    name: String,
    child: Mutex<Child>,
    pid: Pid,
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
        // Two arguments tell the programs of a run apart.
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let name = [&[&*name], arguments.get(..2).unwrap_or(arguments)].concat().join(" ");
        Self { name, child: Mutex::new(child), pid, clock }
    }

    /// What it was started as.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Waits for what this program brings about.
    ///
    /// # Panics
    /// When it ends before that, or when that takes longer than `patience`.
    pub async fn awaited<T>(&self, patience: Duration, what: &str, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let began = Instant::now();
        loop {
            if let Ok(done) = tokio::time::timeout(LOOK, work.as_mut()).await {
                return done;
            }
            let waited = began.elapsed();
            if self.ended().is_some() || waited > patience {
                panic!("{}; {what} was awaited for {:.0} s", self.fate(), waited.as_secs_f64());
            }
        }
    }

    /// Which program it is, and whether it still runs: for whoever waits for it in vain.
    pub fn fate(&self) -> String {
        // Its output ends a moment before it does.
        let look = |_| {
            self.ended().or_else(|| {
                std::thread::sleep(LOOK / 20);
                None
            })
        };
        match (0..20).find_map(look) {
            Some(status) => format!("{} has ended ({status})", self.name),
            None => format!("{} still runs", self.name),
        }
    }

    fn ended(&self) -> Option<ExitStatus> {
        self.child.lock().expect("nobody panics with it").try_wait().expect("it is our child")
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
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("the kernel says it");
        let kilobytes: u64 =
            line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number");
        kilobytes * 1_024
    }

    /// What it is told and what it answers, line by line.
    pub fn talk(mut self) -> Talk {
        let child = self.child.get_mut().expect("nobody panics with it");
        let (to, from) = (child.stdin.take(), child.stdout.take());
        Talk::with(self, to.expect("taken once"), from.expect("taken once"))
    }

    /// Reads away what it prints, and counts it.
    pub fn count_output(&mut self) -> Printed {
        let printed = Printed::default();
        let counted = printed.clone();
        let child = self.child.get_mut().expect("nobody panics with it");
        let mut from = child.stdout.take().expect("taken once");
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
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // It may have ended already.
        child.kill().ok();
        child.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> Process {
        Process::start(Path::new("/bin/sh"), &["-c", "exit 3"], &BTreeMap::new())
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "sh -c exit 3 has ended (exit status: 3); its answer was awaited")]
    async fn who_waits_for_a_program_that_has_ended_learns_so() {
        ends().awaited(Duration::MAX, "its answer", std::future::pending::<()>()).await;
    }

    #[test]
    #[should_panic(expected = "sh -c exit 3 has ended (exit status: 3); \"ready\" was awaited")]
    fn who_listens_to_a_program_that_has_ended_learns_so() {
        ends().talk().hear("ready");
    }
}
