//! Figures that bear a noisy machine: medians, and an interval for a median that assumes nothing of how times are spread.

use serde::Serialize;

/// What an interval is to hold the true median with, at least.
const CONFIDENCE: f64 = 0.95;

/// How figures lie.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Half of them are no more.
    pub median: f64,
    /// A tenth of them are no more.
    pub p10: f64,
    /// Nine tenths of them are no more.
    pub p90: f64,
    /// How many there are.
    pub samples: usize,
}

impl Spread {
    /// Of at least one figure.
    pub(super) fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        Self {
            median: quantile(&figures, 0.5),
            p10: quantile(&figures, 0.1),
            p90: quantile(&figures, 0.9),
            samples: figures.len(),
        }
    }
}

/// How many times as long one stage takes as another, from rounds in which both ran one after the other: what slows the machine slows both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// The median of the rounds' ratios. More than 1: the stage takes longer than the other.
    pub median: f64,
    /// Where the true median is, with a confidence of at least 95 %; `None` where there are too few rounds to say (fewer than 6).
    pub interval: Option<(f64, f64)>,
    /// How many rounds there were.
    pub rounds: usize,
}

impl Ratio {
    /// Of the ratios of at least one round.
    pub(super) fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        Self { median: quantile(&rounds, 0.5), interval: interval(&rounds), rounds: rounds.len() }
    }

    /// Whether the rounds show one stage to be faster.
    pub(super) fn is_told(&self) -> bool {
        self.interval.is_some_and(|(low, high)| low > 1.0 || high < 1.0)
    }
}

/// The median of at least one figure.
pub(super) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    quantile(&figures, 0.5)
}

/// Between the two nearest of the sorted figures, in proportion.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

/// The two of the sorted figures, as near to each other as can be, between which the true median lies with the confidence asked for.
///
/// A figure is below the true median with probability 1/2, whatever the distribution, so the number of those that are is binomial: the
/// k-th smallest and the k-th largest enclose it unless fewer than k figures lie on one of its sides (W. J. Conover, "Practical
/// Nonparametric Statistics", section 3.2).
fn interval(sorted: &[f64]) -> Option<(f64, f64)> {
    let count = sorted.len();
    let mut probability = 0.5_f64.powi(i32::try_from(count).ok()?);
    let (mut outside, mut k) = (0.0, 0);
    while 2.0 * (outside + probability) <= 1.0 - CONFIDENCE {
        outside += probability;
        probability *= (count - k) as f64 / (k + 1) as f64;
        k += 1;
    }
    (k > 0).then(|| (sorted[k - 1], sorted[count - k]))
}

#[cfg(test)]
mod tests {
    use super::{Ratio, Spread, interval};

    fn numbers(count: u32) -> Vec<f64> {
        (1..=count).map(f64::from).collect()
    }

    #[test]
    fn quantiles_lie_between_the_nearest_figures() {
        let spread = Spread::of(vec![40.0, 10.0, 20.0, 30.0]);
        assert_eq!((spread.median, spread.samples), (25.0, 4));
        assert!((spread.p10 - 13.0).abs() < 1e-9 && (spread.p90 - 37.0).abs() < 1e-9, "{spread:?}");
        let one = Spread::of(vec![7.0]);
        assert_eq!((one.p10, one.median, one.p90), (7.0, 7.0, 7.0));
    }

    #[test]
    fn the_interval_of_a_median_is_that_of_the_tables_of_the_sign_test() {
        assert_eq!(interval(&numbers(5)), None);
        // Confidence 96.9 %, 96.1 %, 97.9 %, 96.5 %, 95.9 %.
        for (count, expected) in
            [(6, (1.0, 6.0)), (9, (2.0, 8.0)), (10, (2.0, 9.0)), (15, (4.0, 12.0)), (20, (6.0, 15.0))]
        {
            assert_eq!(interval(&numbers(count)), Some(expected), "{count}");
        }
        let (low, high) = interval(&numbers(1000)).unwrap();
        assert!(low > 460.0 && high < 540.0, "{low} {high}");
    }

    #[test]
    fn one_round_that_was_disturbed_changes_neither_median_nor_verdict() {
        let mut rounds = vec![1.9, 2.0, 2.1, 2.0, 1.9, 2.1, 2.0, 2.0, 2.1];
        let calm = Ratio::of(rounds.clone());
        rounds[0] = 400.0;
        let disturbed = Ratio::of(rounds);
        assert!(calm.is_told() && disturbed.is_told());
        assert_eq!((calm.median, disturbed.median), (2.0, 2.0));
        assert!(disturbed.interval.unwrap().1 < 2.2, "{disturbed:?}");
        assert!(!Ratio::of(vec![0.9, 1.1, 1.0, 0.95, 1.05, 1.02, 0.98]).is_told());
    }
}
