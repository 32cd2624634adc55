//! Tables for the terminal, legible without colour and from 80 columns on.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};

use super::amount::{Dollars, amount, short, words, words_scaled};
use super::endings::unpromoted;
use super::noticed::{self, Block, Noticed};
use super::truth_table::TruthTable;
use crate::experiment::{GateResult, GateVerdict, Results, VariantResults};
use crate::metrics::Metric;

/// Where nobody says how wide the paper is, and the most that a table makes use of.
const WIDTH: u16 = 100;
/// Below this many columns lines break in the terminal: a table needs its room.
const NARROWEST: u16 = 80;
/// What a gate's verdict takes at the start of its line.
const GATE_INDENT: u16 = 12;
/// What stands before a line that says why.
const ENDING_INDENT: u16 = 2;
/// What the names of variants leave of a line, and what a column of the second table takes.
const NAMES: u16 = 26;
const TRUTH: u16 = 14;
/// More risks than this make a tail that nobody reads in a terminal.
const MOST_RISKS: usize = 4;

/// Columns of the main table; the excess where there is a twin.
pub(super) const COLUMNS: [(Metric, &str); 5] = [
    (Metric::DowntimeSeconds, "downtime"),
    (Metric::UsersAffected, "users hurt"),
    (Metric::RequestsFailedTotal, "failed requests"),
    (Metric::RolloutSeconds, "rollout takes"),
    (Metric::CostUsd, "cost"),
];

/// The heading of a column.
pub(super) fn heading(metric: Metric, title: &str, dollars: Dollars) -> String {
    match (metric, dollars) {
        (Metric::CostUsd, Dollars::Thousand) => "cost of 1000".to_owned(),
        _ => title.to_owned(),
    }
}

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

/// Verdict, tables, gates, warnings, in 100 columns.
pub fn to_text(results: &Results) -> String {
    to_text_within(results, WIDTH)
}

/// The same for a terminal of this many columns; less than 80 are taken for 80.
pub fn to_text_within(results: &Results, columns: u16) -> String {
    let width = columns.clamp(NARROWEST, WIDTH);
    let verdict = wrapped_to(&results.verdict, width);
    let mut out = format!("{}\n\n{verdict}\n\n", results.scenario);
    out.push_str(&main_table(results, width));
    out.push('\n');
    out.push_str(&legend(results, width));
    out.push_str(&truths(results, width));
    out.push_str(&what_was_noticed(results, width));
    out.push_str(&why_not_promoted(results, width));
    if !results.gates.is_empty() {
        out.push_str("\nGates\n");
    }
    for gate in &results.gates {
        out.push_str(&gate_line(gate, width));
    }
    if !results.warnings.is_empty() {
        out.push('\n');
    }
    for warning in &results.warnings {
        out.push_str(&wrapped_to(&format!("warning: {warning}"), width));
        out.push('\n');
    }
    out
}

