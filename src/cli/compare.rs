//! `rollcast compare`: every variant over many runs.

use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Exit;
use super::arguments::{CompareArguments, Format, Undecided};
use super::load::{Overrides, read};
use super::output::{columns, print, say};
use crate::experiment::{GateVerdict, Plan, Results, compare as run_experiment, retell};
use crate::ids::RunIndex;
use crate::report::{charts_png, to_csv, to_html, to_json, to_text_within};
use crate::scenario::Scenario;
use crate::sim::{Job, Simulation};

/// Compares, prints, writes the report, and judges the gates.
pub(super) fn compare(arguments: &CompareArguments) -> Exit {
    let overrides = Overrides {
        seed: arguments.seed,
        runs: arguments.runs,
    };
    let loaded = match read(&arguments.scenario, overrides) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    // A directory that cannot be written is better known before the first run.
    if let Some(folder) = &arguments.report
        && let Err(error) = prepare(folder)
    {
        say(&format!(
            "error: `{}` cannot be written: {error}",
            folder.display()
        ));
        say("\nhint: name a directory that exists or can be created");
        return Exit::CouldNotWrite;
    }
    let results = match simulate(&loaded.scenario, arguments) {
        Ok(results) => results,
        Err(exit) => return exit,
    };
    let text = match arguments.format {
        Format::Text => to_text_within(&results, columns()),
        Format::Json => to_json(&results),
        Format::Csv => to_csv(&results),
    };
    if print(&text) == Exit::CouldNotWrite {
        return Exit::CouldNotWrite;
    }
    if let Some(folder) = &arguments.report
        && let Err(error) = write_report(folder, &results)
    {
        say(&format!("error: the report could not be written: {error}"));
        return Exit::CouldNotWrite;
    }
    judge(&results, arguments.undecided)
}

/// Creates the directory and proves that it takes files.
fn prepare(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let probe = folder.join(".rollcast-writes-here");
    fs::write(&probe, b"")?;
    fs::remove_file(&probe)
}

fn simulate(scenario: &Scenario, arguments: &CompareArguments) -> Result<Results, Exit> {
    let simulation = Simulation::new(scenario);
    let bar = progress_bar();
    let plan = Plan {
        runs: scenario.runs,
        threads: arguments.threads.map(usize::from),
    };
    let compared = run_experiment(
        scenario,
        plan,
        |job| {
            simulation.run(&Job {
                variant: job.variant,
                count_from: job.count_from,
                run: job.run,
            })
        },
        |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        },
    );
    bar.finish_and_clear();
    let mut results = compared
        .map_err(|error| {
            say(&format!("error: {error}"));
            Exit::BadInput
        })?
        .results;
    for (variant, result) in scenario.variants.iter().zip(&mut results.variants) {
        let run = result.median_run;
        let count_from = scenario.count_from(variant);
        let watched = simulation.watch(&Job {
            variant,
            count_from,
            run: RunIndex::new(run),
        });
        result.timeline = Some(retell(&watched.recording, run, scenario.horizon));
    }
    Ok(results)
}

/// Visible on a terminal only.
fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left")
        .expect("the template is a constant");
    bar.set_style(style);
    bar
}

/// Everything is written into a folder of its own first, so that nothing half-written is left.
fn write_report(folder: &Path, results: &Results) -> Result<(), String> {
    let part = folder.join(".rollcast-part");
    fs::create_dir_all(&part).map_err(|error| told(&part, &error))?;
    let files = [
        ("report.html", to_html(results)),
        ("results.json", to_json(results)),
        ("results.csv", to_csv(results)),
    ];
    let mut paths = charts_png(results, &part).map_err(|error| error.to_string())?;
    for (name, text) in files {
        let path = part.join(name);
        fs::write(&path, text).map_err(|error| told(&path, &error))?;
        paths.push(path);
    }
    for path in paths {
        let whole = folder.join(path.file_name().expect("every file has a name"));
        fs::rename(&path, &whole).map_err(|error| told(&whole, &error))?;
    }
    fs::remove_dir(&part).map_err(|error| told(&part, &error))?;
    say(&format!("wrote {}", folder.join("report.html").display()));
    Ok(())
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("`{}`: {error}", path.display())
}

fn judge(results: &Results, undecided: Undecided) -> Exit {
    let failed = results.gates.iter().any(|gate| match gate.verdict {
        GateVerdict::Passed => false,
        GateVerdict::Failed => true,
        GateVerdict::Undecided => undecided == Undecided::Fail,
    });
    if failed { Exit::Gate } else { Exit::Fine }
}
