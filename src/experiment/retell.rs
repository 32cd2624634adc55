//! A watched run as series per second, for charts.

use super::happened::words;
use super::story::ReadyPods;
use super::timeline::{Mark, Series, Steps, Timeline};
use crate::facts::{Cause, ConditionKind, Happening, Noted};
use crate::sim::Recording;
use crate::units::SimTime;

/// Ready pods per revision and failures per cause, second by second from the start of the counted
/// time to the horizon.
pub fn retell(recording: &Recording, run: u32, horizon: SimTime) -> Timeline {
    let start = recording.count_from.since_start().as_secs() as u32;
    let seconds = (horizon.since_start().as_secs() as u32).saturating_sub(start);
    let release = recording
        .noted
        .iter()
        .find(|noted| noted.what == Happening::Released);
    Timeline {
        run,
        start_second: start,
        seconds,
        release_second: release.map(|noted| noted.at.as_secs_f64()),
        ready_by_version: ready_by_revision(recording, start, seconds),
        failures_by_cause: failures_by_cause(recording),
        marks: recording
            .noted
            .iter()
            .filter_map(|noted| mark(noted, recording))
            .collect(),
    }
}

fn ready_by_revision(recording: &Recording, start: u32, seconds: u32) -> Vec<Series> {
    let mut revisions: Vec<u32> = recording.revisions.clone();
    revisions.sort_unstable();
    revisions.dedup();
    let mut values = vec![Vec::with_capacity(seconds as usize); revisions.len()];
    let mut ready = ReadyPods::of(recording);
    let mut noted = recording.noted.iter().peekable();
    for second in 1..=seconds {
        let end = SimTime::from_secs(u64::from(start + second));
        while let Some(next) = noted.next_if(|noted| noted.at < end) {
            ready.hear(next, recording);
        }
        for (revision, column) in revisions.iter().zip(&mut values) {
            let count = ready.counts.iter().find(|(known, _)| known == revision);
            column.push(count.map_or(0, |(_, count)| *count));
        }
    }
    let series = revisions
        .iter()
        .zip(&values)
        .map(|(revision, column)| Series {
            name: version(*revision, &revisions),
            steps: Steps::from_values(column),
        });
    series.collect()
}

/// `old` for what was settled, `new` for what the first release brought; later ones by number.
fn version(revision: u32, ascending: &[u32]) -> String {
    match ascending.iter().position(|it| *it == revision) {
        Some(0) => format!("old (revision {revision})"),
        Some(1) if ascending.len() == 2 => format!("new (revision {revision})"),
        _ => format!("revision {revision}"),
    }
}

fn failures_by_cause(recording: &Recording) -> Vec<Series> {
    let series = Cause::ALL.into_iter().enumerate().map(|(index, cause)| {
        let values: Vec<u32> = recording
            .failures
            .iter()
            .map(|second| second[index])
            .collect();
        Series {
            name: cause.name().to_owned(),
            steps: Steps::from_values(&values),
        }
    });
    series.filter(|series| series.steps.max() > 0).collect()
}

fn mark(noted: &Noted, recording: &Recording) -> Option<Mark> {
    let text = match noted.what {
        Happening::Released => "release".to_owned(),
        Happening::Completed(_) => "complete".to_owned(),
        Happening::Condition(_, ConditionKind::Progressing, Some(false), _) => {
            "deadline exceeded".to_owned()
        }
        Happening::Operated(_) => words(noted.what, recording),
        _ => return None,
    };
    Some(Mark {
        at_seconds: noted.at.as_secs_f64(),
        text,
    })
}
