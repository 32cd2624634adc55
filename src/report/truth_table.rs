//! What each variant costs within each truth, as a grid.

use super::amount::short;
use crate::experiment::{Results, TruthResults};

/// Variants down, truths across.
pub(super) struct TruthTable<'a> {
    /// The truths, in the order of the scenario.
    pub(super) columns: Vec<Column>,
    /// By variant, then by column.
    pub(super) rows: Vec<Vec<Option<&'a TruthResults>>>,
    /// Truths that a run faced but no column has room for.
    pub(super) left_out: usize,
}

/// One truth.
pub(super) struct Column {
    pub(super) name: String,
    /// `82 %, 82 runs`.
    pub(super) weight: String,
}

/// Chance and runs of a truth.
pub(super) fn weight(truth: &TruthResults) -> String {
    let runs = if truth.runs == 1 { "run" } else { "runs" };
    format!("{} %, {} {runs}", short(100.0 * truth.chance), truth.runs)
}

impl<'a> TruthTable<'a> {
    /// At most this many truths: the likeliest, in the order of the scenario.
    pub(super) fn of(results: &'a Results, most: usize) -> Self {
        let first: &[TruthResults] = results.variants.first().map_or(&[], |it| &it.by_truth);
        let mut likeliest: Vec<usize> = (0..first.len()).collect();
        likeliest.sort_by(|a, b| first[*b].chance.total_cmp(&first[*a].chance).then(a.cmp(b)));
        likeliest.truncate(most);
        likeliest.sort_unstable();
        let column = |index: &usize| {
            let truth = &first[*index];
            Column {
                name: truth.name.clone(),
                weight: weight(truth),
            }
        };
        let cell = |row: &'a [TruthResults], index: &usize| {
            row.iter().find(|it| it.name == first[*index].name)
        };
        let row = |variant: &'a crate::experiment::VariantResults| {
            likeliest
                .iter()
                .map(|it| cell(&variant.by_truth, it))
                .collect()
        };
        Self {
            columns: likeliest.iter().map(column).collect(),
            rows: results.variants.iter().map(row).collect(),
            left_out: first.len() - likeliest.len(),
        }
    }
}
