//! What was noticed, as tables: one for all that may be wrong, one for each risk.

use super::amount::{amount, words};
use super::palette;
use super::truth_table::weight;
use crate::experiment::{Decisions, Estimate, Results, ShareEstimate, TruthResults};
use crate::metrics::Metric;

/// Heading of a column that only versions of which some are good can fill.
const FALSE_ALARMS: &str = "false alarms";
/// Headings of the cells of a row.
const COLUMNS: [&str; 5] = [
    "detected",
    "missed",
    FALSE_ALARMS,
    "time to detect",
    "users hurt before",
];

/// How the tables are read.
pub(super) const LEGEND: &str = "Detected: a bad version set off an alarm or an abort by the horizon. \
     Missed: it set off none; below, the share that was promoted besides. False alarms: a good \
     version set one off. Time to detect: from the first response of the bad version; the median of \
     the detected runs, below it their 95 % quantile. Users hurt before: who had a failed request by \
     then.";

/// All tables.
pub(super) struct Noticed {
    /// Empty where nobody could notice anything.
    pub(super) blocks: Vec<Block>,
    /// Risks that no block has room for.
    pub(super) left_out: usize,
    /// Who could not have noticed, in a sentence; empty if there is no such variant.
    pub(super) blind: String,
}

/// What all watched variants made of one thing.
pub(super) struct Block {
    pub(super) name: String,
    /// `10 %, 4 runs`.
    pub(super) weight: String,
    /// Headings of the cells: without false alarms where there can be none.
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Row>,
}

/// One variant.
pub(super) struct Row {
    /// Its number among all variants.
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) cells: Vec<Cell>,
}

/// A number and what is said below it.
pub(super) struct Cell {
    pub(super) main: String,
    pub(super) below: Vec<String>,
    /// How deep the cell is tinted, 0 to 60 %: the share that was missed.
    pub(super) tint: u32,
}

impl Row {
    /// Its mark on the page.
    pub(super) fn mark(&self) -> String {
        palette::mark(self.index)
    }
}

impl Noticed {
    /// At most this many risks: the likeliest, in the order of the scenario.
    pub(super) fn of(results: &Results, most: usize) -> Self {
        let risks = risks(results);
        let kept = likeliest(&risks, most);
        let mut blocks = Vec::new();
        blocks.extend(overall(results));
        // A single risk is all that may be wrong.
        if risks.len() > 1 {
            blocks.extend(kept.iter().map(|risk| block(results, risk)));
        }
        Self {
            left_out: risks.len() - kept.len(),
            blind: match blocks.is_empty() {
                true => String::new(),
                false => blind(results),
            },
            blocks,
        }
    }
}

impl Noticed {
    /// Blocks that follow each other under the same headings.
    pub(super) fn tables(&self) -> impl Iterator<Item = &[Block]> {
        self.blocks.chunk_by(|a, b| a.columns == b.columns)
    }
}

/// Every bad truth that a watched variant faced, once.
fn risks(results: &Results) -> Vec<&TruthResults> {
    let mut risks: Vec<&TruthResults> = Vec::new();
    for truth in results.variants.iter().flat_map(|it| &it.by_truth) {
        // Only bad versions can be missed.
        let known = risks.iter().any(|it| it.name == truth.name);
        if truth.missed_defect.is_some() && !known {
            risks.push(truth);
        }
    }
    risks
}

fn likeliest<'a>(risks: &[&'a TruthResults], most: usize) -> Vec<&'a TruthResults> {
    let mut order: Vec<usize> = (0..risks.len()).collect();
    order.sort_by(|a, b| risks[*b].chance.total_cmp(&risks[*a].chance).then(a.cmp(b)));
    order.truncate(most);
    order.sort_unstable();
    order.into_iter().map(|index| risks[index]).collect()
}

fn overall(results: &Results) -> Option<Block> {
    let watched = results.variants.iter().enumerate();
    let watched = watched.filter_map(|(index, it)| {
        let decisions = it.decisions.as_ref()?;
        Some((index, it.name.as_str(), Seen::of_all(decisions)))
    });
    let decisions = results
        .variants
        .iter()
        .find_map(|it| it.decisions.as_ref())?;
    let bad = decisions.detected.map_or(0, |it| it.runs);
    let weight = format!("{bad} of {} runs", results.assumed.runs);
    let name = "whatever is wrong".to_owned();
    Some(Block::of((name, weight), &watched.collect::<Vec<_>>()))
}

