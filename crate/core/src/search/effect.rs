//! What a layer's error does to the model's outputs, from a few measurements.

use sepal_linalg::sort_by;

/// A layer's sensitivity: loss by squared error, rising.
///
/// Between measured points it is linear in the logarithms of both; below the first and beyond the
/// last it is proportional to the squared error (the second order of a small change). One point
/// alone is a plain factor; none stands for a factor of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effect {
    points: Vec<(f64, f64)>,
}

/// Losses below this are noise of the measurement.
const LEAST: f64 = 1e-9;
/// What a model that gives no numbers loses: more than any that gives some.
const MOST: f64 = 1e9;

impl Effect {
    /// From pairs of squared error and measured loss, in any order. Loss never falls as error rises:
    /// where it was measured to, the larger value holds.
    pub fn of(measured: &[(f64, f64)]) -> Self {
        let mut points: Vec<(f64, f64)> = measured
            .iter()
            .filter(|(e, l)| *e > 0.0 && !l.is_nan())
            .map(|(e, l)| (*e, l.clamp(LEAST, MOST)))
            .collect();
        sort_by(&mut points, |a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        points.dedup_by(|b, a| {
            let same = a.0 == b.0;
            if same {
                a.1 = a.1.max(b.1);
            }
            same
        });
        let mut largest = LEAST;
        for point in &mut points {
            largest = largest.max(point.1);
            point.1 = largest;
        }
        Self { points }
    }

    /// The expected loss at a squared error.
    pub fn at(&self, squared_error: f64) -> f64 {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return squared_error;
        };
        if squared_error <= 0.0 {
            return 0.0;
        }
        if squared_error <= first.0 {
            return first.1 * squared_error / first.0;
        }
        if squared_error >= last.0 {
            return last.1 * squared_error / last.0;
        }
        let above = self.points.partition_point(|p| p.0 < squared_error);
        let (a, b) = (self.points[above - 1], self.points[above]);
        let share = (squared_error / a.0).ln() / (b.0 / a.0).ln();
        (a.1.ln() + share * (b.1 / a.1).ln()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::Effect;

    #[test]
    fn it_goes_through_what_was_measured_and_never_falls() {
        let effect = Effect::of(&[(0.04, 0.02), (0.01, 0.001), (0.09, 0.015), (0.25, 0.5)]);
        assert!((effect.at(0.01) - 0.001).abs() < 1e-12);
        assert!((effect.at(0.04) - 0.02).abs() < 1e-12);
        assert!((effect.at(0.005) - 0.0005).abs() < 1e-12);
        assert!((effect.at(0.5) - 1.0).abs() < 1e-12);
        let losses: Vec<f64> = (0..100).map(|i| effect.at(f64::from(i) / 100.0)).collect();
        assert!(losses.windows(2).all(|p| p[0] <= p[1]));
    }

    #[test]
    fn without_measurements_the_error_itself_stands_in() {
        assert_eq!(Effect::of(&[]).at(0.3), 0.3);
        assert_eq!(Effect::of(&[(0.0, 1.0), (0.5, f64::NAN)]).at(0.3), 0.3);
        assert!(Effect::of(&[(0.1, 0.01), (0.5, f64::INFINITY)]).at(0.5) >= 1e9);
        assert_eq!(Effect::default().at(0.0), 0.0);
    }
}
