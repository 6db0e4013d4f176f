//! What a run ran on.

use std::ffi::OsStr;
use std::process::Command;

use crate::contender::node;

/// The machine, and the versions that figures depend on beside our own.
pub struct Machine {
    /// Processor, how many of them, kernel.
    pub hardware: String,
    /// What runs the Node dispatchers.
    pub node: String,
    /// What compiled the programs: `make bench` does it just before, with the compiler of this folder.
    pub rustc: String,
}

impl Machine {
    /// This one.
    ///
    /// # Panics
    /// When Node or the compiler is missing.
    pub fn this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let model =
            cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
        let model = model.trim_start_matches(['\t', ' ', ':']);
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let hardware = format!(
            "{model}, {cores} cores, {}, Linux {}",
            std::env::consts::ARCH,
            read("/proc/sys/kernel/osrelease").trim()
        );
        Self { hardware, node: version(node().as_os_str()), rustc: version(OsStr::new("rustc")) }
    }
}

/// The number in what a program says: `v20.20.2`, `rustc 1.95.0 (59807616e 2026-04-14)`.
fn version(program: &OsStr) -> String {
    let said = Command::new(program).arg("--version").output();
    let said = said.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let mut words = said.split_whitespace().map(|word| word.trim_start_matches('v'));
    let number = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    number.unwrap_or("of an unknown version").to_owned()
}
