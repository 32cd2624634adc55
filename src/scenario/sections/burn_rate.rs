//! `burn-rate` of an alert: an error budget that is spent too fast, as a query.
//!
//! ```text
//! burn   = error ratio / (1 − objective)
//! fires ⇔ burn over `long` > factor and burn over `short` > factor
//!       ⇔ error ratio over both > factor × (1 − objective)
//! ```
//!
//! Source: the multiwindow, multi-burn-rate alert of the SRE Workbook, chapter 5 (reference
//! delivery-flags-migrations.md §7.2). The long window says that the loss matters, the short one
//! that it still goes on. The workbook pages at 14.4 over 1 h and 5 m (2 % of a month's budget) and
//! at 6 over 6 h and 30 m (5 %).
//!
//! What counts as an error: answers whose label `status` is 5xx, of all Services together. Requests
//! that no server ever answered are not among what servers tell.

use super::quantities::factor;
use crate::document::{Diagnostic, MapReader};
use crate::units::{Ratio, SimDuration};

/// Reads `{ objective = "99.9%", long = "1h", short = "5m", factor = 14.4 }` as its query.
pub(super) fn read_burn_rate(mut reader: MapReader<'_, '_>) -> Option<String> {
    let objective: Option<Ratio> = reader.required_quantity("objective");
    let long = read_window(&mut reader, "long");
    let short = read_window(&mut reader, "short");
    let factor = factor(&mut reader, "factor");
    if let (Some(objective), Some(factor)) = (objective, factor) {
        check_bound(objective, factor, &mut reader);
    }
    if let (Some(long), Some(short)) = (long, short) {
        check_windows(long, short, &mut reader);
    }
    reader.finish();
    Some(query([long?, short?], factor?, objective?.complement()))
}

/// A window as PromQL writes it: whole seconds.
fn read_window<'a>(reader: &mut MapReader<'a, '_>, key: &'a str) -> Option<SimDuration> {
    let window: SimDuration = reader.required_quantity(key)?;
    if !window.is_zero() && window == SimDuration::from_secs(window.as_secs()) {
        return Some(window);
    }
    let finding = Diagnostic::error(format!("`{key}` is {window}"))
        .at(reader.value_span(key))
        .label("expected a window of whole seconds, at least `1s`");
    reader.problems().push(finding);
    None
}

/// A ratio of errors never exceeds 100 %.
fn check_bound(objective: Ratio, factor: f64, reader: &mut MapReader<'_, '_>) {
    let budget = objective.complement();
    let finding = if budget == Ratio::ZERO {
        Diagnostic::error("an objective of 100 % leaves no budget to burn")
            .at(reader.value_span("objective"))
            .label("expected less than `100%`, such as `99.9%`")
    } else if factor * budget.as_fraction() >= 1.0 {
        Diagnostic::error(format!(
            "this alert never fires: {factor} × {budget} of errors"
        ))
        .at(reader.value_span("factor"))
        .label("expected a bound below 100 %, which is factor × (100 % − objective)")
    } else {
        return;
    };
    reader.problems().push(finding);
}

fn check_windows(long: SimDuration, short: SimDuration, reader: &mut MapReader<'_, '_>) {
    if short >= long {
        let finding = Diagnostic::error(format!("`short` is {short}, `long` {long}"))
            .at(reader.value_span("short"))
            .label("expected a shorter window than `long`")
            .hint("a twelfth of it is customary, such as `5m` of `1h`");
        reader.problems().push(finding);
    }
}

fn query(windows: [SimDuration; 2], factor: f64, budget: Ratio) -> String {
    let rate = |errors: &str, window| format!("sum(rate(http_requests_total{errors}[{window}]))");
    let burns = windows.map(|window| {
        let (errors, all) = (rate("{status=~\"5..\"}", window), rate("", window));
        format!("{errors} / {all} > {factor} * {}", budget.as_fraction())
    });
    burns.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::promql::{Query, Version};
    use crate::telemetry::{Labels, Storage};
    use crate::units::SimTime;

    const MINUTE: u64 = 60;

    fn alert(factor: f64) -> Query {
        let windows = [3600, 300].map(SimDuration::from_secs);
        let budget: Ratio = "0.1%".parse().expect("it is a share");
        query(windows, factor, budget)
            .parse()
            .expect("it is a query")
    }

    /// Seconds from the first error until the alert is true, if it is within an hour: 100 requests
    /// a second since long ago, this share of them failing.
    fn fires_after(ratio: f64) -> Option<u64> {
        let mut storage = Storage::default();
        let series = |storage: &mut Storage, status| {
            storage.series(
                "http_requests_total",
                Labels::from_iter([("status", status)]),
            )
        };
        let (good, bad) = (series(&mut storage, "200"), series(&mut storage, "500"));
        let start = 120 * MINUTE;
        let alert = alert(14.4);
        for at in (0..=start + 3600).step_by(5) {
            let failing = at.saturating_sub(start) as f64 * 100.0 * ratio;
            storage.record(bad, SimTime::from_secs(at), failing);
            storage.record(good, SimTime::from_secs(at), at as f64 * 100.0 - failing);
            let answer = alert.evaluate(&storage, SimTime::from_secs(at), Version::Two);
            if at > start && !answer.expect("it has an answer").values().is_empty() {
                return Some(at - start);
            }
        }
        None
    }

    #[test]
    fn it_fires_when_the_reference_says() {
        // §7.2: t = burn · (1 − SLO) · long / e. At e = 100 % 51.84 s, at 10 % 518.4 s; scrapes of
        // 5 s see it at the next one. At e = 1.5 % it is 3456 s; 1.4 % never exceed 1.44 %.
        assert_eq!(fires_after(1.0), Some(55));
        assert_eq!(fires_after(0.1), Some(520));
        assert_eq!(fires_after(0.015), Some(3460));
        assert_eq!(fires_after(0.014), None);
    }

    #[test]
    fn the_short_window_ends_it() {
        // All fail for 10 min, then none: the hour stays above 1.44 %, five minutes do not, and
        // the reference's reset comes 5 m · (1 − 0.0144) = 295.68 s later.
        let mut storage = Storage::default();
        let bad = storage.series(
            "http_requests_total",
            Labels::from_iter([("status", "500")]),
        );
        let good = storage.series(
            "http_requests_total",
            Labels::from_iter([("status", "200")]),
        );
        let (start, end) = (120 * MINUTE, 130 * MINUTE);
        let mut last = 0;
        for at in (0..=end + 600).step_by(5) {
            let failed = at.clamp(start, end) - start;
            storage.record(bad, SimTime::from_secs(at), 100.0 * failed as f64);
            storage.record(good, SimTime::from_secs(at), 100.0 * (at - failed) as f64);
            let answer = alert(14.4).evaluate(&storage, SimTime::from_secs(at), Version::Two);
            if !answer.expect("it has an answer").values().is_empty() {
                last = at;
            }
        }
        assert_eq!(last - end, 295);
    }
}
