//! A conversation with a child, a line at a time.

use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::{ChildStdin, ChildStdout};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Process;

/// How long a child may say nothing, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A child with its input and output.
pub struct Talk {
    /// The child.
    pub process: Process,
    to: ChildStdin,
    from: ChildStdout,
    heard: Vec<u8>,
}

impl Talk {
    pub(super) const fn with(process: Process, to: ChildStdin, from: ChildStdout) -> Self {
        Self { process, to, from, heard: Vec::new() }
    }

    /// Waits for its next line, which has to be this one. It says nothing that it was not asked.
    ///
    /// # Panics
    /// When it says something else, nothing, or has ended.
    pub fn hear(&mut self, expected: &str) {
        while !self.heard.ends_with(b"\n") {
            assert!(self.hears_more(), "{}; {expected:?} was awaited", self.process.fate());
        }
        let line = String::from_utf8_lossy(&self.heard);
        assert_eq!(line.trim_end(), expected, "of {}", self.process.name());
        self.heard.clear();
    }

    /// Tells it a line.
    ///
    /// # Panics
    /// When it has ended.
    pub fn say(&mut self, line: &str) {
        let said = writeln!(self.to, "{line}");
        said.unwrap_or_else(|error| panic!("{}; {line:?} was not taken: {error}", self.process.fate()));
    }

    /// All that it prints until it ends.
    ///
    /// # Panics
    /// When it goes on for long without a word.
    pub fn rest(mut self) -> String {
        while self.hears_more() {}
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// Waits for more on the thread that asks: another one would hand it on more slowly than it came.
    fn hears_more(&mut self) -> bool {
        let patience = PollTimeout::try_from(PATIENCE).expect("two minutes");
        let came = loop {
            let mut ready = [PollFd::new(self.from.as_fd(), PollFlags::POLLIN)];
            match poll(&mut ready, patience) {
                Err(Errno::EINTR) => {}
                came => break came.expect("a pipe can be waited for"),
            }
        };
        assert!(came > 0, "{}; it has said nothing for {} s", self.process.fate(), PATIENCE.as_secs());
        let mut bytes = [0; 1_024];
        let count = self.from.read(&mut bytes).expect("it prints something");
        self.heard.extend_from_slice(&bytes[..count]);
        count > 0
    }
}
