//! Medians and spreads. A mean would let one interrupted run move the result; a best hides how often it happens.

/// How the runs of one thing are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Spread {
    /// Half of the samples are below, half above.
    pub median: f64,
    /// The median distance from the median, not scaled.
    pub mad: f64,
    /// A tenth of the samples is below.
    pub p10: f64,
    /// A tenth of the samples is above.
    pub p90: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of these samples; None: there are none.
    pub fn of(samples: impl IntoIterator<Item = f64>) -> Option<Self> {
        let sorted = sorted(samples);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let median = quantile(&sorted, 0.5);
        let distances = self::sorted(sorted.iter().map(|sample| (sample - median).abs()));
        Some(Self {
            median,
            mad: quantile(&distances, 0.5),
            p10: quantile(&sorted, 0.1),
            p90: quantile(&sorted, 0.9),
            min,
            max,
        })
    }
}

/// None: there are no samples.
pub(super) fn median(samples: impl IntoIterator<Item = f64>) -> Option<f64> {
    Spread::of(samples).map(|spread| spread.median)
}

fn sorted(samples: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<_> = samples.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Linear between the neighbours, as R's and NumPy's default (type 7).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() - 1) as f64 * share;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Spread;

    fn assert_near(found: f64, known: f64) {
        assert!((found - known).abs() < 1e-9, "{found} is not {known}");
    }

    /// By R 4: `quantile(x, c(.1, .5, .9))`, `mad(x, constant = 1)`.
    #[test]
    fn a_spread_is_what_r_says_of_known_samples() {
        for (samples, [median, mad, p10, p90]) in [
            (&[7.0][..], [7.0, 0.0, 7.0, 7.0]),
            (&[1.0, 2.0], [1.5, 0.5, 1.1, 1.9]),
            (&[3.0, 1.0, 2.0], [2.0, 1.0, 1.2, 2.8]),
            (&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0], [2.0, 1.0, 1.0, 7.2]),
            (&[10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0], [5.5, 2.5, 1.9, 9.1]),
            (&[-1.0, 0.0, 1.0, 1000.0], [0.5, 1.0, -0.7, 700.3]),
        ] {
            let spread = Spread::of(samples.iter().copied()).unwrap();
            for (found, known) in [(spread.median, median), (spread.mad, mad), (spread.p10, p10), (spread.p90, p90)] {
                assert_near(found, known);
            }
            assert_eq!(spread.min, samples.iter().copied().fold(f64::INFINITY, f64::min));
            assert_eq!(spread.max, samples.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }
    }

    #[test]
    fn of_no_samples_there_is_no_spread() {
        assert_eq!(Spread::of([]), None);
    }
}
