//! Tables for the terminal, legible in 100 columns and without colour.

use comfy_table::{ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};

use super::amount::{amount, interval, mean, short};
use crate::experiment::{GateResult, Results, VariantResults};
use crate::metrics::Metric;

const WIDTH: u16 = 100;
/// What a gate's verdict takes at the start of its line.
const GATE_INDENT: u16 = 12;

/// Columns of the main table; the excess where there is a twin.
pub(super) const COLUMNS: [(Metric, &str); 5] = [
    (Metric::DowntimeSeconds, "downtime"),
    (Metric::UsersAffected, "users hurt"),
    (Metric::RequestsFailedTotal, "failed requests"),
    (Metric::RolloutSeconds, "rollout"),
    (Metric::CostUsd, "cost"),
];

/// The value a column shows: excess over standing still, except where only the rollout has it.
pub(super) fn shown(
    variant: &VariantResults,
    metric: Metric,
) -> Option<&crate::experiment::Estimate> {
    match metric {
        Metric::RolloutSeconds => variant.metrics.of(metric),
        _ => variant.metrics.excess_or_itself(metric),
    }
}

/// Verdict, table, gates, warnings.
pub fn to_text(results: &Results) -> String {
    let mut out = format!("{}\n\n{}\n\n", results.scenario, wrapped(&results.verdict));
    out.push_str(&main_table(results));
    out.push('\n');
    out.push_str(&legend(results));
    if !results.gates.is_empty() {
        out.push_str("\nGates\n");
        results
            .gates
            .iter()
            .for_each(|gate| out.push_str(&gate_line(gate)));
    }
    if !results.warnings.is_empty() {
        out.push('\n');
    }
    for warning in &results.warnings {
        out.push_str(&wrapped(&format!("warning: {warning}")));
        out.push('\n');
    }
    out
}

fn main_table(results: &Results) -> String {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    let mut header = vec!["variant".to_owned(), "promoted".to_owned()];
    header.extend(COLUMNS.map(|(_, title)| title.to_owned()));
    table.set_header(header);
    for variant in &results.variants {
        let promoted = variant.outcomes.get("promoted");
        let promoted = promoted.map_or_else(
            || "–".to_owned(),
            |share| format!("{} %", short(100.0 * share.mean)),
        );
        let mut row = vec![variant.name.clone(), promoted];
        row.extend(COLUMNS.map(|(metric, _)| {
            let estimate = shown(variant, metric);
            format!("{}\n{}", mean(metric, estimate), interval(metric, estimate))
        }));
        table.add_row(row);
    }
    let lines = table.to_string();
    lines
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
        + "\n"
}

fn legend(results: &Results) -> String {
    let assumed = &results.assumed;
    let twin = results
        .variants
        .iter()
        .any(|it| it.metrics.excess_of(Metric::CostUsd).is_some());
    let excess = match twin {
        true => " Downtime, users, requests and cost are over standing still.",
        false => "",
    };
    wrapped(&format!(
        "Means over {} runs, below them where the true mean lies ({} %).{excess} Seed {}.",
        assumed.runs,
        short(100.0 * assumed.level),
        results.seed
    )) + "\n"
}

fn gate_line(gate: &GateResult) -> String {
    let mark = gate.verdict.name();
    let value = gate_value(gate);
    let advice = match gate.advice.is_empty() {
        true => String::new(),
        false => format!("; {}", gate.advice),
    };
    let text = format!(
        "{}: {} {}{value}{advice}",
        gate.variant, gate.metric, gate.require
    );
    let indented = wrapped_to(&text, WIDTH - GATE_INDENT).replace('\n', "\n            ");
    format!("  {mark:<9} {indented}\n")
}

/// ` (3.1 %, 2.9 % … 3.3 %)`.
pub(super) fn gate_value(gate: &GateResult) -> String {
    let metric = Metric::from_name(&gate.metric).or_else(|| Metric::from_excess_name(&gate.metric));
    // Endings are shares like users affected.
    let metric = metric.unwrap_or(Metric::UsersAffected);
    let end = |end: Option<f64>| end.map_or_else(|| "?".to_owned(), |end| amount(metric, end));
    gate.value.map_or_else(String::new, |value| {
        format!(
            " ({}, {} … {})",
            amount(metric, value),
            end(gate.low),
            end(gate.high)
        )
    })
}

/// Broken at spaces before the width.
fn wrapped(text: &str) -> String {
    wrapped_to(text, WIDTH)
}

fn wrapped_to(text: &str, width: u16) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is always a line");
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > usize::from(width)
        {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.join("\n")
}
