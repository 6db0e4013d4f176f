//! The bars: what is measured, how good it has to be, and how good it should be.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::row;

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Of two figures measured side by side; most are times, or follow from some.
    Ratio,
    /// In bytes.
    Size,
    /// Of calls or bytes for one unit of work.
    Count,
}

/// Which side of the bar is the good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Good {
    /// The bar itself and all above it.
    Above,
    /// The bar itself and all below it.
    Below,
}

/// A bar.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// Its name in the last line.
    pub name: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    /// What kind of figure.
    pub kind: Kind,
    /// Whether it is one of times. One that falls short does not fail the run.
    pub is_timed: bool,
    /// Which side is good.
    pub good: Good,
    /// What has to be met …
    pub gate: f64,
    /// … and what is aimed at.
    pub aim: f64,
}

/// A figure at its bar.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// What kind of figure.
    pub kind: Kind,
    /// The figure.
    pub value: f64,
    /// The bar.
    pub gate: f64,
    /// What is aimed at.
    pub aim: f64,
    /// Whether the bar is met.
    pub holds: bool,
}

/// All figures at their bars.
#[derive(Default)]
pub struct Gates {
    judged: BTreeMap<&'static str, Judged>,
    lines: Vec<Vec<String>>,
    fail: bool,
}

impl Bar {
    /// A bar that a figure must not exceed.
    pub const fn below(name: &'static str, what: &'static str, kind: Kind, (gate, aim): (f64, f64)) -> Self {
        Self { name, what, kind, is_timed: matches!(kind, Kind::Ratio), good: Good::Below, gate, aim }
    }

    /// A bar that a figure must reach.
    pub const fn above(name: &'static str, what: &'static str, kind: Kind, (gate, aim): (f64, f64)) -> Self {
        Self { name, what, kind, is_timed: matches!(kind, Kind::Ratio), good: Good::Above, gate, aim }
    }

    /// The same of figures that do not depend on the machine's mood.
    pub const fn untimed(self) -> Self {
        Self { is_timed: false, ..self }
    }

    fn is_met(&self, value: f64, bar: f64) -> bool {
        match self.good {
            Good::Above => value >= bar,
            Good::Below => value <= bar,
        }
    }
}

impl Gates {
    /// Judges a figure.
    pub fn judge(&mut self, bar: &Bar, value: f64) {
        let holds = bar.is_met(value, bar.gate);
        self.fail |= !holds && !bar.is_timed;
        let word = match (holds, bar.is_met(value, bar.aim)) {
            (true, true) => "aim met",
            (true, false) => "holds",
            (false, _) => "FALLS SHORT",
        };
        let figures = [value, bar.gate, bar.aim].map(|figure| shown(bar.kind, figure));
        let [value_shown, gate_shown, aim_shown] = figures;
        let sign = match bar.good {
            Good::Above => "≥",
            Good::Below => "≤",
        };
        let line =
            [bar.what, &value_shown, &format!("{sign} {gate_shown}"), &format!("{sign} {aim_shown}"), word];
        self.lines.push(line.map(str::to_owned).to_vec());
        let judged = Judged {
            kind: bar.kind,
            value: rounded(value),
            gate: rounded(bar.gate),
            aim: rounded(bar.aim),
            holds,
        };
        self.judged.insert(bar.name, judged);
    }

    /// The last line's `gates`.
    pub const fn all(&self) -> &BTreeMap<&'static str, Judged> {
        &self.judged
    }

    /// A table of them.
    pub fn table(&self) -> Vec<Vec<String>> {
        let mut rows = vec![row(["what", "measured", "gate", "aim", ""])];
        rows.extend_from_slice(&self.lines);
        rows
    }

    /// Whether anything but a time falls short.
    pub const fn fail(&self) -> bool {
        self.fail
    }
}

/// Four digits behind the point say more than any run here can know.
fn rounded(figure: f64) -> f64 {
    (figure * 10_000.0).round() / 10_000.0
}

fn shown(kind: Kind, figure: f64) -> String {
    match kind {
        Kind::Ratio => format!("{figure:.2}"),
        Kind::Size => format!("{:.2} MB", figure / 1e6),
        Kind::Count => format!("{figure:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_falls_short_fails_the_run_but_times() {
        let mut gates = Gates::default();
        gates.judge(&Bar::above("speed", "speed", Kind::Ratio, (0.5, 0.65)), 0.4);
        gates.judge(&Bar::below("size", "size", Kind::Size, (10.0, 5.0)), 10.0);
        assert!(!gates.all()["speed"].holds && gates.all()["size"].holds && !gates.fail());
        gates.judge(&Bar::below("calls", "calls", Kind::Count, (0.0, 0.0)), 0.1);
        assert!(gates.fail());
        let mut gates = Gates::default();
        let memory = Bar::below("memory", "memory", Kind::Ratio, (1.1, 1.0)).untimed();
        gates.judge(&memory, 1.1);
        assert!(!gates.fail());
        gates.judge(&memory, 1.2);
        assert!(gates.fail());
    }

    #[test]
    fn the_last_line_says_what_a_reader_needs() {
        let mut gates = Gates::default();
        gates.judge(&Bar::above("share", "share", Kind::Ratio, (0.5, 0.65)), 0.512_345);
        assert_eq!(
            serde_json::to_value(gates.all()).unwrap(),
            serde_json::json!({"share": {"kind": "ratio", "value": 0.5123, "gate": 0.5, "aim": 0.65, "holds": true}})
        );
        assert_eq!(gates.table()[1], ["share", "0.51", "≥ 0.50", "≥ 0.65", "holds"]);
    }
}
