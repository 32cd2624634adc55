//! One self-contained page: no network, light and dark, print and narrow screens.

use askama::Template;

use super::amount::{amount, interval, mean, short};
use super::chart::{Chart, svg};
use super::palette;
use super::text::{COLUMNS, gate_value, shown};
use crate::experiment::{Results, VariantResults};
use crate::metrics::Metric;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    results: &'a Results,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
    harm: String,
    spread: String,
    stories: Vec<Story>,
    gates: Vec<Gate>,
    details: Vec<Detail>,
    assumed: Vec<(String, String)>,
}

struct Row {
    colour: String,
    name: String,
    place: String,
    promoted: String,
    cells: Vec<(String, String)>,
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
    let page = Page {
        results,
        columns: COLUMNS.map(|(_, title)| title).to_vec(),
        rows: (0..results.variants.len())
            .map(|index| row(results, index))
            .collect(),
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

fn row(results: &Results, index: usize) -> Row {
    let variant = &results.variants[index];
    let place = results
        .ranking
        .iter()
        .find(|ranked| ranked.variant == variant.name);
    let promoted = variant.outcomes.get("promoted");
    Row {
        colour: palette::css(index),
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
                (mean(*metric, estimate), interval(*metric, estimate))
            })
            .collect(),
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
                interval(*metric, Some(estimate)),
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
