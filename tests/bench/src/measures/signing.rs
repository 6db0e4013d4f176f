//! Ten signatures, in each of the two headers, beside ten bare hashes, in a process of their own.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::bars;
use crate::gates::Gates;
use crate::process::Process;
use crate::report::{row, table};
use crate::world::World;

const ROUNDS: &str = "21";

/// 1 KB and 256 KB.
pub fn measure(world: &World, gates: &mut Gates) {
    let baseline = world.programs.path("baseline");
    let process = Process::start(&baseline, &["signing", ROUNDS], &BTreeMap::new());
    let measured: Value = serde_json::from_str(&process.talk().rest()).expect("a line of JSON");
    let mut rows = vec![row(["10 secrets", "signed, µs", "10 bare SHA-256, µs", "ratio"])];
    for (bytes, bar) in [("1024", &bars::SIGNING_1_KB), ("262144", &bars::SIGNING_256_KB)] {
        let ratios =
            [("soteri", "X-Soteri-Signature"), ("standard", "webhook-signature")].map(|(key, header)| {
                let figure = |name: &str| measured[bytes][key][name].as_f64().expect("a figure");
                let micros = |name: &str| format!("{:.1}", figure(name) / 1e3);
                let (what, ratio) = (format!("{header}, {bytes} bytes"), figure("ratio"));
                rows.push(row([&what, &micros("signed_ns"), &micros("bare_ns"), &format!("{ratio:.3}")]));
                ratio
            });
        gates.judge(bar, ratios[0].max(ratios[1]));
    }
    table("Signing", &rows);
}
