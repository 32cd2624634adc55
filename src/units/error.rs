//! The one error of all unit parsers.

/// Why a text is not the quantity it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitError {
    /// What was read.
    pub value: String,
    /// The rule it broke, lowercase, without a full stop; names a cure where there is one.
    pub rule: &'static str,
}

impl UnitError {
    pub(crate) fn new(value: &str, rule: &'static str) -> Self {
        Self {
            value: value.to_owned(),
            rule,
        }
    }
}

impl std::fmt::Display for UnitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}", self.value, self.rule)
    }
}

impl std::error::Error for UnitError {}
