//! When the next request of a source comes: one uniform number a request, mapped through the
//! cumulative rate. The same numbers give the same arrivals under every variant.

use super::Arrivals;
use super::course::{Course, Stretch, exponential, per_nanosecond, spend};
use crate::engine::{Draw, Key, Purpose};
use crate::units::SimTime;

/// Walks through the arrivals of one source.
#[derive(Debug, Clone)]
pub(super) enum ArrivalClock {
    /// Equal gaps after a random phase.
    Constant { gap: f64, phase: f64, count: u64 },
    /// Poisson arrivals at a steady rate; the mean gap [ns].
    Steady { mean_gap: f64, at: u64 },
    /// Poisson arrivals at a rate that varies.
    Varying {
        course: Course,
        at: u64,
        stretch: Stretch,
    },
}

impl ArrivalClock {
    /// The clock of a source; `key` is the luck of its states.
    pub(super) fn new(arrivals: &Arrivals, key: Key) -> Self {
        match arrivals {
            Arrivals::Poisson { rate } => Self::Steady {
                mean_gap: 1.0 / per_nanosecond(*rate),
                at: 0,
            },
            Arrivals::Constant { rate } => Self::Constant {
                gap: 1.0 / per_nanosecond(*rate),
                phase: 0.0,
                count: 0,
            },
            Arrivals::Piecewise {
                points,
                period,
                step,
            } => Self::varying(Course::points(points, *period, *step)),
            Arrivals::Bursts {
                quiet,
                busy,
                quiet_for,
                busy_for,
            } => Self::varying(Course::States {
                key: key.purpose(Purpose::Arrivals),
                index: 0,
                rates: [per_nanosecond(*quiet), per_nanosecond(*busy)],
                means: [quiet_for.as_nanos() as f64, busy_for.as_nanos() as f64],
            }),
        }
    }

    fn varying(mut course: Course) -> Self {
        let stretch = course.next(0);
        Self::Varying {
            course,
            at: 0,
            stretch,
        }
    }

    /// When the next request comes, given its luck; [`SimTime::NEVER`] if none comes any more.
    #[inline]
    pub(super) fn next(&mut self, draw: &mut Draw) -> SimTime {
        let nanos = match self {
            Self::Steady { mean_gap, at } => {
                *at = at.saturating_add((exponential(draw) * *mean_gap + 0.5) as u64);
                *at
            }
            Self::Constant { gap, phase, count } => {
                let luck = draw.uniform();
                if *count == 0 {
                    *phase = luck;
                }
                *count += 1;
                (((*count - 1) as f64 + *phase) * *gap) as u64
            }
            Self::Varying {
                course,
                at,
                stretch,
            } => {
                *at = spend(exponential(draw), *at, stretch, course);
                *at
            }
        };
        SimTime::from_nanos(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RunIndex;
    use crate::units::{Rate, SimDuration};

    fn rate(per_second: f64) -> Rate {
        Rate::per_second(per_second).unwrap()
    }

    /// Arrivals in each of `seconds` seconds, summed over 200 runs.
    fn counts(arrivals: &Arrivals, seconds: usize) -> Vec<f64> {
        let mut counts = vec![0.0; seconds];
        for run in 0..200 {
            let key = Key::of_run(5, RunIndex::new(run)).purpose(Purpose::Request);
            let mut clock = ArrivalClock::new(arrivals, key);
            for k in 0.. {
                let at = clock.next(&mut key.at(k));
                let Some(count) = counts.get_mut(at.since_start().as_secs() as usize) else {
                    break;
                };
                *count += 1.0;
            }
        }
        counts
    }

    /// Five standard deviations of a Poisson count around what the rate says.
    fn check(arrivals: &Arrivals, per_second: &[f64]) {
        let counts = counts(arrivals, per_second.len());
        for (second, (count, expected)) in counts.iter().zip(per_second).enumerate() {
            let (expected, spread) = (expected * 200.0, (expected * 200.0).sqrt());
            assert!(
                (count - expected).abs() <= 5.0 * spread,
                "{second}: {count}"
            );
        }
    }

    #[test]
    fn the_rate_is_the_one_asked_for() {
        check(&Arrivals::Poisson { rate: rate(50.0) }, &[50.0; 4]);
    }

    #[test]
    fn a_rate_through_points_is_linear_between_and_starts_again() {
        let secs = SimDuration::from_secs;
        let points = vec![
            (secs(0), rate(0.0)),
            (secs(2), rate(100.0)),
            (secs(3), rate(0.0)),
        ];
        let mut arrivals = Arrivals::Piecewise {
            points,
            period: Some(secs(4)),
            step: false,
        };
        check(&arrivals, &[25.0, 75.0, 50.0, 0.0, 25.0, 75.0, 50.0, 0.0]);
        if let Arrivals::Piecewise { step, period, .. } = &mut arrivals {
            (*step, *period) = (true, None);
        }
        check(&arrivals, &[0.0, 0.0, 100.0, 0.0, 0.0]);
    }

    #[test]
    fn constant_gaps_are_equal() {
        let key = Key::of_run(5, RunIndex::new(0)).purpose(Purpose::Request);
        let mut clock = ArrivalClock::new(&Arrivals::Constant { rate: rate(4.0) }, key);
        let times: Vec<u64> = (0..100)
            .map(|k| clock.next(&mut key.at(k)).as_nanos())
            .collect();
        assert!(times[0] < 250_000_000);
        assert!(
            times
                .windows(2)
                .all(|pair| (pair[1] - pair[0]).abs_diff(250_000_000) <= 1)
        );
    }

    #[test]
    fn bursts_have_the_mean_rate_of_their_states() {
        let arrivals = Arrivals::Bursts {
            quiet: rate(10.0),
            busy: rate(100.0),
            quiet_for: SimDuration::from_millis(300),
            busy_for: SimDuration::from_millis(100),
        };
        let counts = counts(&arrivals, 40);
        let mean = counts[5..].iter().sum::<f64>() / 35.0 / 200.0;
        // (10 x 3 + 100 x 1) / 4 = 32.5 a second. Variance of the integrated rate: with states
        // that switch at rates a = 1/0.3, b = 1/0.1, it grows by
        // 2 x 90^2 x (3/16) / (a + b) = 228 a second, plus Poisson 32.5: standard error
        // sqrt(260 / 7000) = 0.19; five of them.
        assert!((mean - 32.5).abs() < 0.96, "{mean}");
    }

    #[test]
    fn no_rate_means_no_arrival() {
        let key = Key::of_run(5, RunIndex::new(0)).purpose(Purpose::Request);
        let silent = Arrivals::Piecewise {
            points: vec![(SimDuration::ZERO, Rate::ZERO)],
            period: Some(SimDuration::SECOND),
            step: false,
        };
        for arrivals in [silent, Arrivals::Poisson { rate: Rate::ZERO }] {
            let mut clock = ArrivalClock::new(&arrivals, key);
            assert_eq!(clock.next(&mut key.at(0)), SimTime::NEVER);
        }
    }
}
