//! Why runs did not promote, in their own words.

use super::palette;
use crate::experiment::{Results, VariantResults};

/// Reasons that are told of one variant before the rest is only counted.
const TOLD: usize = 2;

/// One variant of whose runs some were not promoted.
pub(super) struct Unpromoted {
    /// Its number among all variants.
    pub(super) index: usize,
    pub(super) name: String,
    /// `97 of 100 runs: aborted by …`, the most frequent reason first.
    pub(super) said: Vec<String>,
}

impl Unpromoted {
    /// Its mark on the page.
    pub(super) fn mark(&self) -> String {
        palette::mark(self.index)
    }
}

/// Every variant that was not always promoted, in the order of the scenario.
pub(super) fn unpromoted(results: &Results) -> Vec<Unpromoted> {
    let runs = results.assumed.runs;
    let variants = results.variants.iter().enumerate();
    let told = variants.map(|(index, variant)| Unpromoted {
        index,
        name: variant.name.clone(),
        said: said(variant, runs),
    });
    told.filter(|it| !it.said.is_empty()).collect()
}

fn said(variant: &VariantResults, runs: u32) -> Vec<String> {
    let mut reasons: Vec<(&String, u32)> = variant.reasons.iter().map(|(w, n)| (w, *n)).collect();
    // Stable: equally frequent ones stay in the order of their words.
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let line = |(why, count): &(&String, u32)| format!("{count} of {runs} runs: {why}");
    let mut said: Vec<String> = reasons.iter().take(TOLD).map(line).collect();
    let rest: u32 = reasons.iter().skip(TOLD).map(|(_, count)| count).sum();
    match rest {
        0 => {}
        1 => said.push("1 more run for another reason".to_owned()),
        more => said.push(format!("{more} more runs for other reasons")),
    }
    said
}
