//! The verdict on one row.

use super::cells::Row;
use super::chain::Chain;
use super::rare::Expected;
use super::replication::Seen;

/// Beyond this, a row is broken. 652 right rows exceed it once in 24 campaigns.
const Z_LIMIT: f64 = 4.0;

/// How a row was judged, and how far off it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Judged {
    pub(super) z: f64,
    /// Relative error of the row's quantity, where replications tell it.
    pub(super) error: Option<f64>,
    pub(super) holds: bool,
}

/// What is compared: values by replication, their expectation, how large a relative error of the
/// row's quantity one of the measure means, and the largest allowed.
struct Measure {
    values: Vec<f64>,
    expected: f64,
    gain: f64,
    limit: f64,
}

impl Measure {
    fn plain(row: &Row, seen: &[Seen], part: impl Fn(&Seen) -> f64) -> Self {
        let values = seen.iter().map(part).collect();
        Self {
            values,
            expected: row.value,
            gain: 1.0,
            limit: 0.01,
        }
    }

    /// Quantiles by the share of waits beyond the exact one. The tail is exponential with rate
    /// c (1 - ρ), so dx / x = dp / p / (rate x).
    fn quantile(row: &Row, seen: &[Seen], place: usize) -> Self {
        let rate = f64::from(row.cell.servers) * (1.0 - row.cell.load);
        Self {
            values: seen.iter().map(|s| s.beyond[place]).collect(),
            expected: 1.0 - row.quantile,
            gain: 1.0 / (rate * row.value),
            limit: 0.03,
        }
    }

    fn of(row: &Row, seen: &[Seen], place: usize) -> Self {
        match row.metric.as_str() {
            "erlangB" | "loss" => Self::plain(row, seen, |s| s.loss),
            "erlangC" => Self::plain(row, seen, |s| s.waiting_share),
            "Wq" => Self::plain(row, seen, |s| s.wait),
            "W" => Self::plain(row, seen, |s| s.sojourn),
            "Lq" => Self::plain(row, seen, |s| s.length),
            "throughput" => Self::plain(row, seen, |s| s.throughput),
            "Wq_quantile" => Self::quantile(row, seen, place),
            other => panic!("unknown metric {other}"),
        }
    }

    /// By the mean of replications and its standard error.
    fn judge(&self) -> Judged {
        let (mean, deviation) = estimate(&self.values);
        let z = (mean - self.expected) / deviation;
        let error = (mean / self.expected - 1.0) * self.gain;
        let precise = deviation / self.expected * self.gain < 0.003;
        let holds = z.abs() <= Z_LIMIT && !(precise && error.abs() > self.limit);
        Judged {
            z,
            error: Some(error),
            holds,
        }
    }
}

/// Mean over replications and its standard error.
fn estimate(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Judges a row; `requests` were expected in all replications together, `place` is the row's
/// place in [`Seen::beyond`].
pub(super) fn judge(row: &Row, seen: &[Seen], requests: f64, place: usize) -> Judged {
    let measure = Measure::of(row, seen, place);
    if row.metric == "Wq_quantile" && row.value == 0.0 {
        // The quantile is zero: at most this share waits at all.
        let waiting = Measure {
            values: seen.iter().map(|s| s.waiting_share).collect(),
            ..measure
        };
        let z = waiting.judge().z.max(0.0);
        // Nobody waited anywhere: no deviation to divide by, and nothing above the share.
        let z = if z.is_nan() { 0.0 } else { z };
        return Judged {
            z,
            error: None,
            holds: z <= Z_LIMIT,
        };
    }
    if row.value == 0.0 {
        // No queue, no wait.
        let none = measure.values.iter().all(|value| *value == 0.0);
        return Judged {
            z: 0.0,
            error: None,
            holds: none,
        };
    }
    if let Some(z) = rare(row, seen, requests, place) {
        return Judged {
            z,
            error: None,
            holds: z.abs() <= Z_LIMIT,
        };
    }
    measure.judge()
}

/// z of an event too rare for replications; absent where there are enough.
fn rare(row: &Row, seen: &[Seen], requests: f64, place: usize) -> Option<f64> {
    let cell = &row.cell;
    if cell.scv != 1.0 {
        return None;
    }
    let servers = cell.servers as usize;
    let count = |share: f64, from: usize, events: &dyn Fn(&Seen) -> f64| {
        let mean = share * requests;
        let expected = Expected {
            mean,
            dispersion: Chain::of(cell).dispersion(from),
        };
        let events: f64 = seen.iter().map(events).sum();
        expected
            .is_rare()
            .then(|| expected.z_of_count(events.round() as u64))
    };
    match row.metric.as_str() {
        "erlangB" | "loss" => {
            let full = servers + cell.queue.expect("losses need a bound") as usize;
            count(row.value, full, &|s| s.lost)
        }
        "erlangC" => count(row.value, servers, &|s| s.waiting_share * s.accepted),
        "Wq_quantile" => {
            // A wait of x is c x services ahead on average: clusters of waits beyond x are as
            // large as those of arrivals that find so many.
            let ahead = (f64::from(cell.servers) * row.value) as usize;
            count(1.0 - row.quantile, servers + ahead, &|s| {
                s.beyond[place] * s.accepted
            })
        }
        "Wq" | "Lq" if cell.queue.is_none() => {
            let time = requests / (cell.load * f64::from(cell.servers));
            let queued = |state: usize| state.saturating_sub(servers) as f64;
            let length = if row.metric == "Lq" {
                row.value
            } else {
                row.value * requests / time
            };
            let variance = Chain::of(cell).variance_rate(queued, servers);
            let expected = Expected {
                mean: length * time,
                dispersion: variance / length,
            };
            let waited: f64 = seen.iter().map(|s| s.wait * s.accepted).sum();
            expected.is_rare().then(|| expected.z_of_sum(waited))
        }
        _ => None,
    }
}