fn block(results: &Results, risk: &TruthResults) -> Block {
    let variants = results.variants.iter().enumerate();
    let seen = variants.filter_map(|(index, variant)| {
        let same = variant.by_truth.iter().find(|it| it.name == risk.name);
        let truth = same.filter(|it| it.alarmed.is_some())?;
        Some((index, variant.name.as_str(), Seen::of_risk(truth)))
    });
    let title = (risk.name.clone(), weight(risk));
    Block::of(title, &seen.collect::<Vec<_>>())
}

impl Block {
    fn of((name, weight): (String, String), seen: &[(usize, &str, Seen<'_>)]) -> Self {
        let alarms = seen.iter().any(|(_, _, it)| it.false_alarm.is_some());
        let columns = COLUMNS.into_iter();
        let columns = columns.filter(|title| alarms || *title != FALSE_ALARMS);
        let rows = seen.iter().map(|(index, name, seen)| Row {
            index: *index,
            name: (*name).to_owned(),
            cells: seen.cells(alarms),
        });
        Self {
            name,
            weight,
            columns: columns.collect(),
            rows: rows.collect(),
        }
    }
}

fn blind(results: &Results) -> String {
    let unwatched = results.variants.iter().filter(|it| it.decisions.is_none());
    let names: Vec<String> = unwatched.map(|it| format!("`{}`", it.name)).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!("Nobody could notice anything in {}.", names.join(", ")),
    }
}

/// What a row says.
struct Seen<'a> {
    detected: Option<ShareEstimate>,
    missed: Option<ShareEstimate>,
    missed_defect: Option<ShareEstimate>,
    false_alarm: Option<ShareEstimate>,
    seconds: Option<&'a Estimate>,
    users: Option<&'a Estimate>,
}

impl<'a> Seen<'a> {
    fn of_all(decisions: &'a Decisions) -> Self {
        Self {
            detected: decisions.detected,
            missed: decisions.missed,
            missed_defect: decisions.missed_defect,
            false_alarm: decisions.false_alarm,
            seconds: Some(&decisions.detection_seconds),
            users: Some(&decisions.users_affected_before_alarm),
        }
    }

    fn of_risk(truth: &'a TruthResults) -> Self {
        Self {
            detected: truth.alarmed,
            missed: truth.alarmed.map(|it| it.complement()),
            missed_defect: truth.missed_defect,
            false_alarm: None,
            seconds: truth.metrics.of(Metric::DetectionSeconds),
            users: truth.metrics.of(Metric::UsersAffectedBeforeAlarm),
        }
    }

    fn cells(&self, alarms: bool) -> Vec<Cell> {
        let mut cells = vec![share(self.detected), self.missed()];
        cells.extend(alarms.then(|| share(self.false_alarm)));
        cells.push(self.time());
        cells.push(mean(Metric::UsersAffectedBeforeAlarm, self.users));
        cells
    }

    fn missed(&self) -> Cell {
        let mut cell = share(self.missed);
        if let Some(defect) = self.missed_defect {
            let promoted = share(Some(defect)).main;
            cell.below.insert(0, format!("{promoted} promoted"));
        }
        let share = self.missed.map_or(0.0, |it| it.mean);
        cell.tint = (60.0 * share).round() as u32;
        cell
    }

    fn time(&self) -> Cell {
        let metric = Metric::DetectionSeconds;
        let seconds = |value: Option<f64>| value.map(|value| amount(metric, value));
        let median = seconds(self.seconds.and_then(|it| it.p50));
        let late = seconds(self.seconds.and_then(|it| it.p95));
        let range = words(metric, self.seconds).range;
        let mut below: Vec<String> = Vec::new();
        below.extend(late.map(|late| format!("p95 {late}")));
        if !range.is_empty() {
            below.push(format!("mean {range}"));
        }
        Cell {
            main: median.unwrap_or_else(|| "–".to_owned()),
            below,
            tint: 0,
        }
    }
}

/// A share of runs has the form of any other share.
fn share(share: Option<ShareEstimate>) -> Cell {
    let estimate = share.map(|it| it.as_estimate());
    mean(Metric::UsersAffected, estimate.as_ref())
}

fn mean(metric: Metric, estimate: Option<&Estimate>) -> Cell {
    let said = words(metric, estimate);
    Cell {
        main: said.mean,
        below: vec![said.range],
        tint: 0,
    }
}
