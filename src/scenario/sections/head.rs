//! The top of a scenario: what is shared by everything below.

use crate::document::{Diagnostic, MapReader};
use crate::units::{Ratio, SimDuration, SimTime};

/// Runs of an experiment unless the file or the command says otherwise.
const RUNS: u32 = 100;
/// Most runs of an experiment.
const RUNS_MAX: i64 = 1_000_000;

/// The plain values at the top.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Head {
    pub(in crate::scenario) name: String,
    pub(in crate::scenario) horizon: SimTime,
    pub(in crate::scenario) warm_up: SimDuration,
    pub(in crate::scenario) seed: u64,
    pub(in crate::scenario) runs: u32,
    pub(in crate::scenario) level: Ratio,
    pub(in crate::scenario) downtime_threshold: Ratio,
}

/// Reads the plain keys at the top.
pub(in crate::scenario) fn read_head(reader: &mut MapReader<'_, '_>) -> Head {
    let name = reader.required("name").unwrap_or_default();
    let horizon: Option<SimDuration> = reader.required_quantity("horizon");
    let warm_up = reader.quantity("warm-up").unwrap_or(SimDuration::ZERO);
    if let Some(horizon) = horizon
        && horizon <= warm_up
    {
        let finding = Diagnostic::error(format!(
            "nothing would be counted: `horizon` is {horizon}, `warm-up` {warm_up}"
        ))
        .at(reader.value_span("horizon"))
        .label("expected more than `warm-up`, which is part of it");
        reader.problems().push(finding);
    }
    let runs = reader.number_within("runs", 1..=RUNS_MAX);
    Head {
        name,
        // Unreadable: told already, and not to be told again by what lies before it.
        horizon: horizon.map_or(SimTime::NEVER, |horizon| SimTime::ZERO + horizon),
        warm_up,
        seed: reader.optional("seed").unwrap_or(1),
        runs: runs.map_or(RUNS, |runs| runs as u32),
        level: read_level(reader),
        downtime_threshold: share(reader, "downtime-threshold", 0.05),
    }
}

/// A level below one half is not a confidence, and at 100 % every interval is endless.
fn read_level(reader: &mut MapReader<'_, '_>) -> Ratio {
    let level = share(reader, "level", 0.95);
    if !(0.5..=0.9999).contains(&level.as_fraction()) {
        let finding = Diagnostic::error(format!("`level` is {level}, out of range"))
            .at(reader.value_span("level"))
            .label("expected a confidence level from `50%` to `99.99%`");
        reader.problems().push(finding);
    }
    level
}

fn share<'a>(reader: &mut MapReader<'a, '_>, key: &'a str, default: f64) -> Ratio {
    let default = || Ratio::from_fraction(default).expect("a default is a share");
    reader.quantity(key).unwrap_or_else(default)
}
