//! What the functions are measured against, one program a subcommand.

mod handler;
mod limit;
mod signing;

use std::error::Error;
use std::process::ExitCode;

/// Why a subcommand could not do its work, for people.
type Fault = Box<dyn Error + Send + Sync>;

const USAGE: &str = "baseline limit PORT CA_FILE CONNECTIONS BODY_FILE SECRET
baseline handler BODY_FILE
baseline signing ROUNDS";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["limit", port, ca_file, connections, body_file, secret] => {
            limit::run(&[port, ca_file, connections, body_file, secret])
        }
        ["handler", body_file] => handler::run(body_file),
        ["signing", rounds] => signing::run(rounds),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}
