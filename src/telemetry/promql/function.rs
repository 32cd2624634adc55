//! The functions rollcast models, by name.

/// What becomes of the samples of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OverRange {
    Rate,
    Increase,
    Delta,
    InstantRate,
    InstantDelta,
    Derivative,
    PredictLinear,
    Resets,
    Changes,
    Average,
    Minimum,
    Maximum,
    Sum,
    Count,
    First,
    Last,
    Present,
    Quantile,
    Deviation,
    Variance,
}

impl OverRange {
    /// Whether the result is still the metric, so that it keeps its name.
    pub(super) fn keeps_name(self) -> bool {
        matches!(self, Self::First | Self::Last)
    }
}

/// What becomes of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pointwise {
    Absolute,
    Ceiling,
    Floor,
    Exponential,
    Logarithm,
    Logarithm2,
    Logarithm10,
    SquareRoot,
    Sign,
    Round,
    Clamp,
    ClampMinimum,
    ClampMaximum,
}

/// Functions over ranges.
pub(super) const OVER_RANGES: [(&str, OverRange); 20] = [
    ("rate", OverRange::Rate),
    ("increase", OverRange::Increase),
    ("delta", OverRange::Delta),
    ("irate", OverRange::InstantRate),
    ("idelta", OverRange::InstantDelta),
    ("deriv", OverRange::Derivative),
    ("predict_linear", OverRange::PredictLinear),
    ("resets", OverRange::Resets),
    ("changes", OverRange::Changes),
    ("avg_over_time", OverRange::Average),
    ("min_over_time", OverRange::Minimum),
    ("max_over_time", OverRange::Maximum),
    ("sum_over_time", OverRange::Sum),
    ("count_over_time", OverRange::Count),
    ("first_over_time", OverRange::First),
    ("last_over_time", OverRange::Last),
    ("present_over_time", OverRange::Present),
    ("quantile_over_time", OverRange::Quantile),
    ("stddev_over_time", OverRange::Deviation),
    ("stdvar_over_time", OverRange::Variance),
];

/// Functions of one value and scalars.
pub(super) const POINTWISE: [(&str, Pointwise); 13] = [
    ("abs", Pointwise::Absolute),
    ("ceil", Pointwise::Ceiling),
    ("floor", Pointwise::Floor),
    ("exp", Pointwise::Exponential),
    ("ln", Pointwise::Logarithm),
    ("log2", Pointwise::Logarithm2),
    ("log10", Pointwise::Logarithm10),
    ("sqrt", Pointwise::SquareRoot),
    ("sgn", Pointwise::Sign),
    ("round", Pointwise::Round),
    ("clamp", Pointwise::Clamp),
    ("clamp_min", Pointwise::ClampMinimum),
    ("clamp_max", Pointwise::ClampMaximum),
];

/// The other functions and the aggregations.
const OTHERS: [&str; 23] = [
    "absent",
    "absent_over_time",
    "avg",
    "bottomk",
    "count",
    "count_values",
    "group",
    "histogram_quantile",
    "label_join",
    "label_replace",
    "max",
    "min",
    "quantile",
    "scalar",
    "sort",
    "sort_desc",
    "stddev",
    "stdvar",
    "sum",
    "time",
    "timestamp",
    "topk",
    "vector",
];

/// Every function and aggregation that rollcast models.
pub const FUNCTIONS: [&str; 56] = {
    let mut names = [""; 56];
    let mut at = 0;
    while at < names.len() {
        names[at] = if at < OVER_RANGES.len() {
            OVER_RANGES[at].0
        } else if at < OVER_RANGES.len() + POINTWISE.len() {
            POINTWISE[at - OVER_RANGES.len()].0
        } else {
            OTHERS[at - OVER_RANGES.len() - POINTWISE.len()]
        };
        at += 1;
    }
    names
};

/// The modelled name nearest to a word, if one is near: at most 1 + a quarter of its letters away.
pub(super) fn nearest(word: &str) -> Option<&'static str> {
    let allowed = 1 + word.chars().count() / 4;
    FUNCTIONS
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
