//! The commands: `run`, `token`, `event`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks on its standard streams"
)]

mod event;
mod run;
mod token;

use std::path::PathBuf;

use crate::environment::Environment;
use crate::error::{Error, Result};

const USAGE: &str = "\
local run           starts the whole service on this machine (PORT, STACK_DIR)
local token         prints a token (TENANT, SUBJECT, ROLE, EXPIRES; or --tenant acme …)
local event FILE    puts a message on the events queue and says what became of it";

/// Carries out a command. Settings that are empty count as not set.
///
/// # Errors
/// Why it could not; a sentence for the person at the terminal.
pub async fn run(arguments: &[String], environment: &Environment) -> Result<()> {
    let environment: Environment =
        environment.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| (n.clone(), v.clone())).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["run"] => run::run(&environment).await,
        ["token", flags @ ..] => token::token(&environment, flags).await,
        ["event", file] => event::event(&environment, file).await,
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(Error::BadSetting {
            name: "The command".to_owned(),
            why: format!("these are known:\n{USAGE}"),
        }),
    }
}

/// Where the stack is.
fn folder(environment: &Environment) -> PathBuf {
    environment.get("STACK_DIR").map_or_else(|| PathBuf::from(".local"), PathBuf::from)
}
