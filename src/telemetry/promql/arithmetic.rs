//! Operators between two numbers.

/// An operator between numbers, or between sets of series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Calculate(Calculation),
    Compare(Comparison, Verdict),
    Combine(Combination),
}

/// Arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Calculation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

/// Comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Different,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
}

/// What a comparison does with its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Elements that fail are dropped, the others keep their value.
    Filter,
    /// `bool`: 1 or 0.
    Number,
}

/// Set operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Combination {
    And,
    Or,
    Unless,
}

impl Operator {
    /// Whether results are no longer the metric, so that they lose its name.
    pub(super) fn drops_name(self) -> bool {
        matches!(self, Self::Calculate(_) | Self::Compare(_, Verdict::Number))
    }
    /// What comes of two numbers; `kept` passes a filter.
    pub(super) fn apply(self, left: f64, right: f64, kept: f64) -> Option<f64> {
        match self {
            Self::Calculate(calculation) => Some(calculation.apply(left, right)),
            Self::Compare(comparison, Verdict::Filter) => {
                comparison.holds(left, right).then_some(kept)
            }
            Self::Compare(comparison, Verdict::Number) => {
                Some(f64::from(u8::from(comparison.holds(left, right))))
            }
            Self::Combine(_) => unreachable!("the grammar keeps set operators from numbers"),
        }
    }
}

impl Calculation {
    fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Remainder => left % right,
            Self::Power => libm::pow(left, right),
        }
    }
}

impl Comparison {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Different => left != right,
            Self::Greater => left > right,
            Self::Less => left < right,
            Self::GreaterOrEqual => left >= right,
            Self::LessOrEqual => left <= right,
        }
    }
}
