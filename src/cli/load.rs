//! Reading a scenario for a command.

use std::path::Path;

use super::Exit;
use super::output::show;
use crate::scenario::{Loaded, load};

/// What the command line puts over the scenario's own settings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Overrides {
    pub(super) seed: Option<u64>,
    pub(super) runs: Option<u32>,
}

/// The scenario, its warnings shown; or every error shown.
pub(super) fn read(path: &Path, overrides: Overrides) -> Result<Loaded, Exit> {
    match load(path) {
        Ok(mut loaded) => {
            show(&loaded.warnings, &loaded.sources);
            loaded.scenario.seed = overrides.seed.unwrap_or(loaded.scenario.seed);
            loaded.scenario.runs = overrides.runs.unwrap_or(loaded.scenario.runs);
            Ok(loaded)
        }
        Err(refused) => {
            show(&refused.diagnostics, &refused.sources);
            Err(Exit::BadInput)
        }
    }
}
