//! One self-contained page: no network, light and dark, print and narrow screens.

use askama::Template;

use super::amount::{Dollars, amount, short, words, words_scaled};
use super::chart::{Chart, svg};
use super::endings::{Unpromoted, unpromoted};
use super::noticed::{self, Noticed};
use super::palette;
use super::text::{COLUMNS, gate_value, heading, shown};
use super::truth_table::{Column, TruthTable};
use crate::experiment::{Estimate, Results, TruthResults, VariantResults};
use crate::metrics::Metric;

/// More truths than this make a table that nobody reads.
const MOST_TRUTHS: usize = 8;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    results: &'a Results,
    /// Words, then a name, then words …
    verdict: Vec<&'a str>,
    columns: Vec<String>,
    scaled: bool,
    rows: Vec<Row>,
    truths: Vec<Column>,
    by_truth: Vec<TruthRow>,
    noticed_legend: &'static str,
    noticed: Noticed,
    unpromoted: Vec<Unpromoted>,
    harm: String,
    spread: String,
    stories: Vec<Story>,
    gates: Vec<Gate>,
    details: Vec<Detail>,
    assumed: Vec<(String, String)>,
}

struct Row {
    mark: String,
    name: String,
    place: String,
    promoted: String,
    cells: Vec<(String, String)>,
}

/// One variant against every truth.
struct TruthRow {
    mark: String,
    name: String,
    cells: Vec<TruthCell>,
}

struct TruthCell {
    /// How deep the cell is tinted, 0 to 60 %: the users hurt, against the worst cell.
    tint: u32,
    users: String,
    users_range: String,
    down: String,
    promoted: String,
}

struct Story {
    name: String,
    svg: String,
    marks: Vec<(String, String)>,
}

struct Gate {
    verdict: &'static str,
    subject: String,
    rule: String,
    value: String,
    advice: String,
}

/// All metrics of one variant.
struct Detail {
    name: String,
    metrics: Vec<[String; 7]>,
}

/// Results as one HTML page.
pub fn to_html(results: &Results) -> String {
    let dollars = Dollars::of(results);
    let table = TruthTable::of(results, MOST_TRUTHS);
    let page = Page {
        results,
        verdict: halves(&results.verdict),
        columns: COLUMNS
            .map(|(metric, title)| heading(metric, title, dollars))
            .to_vec(),
        scaled: dollars == Dollars::Thousand,
        by_truth: by_truth(results, &table),
        truths: table.columns,
        rows: (0..results.variants.len())
            .map(|index| row(results, index))
            .collect(),
        noticed_legend: noticed::LEGEND,
        noticed: Noticed::of(results, MOST_TRUTHS),
        unpromoted: unpromoted(results),
        harm: svg(Chart::Harm, results),
        spread: svg(Chart::Spread, results),
        stories: stories(results),
        gates: gates(results),
        details: results.variants.iter().map(detail).collect(),
        assumed: assumed(results),
    };
    page.render()
        .expect("a page is text, and text takes everything")
}

/// Between backticks stand the names of variants.
fn halves(verdict: &str) -> Vec<&str> {
    verdict.split('`').collect()
}

fn row(results: &Results, index: usize) -> Row {
    let variant = &results.variants[index];
    let place = results
        .ranking
        .iter()
        .find(|ranked| ranked.variant == variant.name);
    let promoted = variant.outcomes.get("promoted");
    Row {
        mark: palette::mark(index),
        name: variant.name.clone(),
        place: place.map_or_else(String::new, |ranked| ranked.place.to_string()),
        promoted: promoted.map_or_else(
            || "–".to_owned(),
            |share| format!("{} %", short(100.0 * share.mean)),
        ),
        cells: COLUMNS
            .iter()
            .map(|(metric, _)| {
                let estimate = shown(variant, *metric);
                let said = words_scaled(*metric, estimate, Dollars::of(results));
                (said.mean, said.range)
            })
            .collect(),
    }
}

