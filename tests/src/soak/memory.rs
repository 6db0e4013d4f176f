//! How much memory the dispatchers take, by the kernel's word.

use std::sync::Mutex;

use tokio::time::Instant;

/// What was measured, and when.
pub(super) struct Samples {
    began: Instant,
    kilobytes: Mutex<Vec<(Instant, u64)>>,
}

/// The dispatchers' resident memory in the four quarters of the run, in kB.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Memory {
    /// The medians of all processes' samples.
    pub medians: [u64; 4],
    /// The largest samples.
    pub most: [u64; 4],
    /// How many samples there are.
    pub samples: usize,
}

impl Memory {
    /// How many times what it was in the second quarter it is in the last one: the
    /// median or the largest, whichever grew more. Young processes in the place of
    /// killed ones lower the median alone.
    #[allow(clippy::cast_precision_loss, reason = "no process has 2^52 kB")]
    pub fn growth(&self) -> f64 {
        let grew = |quarters: [u64; 4]| quarters[3] as f64 / quarters[1].max(1) as f64;
        grew(self.medians).max(grew(self.most))
    }
}

impl Samples {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), kilobytes: Mutex::default() }
    }

    /// Measures these processes; one that has just ended is passed over.
    pub(super) fn take(&self, pids: impl Iterator<Item = u32>) {
        let now = Instant::now();
        let taken = pids.filter_map(resident).map(|kilobytes| (now, kilobytes));
        self.kilobytes.lock().unwrap().extend(taken);
    }

    /// Judges what was measured so far.
    pub(super) fn memory(&self) -> Memory {
        let samples = self.kilobytes.lock().unwrap();
        let lasted = samples.last().map(|(at, _)| at.duration_since(self.began)).unwrap_or_default();
        let mut quarters: [Vec<u64>; 4] = Default::default();
        for (at, kilobytes) in samples.iter() {
            let quarter = (0..3).find(|quarter| at.duration_since(self.began) < lasted * (quarter + 1) / 4);
            quarters[quarter.map_or(3, |quarter| quarter as usize)].push(*kilobytes);
        }
        for quarter in &mut quarters {
            quarter.sort_unstable();
        }
        Memory {
            medians: quarters.each_ref().map(|quarter| quarter.get(quarter.len() / 2).copied().unwrap_or(0)),
            most: quarters.each_ref().map(|quarter| quarter.last().copied().unwrap_or(0)),
            samples: samples.len(),
        }
    }
}

/// VmRSS of a process, in kB (man 5 proc_pid_status).
fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_quarter_counts_what_was_measured_in_it() {
        let samples = Samples::new();
        let at = |tenths: u32| samples.began + Duration::from_millis(100) * tenths;
        // The last sample ends the run.
        let taken =
            [(0, 9), (1, 20), (2, 30), (4, 10), (4, 12), (4, 11), (6, 50), (9, 12), (9, 15), (10, 14)];
        samples.kilobytes.lock().unwrap().extend(taken.map(|(tenths, kilobytes)| (at(tenths), kilobytes)));
        let memory = samples.memory();
        assert_eq!((memory.medians, memory.most), ([20, 11, 50, 14], [30, 12, 50, 15]));
        assert!((memory.growth() - 14.0 / 11.0).abs() < 1e-9, "{}", memory.growth());
    }

    #[test]
    fn the_kernel_says_how_much_memory_a_process_has() {
        let samples = Samples::new();
        samples.take([std::process::id(), u32::MAX].into_iter());
        let memory = samples.memory();
        assert_eq!(memory.samples, 1, "nobody has the other number");
        assert!(memory.most[3] > 1_000, "{memory:?}");
    }
}
