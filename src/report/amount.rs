//! Numbers as people read them: as many digits as their interval bears, a true minus sign, no
//! negative zero, the unit said once.

use crate::experiment::{Estimate, Results};
use crate::metrics::{Kind, Metric};

/// How amounts of money are scaled in tables and charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dollars {
    /// Of one rollout.
    Each,
    /// Of a thousand rollouts, where one costs less than a few cents.
    Thousand,
}

impl Dollars {
    /// The scale that suits the costs of all variants.
    pub(super) fn of(results: &Results) -> Self {
        let costs = results.variants.iter();
        let costs = costs.map(|it| it.metrics.excess_of(Metric::CostUsd).and_then(|it| it.mean));
        let small = |cost: Option<f64>| cost.is_some_and(|cost| cost.abs() < 0.05);
        match !results.variants.is_empty() && costs.into_iter().all(small) {
            true => Self::Thousand,
            false => Self::Each,
        }
    }
    /// What an amount of one rollout is multiplied with.
    pub(super) fn factor(self) -> f64 {
        match self {
            Self::Each => 1.0,
            Self::Thousand => 1000.0,
        }
    }
}

/// An estimate in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// The mean with its unit, or a dash.
    pub(super) mean: String,
    /// `± 23`, empty without an interval.
    pub(super) half: String,
    /// `28 … 73`, without the unit; empty without an interval.
    pub(super) range: String,
}

/// An estimate in words, money of one rollout.
pub(super) fn words(metric: Metric, estimate: Option<&Estimate>) -> Words {
    words_scaled(metric, estimate, Dollars::Each)
}

/// An estimate in words.
pub(super) fn words_scaled(metric: Metric, estimate: Option<&Estimate>, dollars: Dollars) -> Words {
    let none = Words {
        mean: "–".to_owned(),
        half: String::new(),
        range: String::new(),
    };
    let Some((estimate, mean)) = estimate.and_then(|it| Some((it, it.mean?))) else {
        return none;
    };
    let factor = match metric.kind() {
        Kind::Share => 100.0,
        Kind::Usd => dollars.factor(),
        _ => 1.0,
    };
    let mean = factor * mean;
    let Some((low, high)) = estimate.low.zip(estimate.high) else {
        return Words {
            mean: with_unit(metric, &digits(mean, significant(mean))),
            ..none
        };
    };
    let (low, high) = (factor * low, factor * high);
    let half = (mean - low).max(high - mean);
    // Rounding of sums leaves a width of a few bits where there is none.
    if half <= 1e-9 * mean.abs() {
        let equal = estimate.p50 == estimate.mean && estimate.worst == estimate.mean;
        let range = match (estimate.runs > 1, equal) {
            (true, true) => "every run".to_owned(),
            (true, false) => "no spread".to_owned(),
            (false, _) => String::new(),
        };
        return Words {
            mean: with_unit(metric, &digits(mean, significant(mean))),
            half: if range.is_empty() {
                String::new()
            } else {
                "± 0".to_owned()
            },
            range,
        };
    }
    let fine = 1 - magnitude(half);
    let most = match metric {
        Metric::Availability | Metric::UserUptime(_) => CLOSE_TO_ALL,
        _ if mean == 0.0 => fine,
        _ => significant(mean) + 1,
    };
    if fine > most {
        return Words {
            mean: with_unit(metric, &digits(mean, most)),
            half: format!("± {}", digits(up(half, most), most)),
            range: format!("{} … {}", digits(low, most), digits(high, most)),
        };
    }
    // Three digits are enough for a mean whose interval bears four, except close to 100 %.
    let coarse = match metric {
        Metric::Availability | Metric::UserUptime(_) => fine,
        _ => fine.min(significant(mean)),
    };
    Words {
        mean: with_unit(metric, &digits(mean, coarse)),
        half: format!("± {}", digits(half, fine)),
        range: format!("{} … {}", digits(low, fine), digits(high, fine)),
    }
}

/// The most decimals of a percentage that lives close to 100 %; of any other number an interval shows
/// four digits at most, so that a narrower one has equal ends.
const CLOSE_TO_ALL: i32 = 5;

/// A value of a metric with its unit, three significant digits or so.
pub(super) fn amount(metric: Metric, value: f64) -> String {
    match metric.kind() {
        Kind::Share => with_unit(metric, &share(metric, 100.0 * value)),
        _ => with_unit(metric, &short(value)),
    }
}

fn with_unit(metric: Metric, number: &str) -> String {
    match metric.kind() {
        Kind::Share => format!("{number} %"),
        Kind::Seconds => format!("{number} s"),
        Kind::Milliseconds => format!("{number} ms"),
        Kind::Count => number.to_owned(),
        Kind::Usd => match number.strip_prefix('−') {
            Some(positive) => format!("−${positive}"),
            None => format!("${number}"),
        },
        Kind::Hours => format!("{number} h"),
        Kind::Minutes => format!("{number} min"),
    }
}

/// Availability lives close to 100 %, where three digits would hide everything.
fn share(metric: Metric, percent: f64) -> String {
    match metric {
        Metric::Availability | Metric::UserUptime(_) => digits(percent, 3),
        _ => short(percent),
    }
}

