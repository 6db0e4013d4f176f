//! `cost <measured.json> <docs folder>`: prints the tables, and writes cost.md and its two charts there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cost::fault::Fault;
use cost::inputs::Inputs;
use cost::measured::Measured;
use cost::report::Report;
use cost::{charts, page};

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [measured, docs] = arguments.as_slice() else {
        eprintln!("usage: cost <measured.json> <docs folder>");
        return ExitCode::from(2);
    };
    match run(measured, docs) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(measured: &Path, docs: &Path) -> Result<String, Fault> {
    let file = |path: &Path| {
        let path = path.to_owned();
        move |cause| Fault::File { path, cause }
    };
    let text = fs::read_to_string(measured).map_err(file(measured))?;
    let report = Report::new(Inputs::built_in()?, Measured::parse(&text)?)?;
    let written = [
        ("cost.md", page::page(&report)),
        ("cost.svg", charts::cost(&report)),
        ("scale.svg", charts::scale(&report)),
    ];
    for (name, text) in written {
        let path = docs.join(name);
        fs::write(&path, text).map_err(file(&path))?;
    }
    Ok(format!("{}\n{}\n", page::tables(&report), report.gates()))
}
