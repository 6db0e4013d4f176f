//! What `make fuzz` has found of use, gone through once more.

use std::fs;
use std::path::Path;

use self::targets::TARGETS;

/// Their crate is no member of the workspace, so that no test can depend on it.
#[path = "../fuzz/src/lib.rs"]
pub mod targets;

/// The inputs of one corpus, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
}

#[test]
fn every_corpus_keeps_the_promises_of_its_target() {
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        assert!(inputs.len() >= 10, "{name}: {}", inputs.len());
        assert!(inputs.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() < 64 * 1024, "{name} is large");
        for (path, bytes) in inputs {
            // Which one it was is said before the panic of the target.
            let kept = std::panic::catch_unwind(|| target(&bytes));
            assert!(kept.is_ok(), "{path}");
        }
    }
}
