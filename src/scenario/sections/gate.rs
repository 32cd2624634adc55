//! `[[gate]]`: a number and the bound it must keep.

use super::variant::VariantSection;
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, nearest};
use crate::metrics::{Decision, Ending, Kind, Metric};
use crate::scenario::{Bound, Comparison, Gate, Measure, Statistic, Subject};
use crate::units::{Money, Ratio, SimDuration};

const STATISTICS: [(&str, Statistic); 5] = [
    ("mean", Statistic::Mean),
    ("p50", Statistic::P50),
    ("p95", Statistic::P95),
    ("p99", Statistic::P99),
    ("worst", Statistic::Worst),
];
/// The longer spelling first, since `<` begins `<=`.
const COMPARISONS: [(&str, Comparison); 4] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("<", Comparison::Less),
    (">", Comparison::More),
];

/// Reads every gate.
pub(in crate::scenario) fn read_gates(
    list: Option<&[Node]>,
    variants: &[VariantSection],
    problems: &mut Diagnostics,
) -> Vec<Gate> {
    list.into_iter()
        .flatten()
        .filter_map(|node| {
            let reader = MapReader::open(node, "a gate", problems)?;
            read_gate(reader, variants)
        })
        .collect()
}

fn read_gate(mut reader: MapReader<'_, '_>, variants: &[VariantSection]) -> Option<Gate> {
    let subject = read_subject(&mut reader, variants);
    let metric: Option<String> = reader.required("metric");
    let metric_span = reader.value_span("metric");
    let measure = metric.and_then(|name| {
        let measure = measure_named(&name);
        if measure.is_none() {
            reader
                .problems()
                .push(unknown_metric(&name).at(metric_span));
        }
        measure
    });
    let bound = read_bound(&mut reader, measure);
    reader.finish();
    let (text, bound) = bound?;
    Some(Gate {
        subject: subject?,
        measure: measure?,
        text,
        bound,
    })
}

fn read_bound(reader: &mut MapReader<'_, '_>, measure: Option<Measure>) -> Option<(String, Bound)> {
    let text: String = reader.required("require")?;
    match bound_of(&text, measure?) {
        Ok(bound) => Some((text, bound)),
        Err(rule) => {
            let finding = Diagnostic::error(format!("`require`: `{text}` cannot be read"))
                .at(reader.value_span("require"))
                .label(rule);
            reader.problems().push(finding);
            None
        }
    }
}

/// `variant = "x"`, or `variant = "x - y"` where no variant has that very name.
fn read_subject(reader: &mut MapReader<'_, '_>, variants: &[VariantSection]) -> Option<Subject> {
    if variants.len() == 1 && !reader.has("variant") {
        reader.skip(["variant"]);
        return Some(Subject::Variant(0));
    }
    let text: String = reader.required("variant")?;
    let span = reader.value_span("variant");
    let index = |name: &str| variants.iter().position(|variant| variant.name == name);
    if let Some(one) = index(&text) {
        return Some(Subject::Variant(one));
    }
    let splits = text.match_indices(" - ").map(|(at, dash)| {
        let (first, second) = (&text[..at], &text[at + dash.len()..]);
        Some(Subject::Difference(index(first)?, index(second)?))
    });
    let difference = splits.flatten().next();
    if difference.is_none() {
        let names = variants.iter().map(|variant| variant.name.as_str());
        let near = nearest(&text, names).map(|name| format!("did you mean `{name}`?"));
        let finding = Diagnostic::error(format!("there is no variant `{text}`"))
            .at(span)
            .label("expected the name of a variant, or `one - other` for their difference")
            .maybe_hint(near);
        reader.problems().push(finding);
    }
    difference
}

fn measure_named(name: &str) -> Option<Measure> {
    if let Some(ending) = name.strip_prefix("outcome.") {
        let ending = Ending::ALL.into_iter().find(|e| e.name() == ending)?;
        return Some(Measure::Ending(ending));
    }
    if let Some(decision) = name.strip_prefix("decision.") {
        let decision = Decision::ALL.into_iter().find(|it| it.name() == decision)?;
        return Some(Measure::Decision(decision));
    }
    let plain = Metric::from_name(name).map(|metric| (metric, false));
    let (metric, excess) =
        plain.or_else(|| Metric::from_excess_name(name).map(|metric| (metric, true)))?;
    Some(Measure::Metric { metric, excess })
}

fn unknown_metric(name: &str) -> Diagnostic {
    let outcomes = Ending::ALL.map(|ending| format!("outcome.{}", ending.name()));
    let decisions = Decision::ALL.map(|decision| format!("decision.{}", decision.name()));
    let rule = match name.split_once('.') {
        Some(("outcome", _)) => one_of(&outcomes),
        Some(("decision", _)) => one_of(&decisions),
        _ => "expected a metric as it is called in JSON, such as `downtime_seconds`".to_owned(),
    };
    let mut known: Vec<String> = Metric::all().iter().map(|metric| metric.name()).collect();
    known.extend(Metric::all().iter().map(|metric| metric.excess_name()));
    known.extend(outcomes);
    known.extend(decisions);
    let near = nearest(name, known.iter().map(String::as_str));
    Diagnostic::error(format!("there is no metric `{name}`"))
        .label(rule)
        .maybe_hint(near.map(|near| format!("did you mean `{near}`?")))
}

