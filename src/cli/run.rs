//! `rollcast run`: one run of one variant, told as a timeline.

use super::Exit;
use super::arguments::{Format, RunArguments};
use super::load::{Overrides, read};
use super::output::{print, say};
use crate::experiment::{Story, Subject};
use crate::ids::RunIndex;
use crate::report::{story_to_csv, story_to_json, story_to_text};
use crate::scenario::Scenario;
use crate::sim::{Job, Simulation};

/// Tells one run.
pub(super) fn run(arguments: &RunArguments) -> Exit {
    let overrides = Overrides {
        seed: arguments.seed,
        runs: None,
    };
    let loaded = match read(&arguments.scenario, overrides) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let Some(index) = chosen(&loaded.scenario, arguments.variant.as_deref()) else {
        return Exit::BadInput;
    };
    print(&tell(&loaded.scenario, index, arguments))
}

fn tell(scenario: &Scenario, index: usize, arguments: &RunArguments) -> String {
    let variant = &scenario.variants[index];
    let run = RunIndex::new(arguments.run);
    let job = Job {
        variant,
        count_from: scenario.count_from(variant),
        run,
    };
    let watched = Simulation::new(scenario).watch(&job);
    let subject = Subject {
        scenario: &scenario.name,
        variant: &variant.name,
        seed: scenario.seed,
        run: arguments.run,
        truth: &scenario.truths.describe(&watched.truth),
    };
    let story = Story::tell(subject, &watched.outcome, &watched.recording);
    match arguments.format {
        Format::Text => story_to_text(&story),
        Format::Json => story_to_json(&story),
        Format::Csv => story_to_csv(&story),
    }
}

fn chosen(scenario: &Scenario, name: Option<&str>) -> Option<usize> {
    let Some(name) = name else { return Some(0) };
    let found = scenario
        .variants
        .iter()
        .position(|variant| variant.name == name);
    if found.is_none() {
        say(&format!(
            "error: there is no variant `{name}`\n\nhint: the variants are:"
        ));
        for variant in &scenario.variants {
            say(&format!("  {}", variant.name));
        }
    }
    found
}
