//! What an operator is told to do: `docs/operations.md` knows every alarm and every error line.

use std::collections::BTreeSet;
use std::path::Path;

const DOCUMENT: &str = include_str!("../../docs/operations.md");
const TEMPLATE: &str = include_str!("../../infra/template.yaml");

/// What stands in backticks in the first cells of the tables under this heading.
fn first_cells(heading: &str) -> BTreeSet<&'static str> {
    let (_, section) = DOCUMENT.split_once(&format!("## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    rows.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// The messages of all error lines in Rust files below this folder.
fn error_lines(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            error_lines(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for call in text.split("tracing::error!(").skip(1) {
                // The message is the last text before the call ends.
                let call = call.split("\")").next().unwrap();
                found.insert(call.rsplit('"').next().unwrap().to_owned());
            }
        }
    }
}

#[test]
fn every_alarm_is_explained() {
    let in_template: BTreeSet<&str> = TEMPLATE
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix("Alarm:"))
        .filter(|name| !name.starts_with([' ', '#']))
        .collect();
    let explained: BTreeSet<&str> =
        first_cells("The alarms").into_iter().filter_map(|name| name.strip_suffix("Alarm")).collect();
    assert!(in_template.len() >= 8, "{in_template:?}");
    assert_eq!(explained, in_template);
}

#[test]
fn every_error_line_is_explained() {
    let (root, mut written) = (Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), BTreeSet::new());
    for sources in
        ["functions/api/src", "functions/dispatcher/src", "shared/platform/src", "shared/domain/src"]
    {
        error_lines(&root.join(sources), &mut written);
    }
    let explained: BTreeSet<String> = first_cells("Error lines").into_iter().map(str::to_owned).collect();
    assert!(written.len() >= 15, "{written:?}");
    assert_eq!(explained, written);
}
