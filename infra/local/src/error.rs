//! What can keep the stack from starting, or from going on: each one a sentence
//! for the person at the terminal.

use std::path::PathBuf;

use crate::sandbox::FunctionError;

/// Why the stack, or a command about it, cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something listens on the port.
    #[error("Port {0} is taken: stop what listens there, or choose another port with PORT=.")]
    PortTaken(u16),
    /// Another stack has the folder.
    #[error("Another stack runs in {}: stop it, or choose another folder with STACK_DIR=.", .0.display())]
    FolderTaken(PathBuf),
    /// No stack has written its file there.
    #[error("No stack runs in {}: start one with `make run`, or name its folder with STACK_DIR=.", .0.display())]
    NoStack(PathBuf),
    /// There is no Python with moto.
    #[error("{} is missing: `make run` sets it up.", .0.display())]
    NoPython(PathBuf),
    /// A function was not built.
    #[error("The program {} is missing: build it with `cargo build -p {name}`.", .path.display())]
    NoProgram {
        /// Which function.
        name: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// A setting or argument that cannot be read.
    #[error("{name} is wrong: {why}.")]
    BadSetting {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file that cannot be read or written.
    #[error("{}: {source}.", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The template holds something that this stack cannot build.
    #[error("infra/template.yaml: {0}.")]
    Template(String),
    /// An emulator did not start, stopped, or refused a call.
    #[error("{name}: {why}.")]
    Emulator {
        /// Which.
        name: &'static str,
        /// What happened.
        why: String,
    },
    /// A function failed.
    #[error("The function {name} {source}. Its log is {}.", .log.display())]
    Function {
        /// Which.
        name: String,
        /// What happened.
        source: FunctionError,
        /// What it printed.
        log: PathBuf,
    },
    /// A key or certificate could not be made.
    #[error("No key or certificate could be made: {0}.")]
    Crypto(String),
    /// The operating system refused something.
    #[error("{0}.")]
    System(#[from] std::io::Error),
    /// A part of the stack does not answer as it should.
    #[error("{0}.")]
    NotReady(String),
}

impl Error {
    pub(crate) fn emulator(name: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Emulator { name, why: why.to_string() }
    }

    pub(crate) fn crypto(why: impl std::fmt::Display) -> Self {
        Self::Crypto(why.to_string())
    }

    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

/// What the stack's parts bring.
pub type Result<T> = std::result::Result<T, Error>;
