//! Whole runs of scenarios, shipped or written for one test, and what happened in them.

use std::fs;
use std::path::Path;

use rollcast::document::Colour;
use rollcast::facts::Happening;
use rollcast::ids::RunIndex;
use rollcast::scenario::{Loaded, Scenario, load};
use rollcast::sim::{Job, Simulation, Watched};
use rollcast::units::SimTime;

/// A scenario of `scenarios/`.
pub(crate) fn shipped(name: &str) -> Loaded {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    load(&root.join("scenarios").join(name)).expect("shipped scenarios can be read")
}

/// A scenario whose manifests are one file, `web.yaml`.
pub(crate) fn written(scenario: &str, manifest: &str) -> Loaded {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("scenario.toml");
    fs::write(folder.path().join("web.yaml"), manifest).expect("it can be written");
    fs::write(&path, scenario).expect("it can be written");
    load(&path)
        .map_err(|refused| refused.diagnostics.render(&refused.sources, Colour::Plain))
        .unwrap_or_else(|told| panic!("{told}"))
}

/// One run of the variant of this name.
pub(crate) fn job<'s>(scenario: &'s Scenario, variant: &str, run: u32) -> Job<'s> {
    let mut variants = scenario.variants.iter();
    let variant = variants
        .find(|it| it.name == variant)
        .expect("there is such a variant");
    Job {
        variant,
        count_from: scenario.count_from(variant),
        run: RunIndex::new(run),
    }
}

/// One run of it, with all that happened.
pub(crate) fn watch(scenario: &Scenario, variant: &str, run: u32) -> Watched {
    Simulation::new(scenario).watch(&job(scenario, variant, run))
}

/// When something happened, in order.
pub(crate) fn times(watched: &Watched, what: impl Fn(&Happening) -> bool) -> Vec<SimTime> {
    let noted = watched.recording.noted.iter();
    noted
        .filter(|noted| what(&noted.what))
        .map(|noted| noted.at)
        .collect()
}

/// Seconds from the one to the other.
pub(crate) fn seconds(from: SimTime, to: SimTime) -> f64 {
    (to - from).as_secs_f64()
}