fn table(header: Vec<String>, width: u16) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    let columns = header.len();
    table.set_header(header);
    for column in 1..columns {
        let column = table.column_mut(column).expect("a column for each heading");
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn printed(table: &Table) -> String {
    let lines = table.to_string();
    let lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

fn main_table(results: &Results, width: u16) -> String {
    let dollars = Dollars::of(results);
    let mut header = vec!["variant".to_owned(), "promoted".to_owned()];
    header.extend(
        COLUMNS.map(|(metric, title)| heading(metric, title, dollars).replacen(' ', "\n", 1)),
    );
    let mut table = table(header, width);
    for variant in &results.variants {
        let promoted = variant.outcomes.get("promoted");
        let promoted = promoted.map_or_else(
            || "–".to_owned(),
            |share| format!("{} %", short(100.0 * share.mean)),
        );
        let mut row = vec![variant.name.clone(), promoted];
        row.extend(COLUMNS.map(|(metric, _)| {
            let said = words_scaled(metric, shown(variant, metric), dollars);
            format!("{}\n{}", said.mean, said.half)
        }));
        table.add_row(row);
    }
    printed(&table)
}

/// What each variant costs within each truth; nothing where all runs faced the same.
fn truths(results: &Results, width: u16) -> String {
    let most = usize::from((width - NAMES) / TRUTH);
    let by_truth = TruthTable::of(results, most);
    if by_truth.columns.len() < 2 {
        return String::new();
    }
    let mut header = vec!["variant".to_owned()];
    header.extend(
        by_truth
            .columns
            .iter()
            .map(|it| format!("{}\n{}", it.name, it.weight)),
    );
    let mut table = table(header, width);
    for (variant, cells) in results.variants.iter().zip(&by_truth.rows) {
        let mut row = vec![variant.name.clone()];
        row.extend(cells.iter().map(|cell| {
            let said = |metric| {
                let estimate = cell.and_then(|it| it.metrics.excess_or_itself(metric));
                words(metric, estimate).mean
            };
            let (users, down) = (said(Metric::UsersAffected), said(Metric::DowntimeSeconds));
            format!("{users}\n{down}")
        }));
        table.add_row(row);
    }
    let left_out = match by_truth.left_out {
        0 => String::new(),
        more => format!(" {more} rarer ones are in the JSON."),
    };
    let title = "By what is wrong with the new version: users hurt, and below them the downtime.";
    let title = wrapped_to(&format!("{title}{left_out}"), width);
    format!("\n{title}\n\n{}", printed(&table))
}

/// Who noticed what, how soon and after how much harm; nothing where nobody could.
fn what_was_noticed(results: &Results, width: u16) -> String {
    let noticed = Noticed::of(results, MOST_RISKS);
    if noticed.blocks.is_empty() {
        return String::new();
    }
    let mut out = "\nWhat was noticed\n".to_owned();
    for block in &noticed.blocks {
        out.push_str(&noticed_table(block, width));
    }
    let left_out = match noticed.left_out {
        0 => String::new(),
        more => format!(" {more} rarer risks are in the JSON."),
    };
    let blind = match noticed.blind.is_empty() {
        true => String::new(),
        false => format!(" {}", noticed.blind),
    };
    let legend = format!("{}{left_out}{blind}", noticed::LEGEND);
    out.push_str(&format!("\n{}\n", wrapped_to(&legend, width)));
    out
}

/// Why runs did not promote; nothing where all did.
fn why_not_promoted(results: &Results, width: u16) -> String {
    let variants = unpromoted(results);
    if variants.is_empty() {
        return String::new();
    }
    let mut out = "\nWhy not promoted\n".to_owned();
    for variant in &variants {
        for said in &variant.said {
            let line = wrapped_to(&format!("{}: {said}", variant.name), width - ENDING_INDENT);
            let lines: Vec<String> = line.lines().map(|line| format!("  {line}\n")).collect();
            out.push_str(&lines.concat());
        }
    }
    out
}

fn noticed_table(block: &Block, width: u16) -> String {
    let mut header = vec!["variant".to_owned()];
    let columns = block.columns.iter();
    header.extend(columns.map(|title| title.replacen(' ', "\n", 1)));
    let mut table = table(header, width);
    for row in &block.rows {
        let mut cells = vec![row.name.clone()];
        cells.extend(row.cells.iter().map(|cell| {
            let below = cell.below.first().map_or("", String::as_str);
            format!("{}\n{below}", cell.main)
        }));
        table.add_row(cells);
    }
    let title = wrapped_to(&format!("{} ({}):", block.name, block.weight), width);
    format!("\n{title}\n\n{}", printed(&table))
}

fn legend(results: &Results, width: u16) -> String {
    let assumed = &results.assumed;
    let twin = results
        .variants
        .iter()
        .any(|it| it.metrics.excess_of(Metric::CostUsd).is_some());
    let excess = match twin {
        true => " Downtime, users, requests and cost are over standing still.",
        false => "",
    };
    let cost = match Dollars::of(results) {
        Dollars::Each => "",
        Dollars::Thousand => " The cost is that of 1000 rollouts.",
    };
    let text = format!(
        "Means over {} runs ± half of the {} % interval.{excess}{cost} Seed {}.",
        assumed.runs,
        short(100.0 * assumed.level),
        results.seed
    );
    wrapped_to(&text, width) + "\n"
}

fn gate_line(gate: &GateResult, width: u16) -> String {
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
    let indented = wrapped_to(&text, width - GATE_INDENT).replace('\n', "\n            ");
    format!("  {mark:<9} {indented}\n")
}

/// ` (3.1 %, 2.9 % … 3.3 %)`.
pub(super) fn gate_value(gate: &GateResult) -> String {
    let metric = Metric::from_name(&gate.metric).or_else(|| Metric::from_excess_name(&gate.metric));
    // Endings and decisions are shares like users affected.
    let metric = metric.unwrap_or(Metric::UsersAffected);
    let end = |end: Option<f64>| end.map_or_else(|| "?".to_owned(), |end| amount(metric, end));
    let never = gate.verdict == GateVerdict::Failed && gate.value.is_none();
    if never {
        return " (too many runs never got there)".to_owned();
    }
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
