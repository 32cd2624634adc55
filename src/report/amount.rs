//! Numbers as people read them.

use crate::experiment::Estimate;
use crate::metrics::{Kind, Metric};

/// A value of a metric with its unit, three significant digits or so.
pub(super) fn amount(metric: Metric, value: f64) -> String {
    match metric.kind() {
        Kind::Share => format!("{} %", share_digits(metric, 100.0 * value)),
        Kind::Seconds => format!("{} s", short(value)),
        Kind::Milliseconds => format!("{} ms", short(value)),
        Kind::Count => short(value),
        Kind::Usd => format!("${}", money(value)),
        Kind::Hours => format!("{} h", short(value)),
        Kind::Minutes => format!("{} min", short(value)),
    }
}

/// The mean, or a dash.
pub(super) fn mean(metric: Metric, estimate: Option<&Estimate>) -> String {
    let mean = estimate.and_then(|estimate| estimate.mean);
    mean.map_or_else(|| "–".to_owned(), |mean| amount(metric, mean))
}

/// The interval, or nothing.
pub(super) fn interval(metric: Metric, estimate: Option<&Estimate>) -> String {
    let ends = estimate.and_then(|it| Some((it.low?, it.high?)));
    ends.map_or_else(String::new, |(low, high)| {
        let low = amount(metric, low);
        // The unit is said once.
        let bare = low
            .split_once(' ')
            .map_or(low.as_str(), |(number, _)| number);
        format!("{bare} … {}", amount(metric, high).trim_start_matches('$'))
    })
}

/// Availability lives close to 100 %, where two digits would hide everything.
fn share_digits(metric: Metric, percent: f64) -> String {
    match metric {
        Metric::Availability | Metric::UserUptime(_) => format!("{percent:.3}"),
        _ => short(percent),
    }
}

pub(super) fn short(value: f64) -> String {
    let text = match value.abs() {
        0.0 => return "0".to_owned(),
        tiny if tiny < 0.001 => format!("{value:.1e}"),
        small if small < 1.0 => format!("{value:.3}"),
        some if some < 10.0 => format!("{value:.2}"),
        tens if tens < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    };
    match text.contains('.') && !text.contains('e') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn money(value: f64) -> String {
    match value.abs() {
        cents if cents < 1.0 => format!("{value:.4}"),
        some if some < 100.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short_and_carry_their_unit() {
        assert_eq!(amount(Metric::Availability, 0.999_876), "99.988 %");
        assert_eq!(amount(Metric::UsersAffected, 0.031_23), "3.12 %");
        assert_eq!(amount(Metric::DowntimeSeconds, 12.0), "12 s");
        assert_eq!(amount(Metric::CostUsd, 0.013_810_88), "$0.0138");
        assert_eq!(amount(Metric::RequestsFailedTotal, 1234.4), "1234");
        assert_eq!(amount(Metric::LatencyP50, 0.0), "0 ms");
    }
}
