//! Rounds: what is compared takes turns, so that a busy moment of the machine meets all alike.

/// A figure of many rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The median.
    pub median: f64,
    /// The smallest …
    pub least: f64,
    /// … and the largest.
    pub most: f64,
}

impl Figure {
    /// The figure of these rounds.
    ///
    /// # Panics
    /// Without a round.
    pub fn of(rounds: impl IntoIterator<Item = f64>) -> Self {
        let mut rounds: Vec<f64> = rounds.into_iter().collect();
        rounds.sort_by(f64::total_cmp);
        let (Some(&least), Some(&most)) = (rounds.first(), rounds.last()) else { panic!("no round") };
        let middle = rounds.len() / 2;
        let median = if rounds.len() % 2 == 1 {
            rounds[middle]
        } else {
            f64::midpoint(rounds[middle - 1], rounds[middle])
        };
        Self { median, least, most }
    }

    /// The figure of one series over another, round by round.
    pub fn ratio(over: &[f64], under: &[f64]) -> Self {
        Self::of(over.iter().zip(under).map(|(over, under)| over / under))
    }

    /// For a table: the median, and the spread.
    pub fn shown(&self, digits: usize) -> String {
        format!("{:.digits$} ({:.digits$}–{:.digits$})", self.median, self.least, self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_round_counts() {
        assert_eq!(Figure::of([9.0, 1.0, 2.0]), Figure { median: 2.0, least: 1.0, most: 9.0 });
        assert_eq!(Figure::of([4.0, 1.0, 2.0, 9.0]).median, 3.0);
        assert_eq!(Figure::ratio(&[4.0, 9.0, 8.0], &[2.0, 3.0, 2.0]).median, 3.0);
    }
}