/// Three significant digits, whole numbers in full, no trailing zeros.
pub(super) fn short(value: f64) -> String {
    let decimals = significant(value).max(0);
    let text = digits(value, decimals);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The decimals of three significant digits.
fn significant(value: f64) -> i32 {
    match value == 0.0 {
        true => 0,
        false => 2 - magnitude(value),
    }
}

/// The power of ten of the first digit.
fn magnitude(value: f64) -> i32 {
    libm::floor(libm::log10(value.abs())) as i32
}

/// The next number of so many decimals that is no less.
fn up(value: f64, decimals: i32) -> f64 {
    let tens = 10f64.powi(-decimals);
    (value / tens).ceil() * tens
}

/// With this many decimals; negative ones round to tens and hundreds. At most twelve.
fn digits(value: f64, decimals: i32) -> String {
    let tens = 10f64.powi((-decimals).clamp(0, 12));
    let rounded = (value / tens).round() * tens;
    let value = if decimals < 0 { rounded } else { value };
    let text = format!("{:.*}", decimals.clamp(0, 12) as usize, value.abs());
    let zero = text.chars().all(|it| matches!(it, '0' | '.'));
    match value < 0.0 && !zero {
        true => format!("−{text}"),
        false if zero => "0".to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(mean: f64, low: f64, high: f64) -> Estimate {
        let json = format!(
            r#"{{ "mean": {mean:?}, "low": {low:?}, "high": {high:?}, "level": 0.95, "runs": 9 }}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn amounts_are_short_and_carry_their_unit() {
        for (metric, value, text) in [
            (Metric::Availability, 0.999_876, "99.988 %"),
            (Metric::UsersAffected, 0.031_23, "3.12 %"),
            (Metric::UsersAffected, 0.0, "0 %"),
            (Metric::DowntimeSeconds, 12.0, "12 s"),
            (Metric::DowntimeSeconds, -0.000_000_000_000_1, "0 s"),
            (Metric::CostUsd, 0.013_810_88, "$0.0138"),
            (Metric::CostUsd, -0.000_96, "−$0.00096"),
            (Metric::RequestsFailedTotal, 1234.4, "1234"),
            (Metric::RequestsFailedTotal, 156_231.0, "156231"),
            (Metric::LatencyP50, 0.0, "0 ms"),
        ] {
            assert_eq!(amount(metric, value), text);
        }
    }

    #[test]
    fn an_interval_says_how_many_digits_the_mean_bears() {
        let down = words(
            Metric::DowntimeSeconds,
            Some(&estimate(50.13, 27.48, 72.78)),
        );
        assert_eq!(
            [&*down.mean, &down.half, &down.range],
            ["50 s", "± 23", "27 … 73"]
        );
        let failed = words(
            Metric::RequestsFailedTotal,
            Some(&estimate(11889.0, 11228.0, 12550.0)),
        );
        assert_eq!(
            [&*failed.mean, &failed.half, &failed.range],
            ["11900", "± 660", "11230 … 12550"]
        );
        // Four digits are the most.
        let rollout = words(
            Metric::RolloutSeconds,
            Some(&estimate(130.152, 129.992, 130.312)),
        );
        assert_eq!(
            [&*rollout.mean, &rollout.half, &rollout.range],
            ["130.2 s", "± 0.2", "130.0 … 130.3"]
        );
    }

    #[test]
    fn a_very_narrow_interval_has_equal_ends_and_holds_its_mean() {
        let cost = words_scaled(
            Metric::CostUsd,
            Some(&estimate(0.011_046_56, 0.011_046_525, 0.011_046_6)),
            Dollars::Thousand,
        );
        assert_eq!(
            [&*cost.mean, &cost.half, &cost.range],
            ["$11.05", "± 0.01", "11.05 … 11.05"]
        );
        let many = words(
            Metric::RequestsFailedTotal,
            Some(&estimate(123_456.0, 123_451.0, 123_461.0)),
        );
        assert_eq!(
            [&*many.mean, &many.half, &many.range],
            ["123500", "± 100", "123500 … 123500"]
        );
        // Close to 100 % the digits that count come late.
        let good = words(
            Metric::Availability,
            Some(&estimate(0.999_876_54, 0.999_876_50, 0.999_876_58)),
        );
        assert_eq!(
            [&*good.mean, &good.half, &good.range],
            ["99.98765 %", "± 0.00001", "99.98765 … 99.98766"]
        );
    }

    #[test]
    fn nothing_is_said_with_a_negative_zero_or_twice_the_same_end() {
        let cost = words_scaled(
            Metric::CostUsd,
            Some(&estimate(-0.000_004, -0.000_014, 0.000_006)),
            Dollars::Thousand,
        );
        assert_eq!([&*cost.mean, &cost.range], ["−$0.004", "−0.014 … 0.006"]);
        let flat = words(Metric::DowntimeSeconds, Some(&estimate(-0.0, 0.0, 0.0)));
        assert_eq!(
            [&*flat.mean, &flat.half, &flat.range],
            ["0 s", "± 0", "no spread"]
        );
        assert_eq!(words(Metric::CostUsd, None).mean, "–");
    }
}
