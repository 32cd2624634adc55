//! Long form: one line for each variant and metric, outcome, decision or paired difference.

use crate::experiment::{Decisions, Estimate, Results};
use crate::metrics::{Decision, Metric};

const HEADER: &str = "variant,against,metric,mean,low,high,level,p50,p95,p99,worst,runs\n";

/// Results as CSV. `against` is empty except for paired differences; absent values are empty.
pub fn to_csv(results: &Results) -> String {
    let mut out = HEADER.to_owned();
    for variant in &results.variants {
        for (name, estimate) in variant.metrics.iter() {
            line(&mut out, [&variant.name, "", name], estimate);
        }
        for (name, share) in &variant.outcomes {
            let name = format!("outcome.{name}");
            line(&mut out, [&variant.name, "", &name], &share.as_estimate());
        }
        if let Some(decisions) = &variant.decisions {
            decided(&mut out, &variant.name, decisions);
        }
    }
    for difference in &results.differences {
        for (name, estimate) in difference.metrics.iter() {
            line(
                &mut out,
                [&difference.variant, &difference.against, name],
                estimate,
            );
        }
    }
    out
}

/// What was noticed, under `decision.`: the metrics of the same names count every alarmed run.
fn decided(out: &mut String, variant: &str, decisions: &Decisions) {
    for decision in Decision::ALL {
        if let Some(share) = decisions.share(decision) {
            let name = format!("decision.{}", decision.name());
            line(out, [variant, "", &name], &share.as_estimate());
        }
    }
    for (metric, estimate) in [
        (Metric::DetectionSeconds, &decisions.detection_seconds),
        (
            Metric::UsersAffectedBeforeAlarm,
            &decisions.users_affected_before_alarm,
        ),
    ] {
        let name = format!("decision.{}", metric.name());
        line(out, [variant, "", &name], estimate);
    }
}

fn line(out: &mut String, keys: [&str; 3], estimate: &Estimate) {
    let number = |value: Option<f64>| value.map_or_else(String::new, |it| it.to_string());
    let mut cells: Vec<String> = keys.into_iter().map(quoted).collect();
    cells.extend([estimate.mean, estimate.low, estimate.high].map(number));
    cells.push(estimate.level.to_string());
    cells.extend([estimate.p50, estimate.p95, estimate.p99, estimate.worst].map(number));
    cells.push(estimate.runs.to_string());
    out.push_str(&cells.join(","));
    out.push('\n');
}

/// Quoted where RFC 4180 asks for it.
fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_stay_one_cell() {
        assert_eq!(quoted("rolling, surge 50 %"), "\"rolling, surge 50 %\"");
        assert_eq!(quoted("a \"b\""), "\"a \"\"b\"\"\"");
        assert_eq!(quoted("plain"), "plain");
    }
}