fn one_of(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (last, first) = quoted.split_last().expect("each family has members");
    format!("expected {} or {last}", first.join(", "))
}

/// Reads `p95 <= 2%` for this measure; the error is the rule.
fn bound_of(text: &str, measure: Measure) -> Result<Bound, String> {
    let split = COMPARISONS.iter().find_map(|(sign, comparison)| {
        let (left, right) = text.split_once(sign)?;
        Some((left.trim(), *comparison, right.trim()))
    });
    let (left, comparison, right) =
        split.ok_or("expected a comparison such as `p95 <= 2%`, with < <= > or >=")?;
    let statistic = STATISTICS.iter().find(|(name, _)| *name == left);
    let (_, statistic) =
        statistic.ok_or("expected `mean`, `p50`, `p95`, `p99` or `worst` on the left")?;
    let share_of = match measure {
        Measure::Metric { .. } => None,
        Measure::Ending(_) => Some("an outcome"),
        Measure::Decision(_) => Some("a decision"),
    };
    if let Some(what) = share_of.filter(|_| *statistic != Statistic::Mean) {
        let rule = format!("expected `mean`: {what} has a share of the runs, no quantile");
        return Err(rule);
    }
    let kind = match measure {
        Measure::Metric { metric, .. } => metric.kind(),
        Measure::Ending(_) | Measure::Decision(_) => Kind::Share,
    };
    Ok(Bound {
        statistic: *statistic,
        comparison,
        value: value_of(right, kind)?,
    })
}

/// A bound in the metric's base unit; differences and excesses may be negative.
fn value_of(text: &str, kind: Kind) -> Result<f64, String> {
    if let Some(positive) = text.strip_prefix('-') {
        return value_of(positive.trim_start(), kind).map(|value| -value);
    }
    let duration = || text.parse::<SimDuration>().map_err(|error| error.rule);
    let value = match kind {
        Kind::Share => text
            .parse::<Ratio>()
            .map(Ratio::as_fraction)
            .map_err(|error| error.rule),
        Kind::Seconds => duration().map(SimDuration::as_secs_f64),
        Kind::Milliseconds => duration().map(SimDuration::as_millis_f64),
        Kind::Minutes => duration().map(|length| length.as_secs_f64() / 60.0),
        Kind::Hours => duration().map(|length| length.as_secs_f64() / 3600.0),
        Kind::Usd => text
            .parse::<Money>()
            .map(Money::as_usd)
            .map_err(|error| error.rule),
        Kind::Count => plain_number(text).ok_or("expected a plain number: this metric is a count"),
    };
    value.map_err(|rule| format!("on the right: {rule}"))
}

fn plain_number(text: &str) -> Option<f64> {
    let number: f64 = text.replace('_', "").parse().ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(metric: &str, text: &str) -> Result<f64, String> {
        let measure = measure_named(metric).unwrap();
        bound_of(text, measure).map(|bound| bound.value)
    }

    #[test]
    fn a_bound_carries_the_unit_of_its_metric() {
        assert_eq!(check("users_affected_excess", "p95 <= 2%"), Ok(0.02));
        assert_eq!(check("downtime_seconds", "mean < 1m30s"), Ok(90.0));
        assert_eq!(check("latency_p99_ms", "worst <= 0.25s"), Ok(250.0));
        assert_eq!(check("requests_failed.timeout", "mean < 3"), Ok(3.0));
        assert_eq!(check("cost_usd", "mean <= -$0.50"), Ok(-0.5));
        assert_eq!(check("outcome.promoted", "mean >= 80%"), Ok(0.8));
        assert_eq!(check("decision.missed_defect", "mean < 5%"), Ok(0.05));
        assert_eq!(check("detection_seconds", "p95 <= 5m"), Ok(300.0));
    }

    #[test]
    fn a_bound_without_unit_sign_or_statistic_names_the_rule() {
        for (metric, text, rule) in [
            ("downtime_seconds", "mean < 3", "a unit is needed"),
            ("users_affected", "p95 <= 0.02", "percent sign"),
            ("requests_total", "mean = 3", "< <= > or >="),
            ("requests_total", "p42 < 3", "`p95`"),
            (
                "outcome.stuck",
                "p95 < 3%",
                "an outcome has a share of the runs",
            ),
            (
                "decision.missed",
                "worst < 3%",
                "a decision has a share of the runs",
            ),
            ("decision.missed", "mean < 0.03", "percent sign"),
        ] {
            let error = check(metric, text).unwrap_err();
            assert!(error.contains(rule), "{error}");
        }
    }
}
