//! Risks, and the truth of a run.

use super::Differences;
use crate::units::Ratio;

/// One thing that may be wrong with the new version.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// What reports call it; by default made from its keys.
    pub name: String,
    /// How likely it is.
    pub chance: Ratio,
    /// Drawn apart from the others instead of excluding them.
    pub independent: bool,
    /// What it changes in the `to` image.
    pub differences: Differences,
}

/// All risks of a scenario.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Truths {
    /// In the order of the file; the chances of those not independent sum to at most 100 %.
    pub risks: Vec<Risk>,
}

/// What is wrong in one run, the same for every variant: indices into [`Truths::risks`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Truth {
    /// The real ones, ascending; empty: nothing is wrong.
    pub real: Vec<u16>,
}
