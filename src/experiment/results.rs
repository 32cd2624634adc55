//! The results of an experiment: plain data that is saved, read back and drawn.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Decisions, Estimates, GateVerdict, ShareEstimate, Timeline};

/// Version of the saved format; a change of meaning raises it.
pub const FORMAT_VERSION: u32 = 1;

/// Everything a comparison found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// [`FORMAT_VERSION`].
    pub version: u32,
    /// The seed as decimal text, as `--seed` reads it: a JSON number would lose digits in
    /// programs that read numbers as doubles.
    pub seed: String,
    /// Name of the scenario.
    pub scenario: String,
    /// What was assumed.
    pub assumed: Assumptions,
    /// What the comparison says in words.
    pub verdict: String,
    /// By variant, in the order of the scenario.
    pub variants: Vec<VariantResults>,
    /// Every further variant minus the first, run by run.
    pub differences: Vec<Difference>,
    /// Best first.
    pub ranking: Vec<Ranked>,
    /// In the order of the scenario.
    pub gates: Vec<GateResult>,
    /// What the reader should know before believing the rest.
    pub warnings: Vec<String>,
}

/// What was assumed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// Runs of each variant.
    pub runs: u32,
    /// Confidence level of intervals, as a fraction.
    pub level: f64,
    /// Simulated time, warm-up included (s).
    pub horizon_seconds: f64,
    /// Not counted before (s).
    pub warm_up_seconds: f64,
    /// A second is down if its error ratio exceeds this fraction.
    pub downtime_threshold: f64,
    /// What could be wrong, and how often it was.
    pub truths: Vec<TruthSeen>,
}

/// A truth that runs faced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthSeen {
    /// What is wrong.
    pub name: String,
    /// Its chance, as a fraction.
    pub chance: f64,
    /// Runs that faced it.
    pub runs: u32,
}

/// What one variant came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantResults {
    /// Its name.
    pub name: String,
    /// By dotted metric name.
    pub metrics: Estimates,
    /// Shares of runs by how the rollout ended.
    pub outcomes: IndexMap<String, ShareEstimate>,
    /// What was noticed; absent where nobody could notice anything, and in results that were saved
    /// before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisions: Option<Decisions>,
    /// Runs by the reason why they were not promoted.
    pub reasons: IndexMap<String, u32>,
    /// The run in the middle: by downtime, then users affected, then failed requests.
    pub median_run: u32,
    /// The same by what was wrong; empty in results that were saved before it was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_truth: Vec<TruthResults>,
    /// Downtime of every run, ascending (s).
    pub downtime_seconds_sorted: Vec<f64>,
    /// The median run, if it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Timeline>,
}

/// What one variant came to in the runs that faced one truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthResults {
    /// What is wrong, as in [`TruthSeen`].
    pub name: String,
    /// Its chance, as a fraction.
    pub chance: f64,
    /// Runs that faced it.
    pub runs: u32,
    /// Share of them that were promoted.
    pub promoted: ShareEstimate,
    /// Share of them that set off an alarm or an abort: detected if something is wrong, false if
    /// nothing is. Absent as [`VariantResults::decisions`] is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarmed: Option<ShareEstimate>,
    /// Share of them that set off none and were promoted; absent also where nothing is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_defect: Option<ShareEstimate>,
    /// Downtime, users, failed requests, cost and length of the rollout; excesses too. Where
    /// somebody could notice, also when that was, and the users hurt before.
    pub metrics: Estimates,
}

/// A paired difference of two variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Minuend.
    pub variant: String,
    /// Subtrahend.
    pub against: String,
    /// By dotted metric name.
    pub metrics: Estimates,
    /// (Var A + Var B) / Var(A − B) of users affected: what pairing saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance_reduction: Option<f64>,
}

/// A place in the ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranked {
    /// The variant.
    pub variant: String,
    /// 1 is best; variants that the runs cannot tell from the best share its place.
    pub place: u32,
    /// Why it stands there.
    pub why: String,
}

/// What became of a gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateResult {
    /// The variant, or `a - b`.
    pub variant: String,
    /// The metric, `outcome.<name>` or `decision.<name>`.
    pub metric: String,
    /// The requirement as written.
    pub require: String,
    /// Passed, failed or undecided.
    pub verdict: GateVerdict,
    /// The statistic; absent if no run has a value, and where too many runs never got there for a
    /// quantile to be a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Lower end of its interval; absent: not bounded by these runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of its interval; absent: not bounded by these runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The next step, if undecided; empty otherwise.
    pub advice: String,
}
