//! `make bench`: the release binaries of both functions, driven over the Lambda Runtime API,
//! beside the limit of sending and beside what a user would write instead. It prints tables
//! and, as its last line, every figure with its bar. It fails when a size or a count falls
//! short; ratios of times are for people to read.

mod bars;
mod contender;
mod events;
mod function;
mod gates;
mod machine;
mod measures;
mod process;
mod programs;
mod proxy;
mod report;
mod rounds;
mod sink;
mod world;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cost::inputs::Inputs;
use cost::measured::Measured;
use cost::page;
use cost::report::Report;
use serde_json::{Value, json};

use crate::gates::Gates;
use crate::machine::Machine;
use crate::programs::Programs;
use crate::world::World;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [release, node, measured, only @ ..] = arguments.as_slice() else {
        eprintln!("bench RELEASE_DIR NODE_DISPATCHER MEASURED_JSON [MEASURE …]");
        return ExitCode::FAILURE;
    };
    let panicked = note_panics();
    let programs = Programs::of(Path::new(release), Path::new(node));
    // A run that is broken off ends its programs and removes its files, too.
    let holds = tokio::select! {
        holds = run(programs, Path::new(measured), only) => holds,
        _ = tokio::signal::ctrl_c() => false,
    };
    if holds && !panicked.load(Ordering::SeqCst) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether any thread has panicked: where one of the emulators' or receivers' does, figures may be
/// wrong although the run goes on.
fn note_panics() -> Arc<AtomicBool> {
    let panicked = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&panicked);
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        noted.store(true, Ordering::SeqCst);
        tell(panic);
    }));
    panicked
}

/// Measures and prints. Says whether all that can fail a run holds.
async fn run(programs: Programs, measured: &Path, only: &[String]) -> bool {
    let Machine { hardware, node, rustc } = &Machine::this();
    println!("{hardware}, Node.js {node}, rustc {rustc}");
    let world = World::start(programs).await;
    let mut gates = Gates::default();
    if only.is_empty() {
        let all = measure_all(&world, &mut gates, hardware).await;
        for_the_cost(&all, measured, &mut gates);
    } else {
        for name in only {
            measure(&world, &mut gates, name).await;
        }
    }
    report::table("Bars", &gates.table());
    println!("\n{}", json!({ "machine": hardware, "node": node, "rustc": rustc, "gates": gates.all() }));
    !gates.fail()
}

/// One measure, for whoever works on what it measures.
async fn measure(world: &World, gates: &mut Gates, name: &str) {
    match name {
        "delivery" => measures::delivery::measure(world, gates).await,
        "answer" => measures::answer::measure(world, gates).await,
        "start" => drop(measures::start::measure(world, gates).await),
        "calls" => measures::calls::measure(world, gates).await,
        "dead" => measures::dead::measure(world, gates).await,
        "load" => measures::load::measure(world).await,
        "signing" => measures::signing::measure(world, gates),
        "api" => measures::api::measure(world, gates).await,
        "size" => drop(measures::size::measure(world, gates).await),
        "batches" => drop(measures::batches::measure(world).await),
        _ => panic!("there is no measure {name}"),
    }
}

/// All measures. Gives what the cost model needs.
async fn measure_all(world: &World, gates: &mut Gates, machine: &str) -> Value {
    // Load first: the more the emulated DynamoDB holds, the slower it is.
    for name in ["load", "delivery", "answer", "calls", "dead", "signing", "api"] {
        measure(world, gates, name).await;
    }
    let started = measures::start::measure(world, gates).await;
    let memory = measures::size::measure(world, gates).await;
    json!({
        "machine": machine,
        "date": events::now_as_date(),
        "batches": measures::batches::measure(world).await,
        "body_bytes": events::BODY_BYTES,
        "peak_memory_mib": memory.peak / 1_048_576.0,
        "init_ms": { "dispatcher": started.dispatcher_ms, "api": started.api_ms },
        "memory_per_tenant_bytes": memory.per_tenant,
    })
}

/// Writes down what was measured and says what a million events cost by it.
fn for_the_cost(measured: &Value, file: &Path, gates: &mut Gates) {
    let text = format!("{measured:#}\n");
    std::fs::write(file, &text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let measured = Measured::parse(&text).expect("all that the model needs");
    let report = Report::new(Inputs::built_in().expect("prices"), measured).expect("a report");
    println!("\n{}", page::tables(&report));
    gates.judge(&bars::COST, report.aimed());
}
