//! How the rate of arrivals goes on: stretches of linear rate, one after the other.

use crate::engine::{Draw, Key};
use crate::units::{Rate, SimDuration};

const NEVER: u64 = u64::MAX;

/// A time over which the rate is linear: requests per nanosecond.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    end: u64,
    rate: f64,
    slope: f64,
}

/// How the rate goes on.
#[derive(Debug, Clone)]
pub(super) enum Course {
    /// Through points, perhaps again and again.
    Points {
        points: Vec<(u64, f64)>,
        period: Option<u64>,
        step: bool,
        index: usize,
        cycle_start: u64,
    },
    /// Between a quiet and a busy state, each for an exponential time.
    States {
        key: Key,
        index: u64,
        rates: [f64; 2],
        means: [f64; 2],
    },
}

/// Requests per nanosecond.
pub(super) fn per_nanosecond(rate: Rate) -> f64 {
    rate.as_per_second() / 1e9
}

/// A standard exponential from a uniform number.
pub(super) fn exponential(draw: &mut Draw) -> f64 {
    -libm::log(draw.uniform())
}

/// Goes on from `at` until the expected number of arrivals has grown by `budget`.
pub(super) fn spend(
    mut budget: f64,
    mut at: u64,
    stretch: &mut Stretch,
    course: &mut Course,
) -> u64 {
    loop {
        let Stretch { end, rate, slope } = *stretch;
        if end == NEVER {
            let length = budget / rate;
            return if length < 1e19 {
                at.saturating_add(length as u64)
            } else {
                NEVER
            };
        }
        let length = (end - at) as f64;
        let area = length * (rate + slope * length / 2.0);
        if budget < area {
            let root = (rate * rate + 2.0 * slope * budget).max(0.0).sqrt();
            let passed = 2.0 * budget / (rate + root);
            stretch.rate = (rate + slope * passed).max(0.0);
            return at + (passed as u64).min(end - at);
        }
        budget -= area.max(0.0);
        at = end;
        *stretch = course.next(at);
    }
}

impl Course {
    pub(super) fn points(
        points: &[(SimDuration, Rate)],
        period: Option<SimDuration>,
        step: bool,
    ) -> Self {
        let points: Vec<(u64, f64)> = points
            .iter()
            .map(|(since, rate)| (since.as_nanos(), per_nanosecond(*rate)))
            .collect();
        let ever = points.iter().any(|(_, rate)| *rate > 0.0);
        Self::Points {
            points,
            period: period.map(SimDuration::as_nanos).filter(|p| ever && *p > 0),
            step,
            index: 0,
            cycle_start: 0,
        }
    }

    /// The stretch that begins at `at`, the end of the one before.
    pub(super) fn next(&mut self, at: u64) -> Stretch {
        match self {
            Self::States {
                key,
                index,
                rates,
                means,
            } => {
                let state = (*index % 2) as usize;
                let stay = exponential(&mut key.at(*index)) * means[state];
                *index += 1;
                Stretch {
                    end: at.saturating_add(stay as u64 + 1),
                    rate: rates[state],
                    slope: 0.0,
                }
            }
            Self::Points {
                points,
                period,
                step,
                index,
                cycle_start,
            } => {
                if period.is_some_and(|period| at >= *cycle_start + period) {
                    *cycle_start = at;
                    *index = 0;
                }
                let (start, rate) = points.get(*index).copied().unwrap_or((0, 0.0));
                let next = points.get(*index + 1).copied();
                *index += 1;
                let cycle_end = period.map_or(NEVER, |period| *cycle_start + period);
                let end = next
                    .map_or(NEVER, |(end, _)| *cycle_start + end)
                    .min(cycle_end);
                let slope = match next {
                    Some((end, then)) if !*step && end > start => {
                        (then - rate) / (end - start) as f64
                    }
                    _ => 0.0,
                };
                Stretch { end, rate, slope }
            }
        }
    }
}
