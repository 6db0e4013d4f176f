//! `make soak`: the long run. Its arguments are the folder of the functions' programs,
//! the one for their logs, and the seed.
//!
//! An example and no binary, since `make run` builds all binaries.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use e2e::soak::{Places, Plan, Soak};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bin_dir, state_dir, seed] = arguments.as_slice() else {
        eprintln!("soak BIN_DIR STATE_DIR SEED");
        return ExitCode::FAILURE;
    };
    let Ok(seed) = seed.parse() else {
        eprintln!("{seed} is no seed: a number is");
        return ExitCode::FAILURE;
    };
    let places = Places { bin_dir: Some(PathBuf::from(bin_dir)), state_dir: PathBuf::from(state_dir) };
    let plan = Plan { seed, ..Plan::full() };
    tokio::select! {
        code = run(plan, places) => code,
        () = end() => ExitCode::FAILURE,
    }
}

async fn run(plan: Plan, places: Places) -> ExitCode {
    eprintln!("Starting …");
    let soak = Soak::start(plan, places).await;
    let progress = async {
        loop {
            tokio::time::sleep(Duration::from_secs(10)).await;
            eprintln!("{soak}");
        }
    };
    let report = tokio::select! {
        report = soak.run() => report,
        () = progress => unreachable!(),
    };
    soak.stop().await;
    println!("{report}\n{}", report.json());
    if report.faults().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ctrl-C, SIGTERM, or the terminal's end. Dropping the run ends its processes.
async fn end() {
    let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [mut interrupt, mut terminate, mut hangup] = signals.map(|kind| signal(kind).unwrap());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}