fn by_truth(results: &Results, table: &TruthTable<'_>) -> Vec<TruthRow> {
    if table.columns.len() < 2 {
        return Vec::new();
    }
    let cells = table.rows.iter().flatten().flatten();
    let worst = cells.filter_map(|it| hurt(it)?.mean).fold(0.0, f64::max);
    let row = |(index, cells): (usize, &Vec<Option<&TruthResults>>)| TruthRow {
        mark: palette::mark(index),
        name: results.variants[index].name.clone(),
        cells: cells.iter().map(|cell| truth_cell(*cell, worst)).collect(),
    };
    table.rows.iter().enumerate().map(row).collect()
}

fn hurt(truth: &TruthResults) -> Option<&Estimate> {
    truth.metrics.excess_or_itself(Metric::UsersAffected)
}

fn truth_cell(truth: Option<&TruthResults>, worst: f64) -> TruthCell {
    let users = words(Metric::UsersAffected, truth.and_then(hurt));
    let down = truth.and_then(|it| it.metrics.excess_or_itself(Metric::DowntimeSeconds));
    let mean = truth.and_then(|it| hurt(it)?.mean).unwrap_or(0.0);
    // The root, so that a small harm beside a large one still shows.
    let depth = if worst > 0.0 {
        (mean.max(0.0) / worst).sqrt()
    } else {
        0.0
    };
    TruthCell {
        tint: (60.0 * depth).round() as u32,
        users: users.mean,
        users_range: users.range,
        down: words(Metric::DowntimeSeconds, down).mean,
        promoted: truth.map_or_else(String::new, |it| {
            format!("{} %", short(100.0 * it.promoted.mean))
        }),
    }
}

fn stories(results: &Results) -> Vec<Story> {
    let told = results.variants.iter().enumerate();
    told.filter_map(|(index, variant)| {
        let timeline = variant.timeline.as_ref()?;
        let zero = timeline.release_second.unwrap_or(0.0);
        let mark = |mark: &crate::experiment::Mark| {
            (
                format!("{:+.1} s", mark.at_seconds - zero),
                mark.text.clone(),
            )
        };
        Some(Story {
            name: variant.name.clone(),
            svg: svg(Chart::Story(index), results),
            marks: timeline.marks.iter().map(mark).collect(),
        })
    })
    .collect()
}

fn gates(results: &Results) -> Vec<Gate> {
    let gates = results.gates.iter().map(|gate| Gate {
        verdict: gate.verdict.name(),
        subject: gate.variant.clone(),
        rule: format!("{}: {}", gate.metric, gate.require),
        value: gate_value(gate),
        advice: gate.advice.clone(),
    });
    gates.collect()
}

fn detail(variant: &VariantResults) -> Detail {
    let mut metrics = Vec::new();
    for metric in Metric::all() {
        for (name, estimate) in [
            (metric.name(), variant.metrics.of(*metric)),
            (metric.excess_name(), variant.metrics.excess_of(*metric)),
        ] {
            let Some(estimate) = estimate.filter(|estimate| estimate.runs > 0) else {
                continue;
            };
            let cell = |value: Option<f64>| {
                value.map_or_else(|| "–".to_owned(), |value| amount(*metric, value))
            };
            metrics.push([
                name,
                cell(estimate.mean),
                words(*metric, Some(estimate)).range,
                cell(estimate.p50),
                cell(estimate.p95),
                cell(estimate.worst),
                estimate.runs.to_string(),
            ]);
        }
    }
    Detail {
        name: variant.name.clone(),
        metrics,
    }
}

fn assumed(results: &Results) -> Vec<(String, String)> {
    let assumed = &results.assumed;
    let mut lines = vec![
        ("seed".to_owned(), results.seed.clone()),
        ("runs of each variant".to_owned(), assumed.runs.to_string()),
        (
            "level of intervals".to_owned(),
            format!("{} %", short(100.0 * assumed.level)),
        ),
        (
            "horizon".to_owned(),
            format!("{} s", short(assumed.horizon_seconds)),
        ),
        (
            "warm-up, not counted".to_owned(),
            format!("{} s", short(assumed.warm_up_seconds)),
        ),
        (
            "a second is down if its error ratio exceeds".to_owned(),
            format!("{} %", short(100.0 * assumed.downtime_threshold)),
        ),
    ];
    for truth in &assumed.truths {
        let chance = short(100.0 * truth.chance);
        lines.push((
            truth.name.clone(),
            format!("chance {chance} %, {} runs", truth.runs),
        ));
    }
    lines
}
