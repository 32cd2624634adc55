//! Scenarios: TOML and manifests in, a checked [`Scenario`] out, or every error at once.

mod model;
mod sections;

pub use model::{
    Bound, Comparison, Gate, Measure, Moment, Objects, Operation, Operator, Prices, Release,
    Scenario, Statistic, Subject, Variant,
};
