//! Deeds that come to nothing, which is probably not what was meant.

use super::operators::Stage;
use super::sections::{Act, OperatorSection};
use super::{Moment, Operation, WorkloadKind};
use crate::document::{Diagnostic, Diagnostics};
use crate::units::SimTime;

/// Warns of each deed that nobody will ever see, given all the others.
pub(super) fn warn_of_idle_deeds(
    sections: &[OperatorSection],
    stage: &Stage<'_>,
    problems: &mut Diagnostics,
) {
    for section in sections {
        let found = too_late(section, stage)
            .or_else(|| nothing_to_undo(section, sections, stage))
            .or_else(|| never_stuck(section, stage))
            .or_else(|| never_paused(section, sections, stage));
        if let Some((message, rule)) = found {
            problems.push(Diagnostic::warning(message).at(section.span).label(rule));
        }
    }
}

type Slip = Option<(String, String)>;

fn too_late(section: &OperatorSection, stage: &Stage<'_>) -> Slip {
    let Moment::At(at) = section.when else {
        return None;
    };
    (at >= stage.horizon).then(|| {
        let rule = format!(
            "a run ends at the `horizon`, {}",
            stage.horizon.since_start()
        );
        (format!("nobody acts at {}", at.since_start()), rule)
    })
}

/// An `undo` needs an earlier revision to go back to.
fn nothing_to_undo(section: &OperatorSection, all: &[OperatorSection], stage: &Stage<'_>) -> Slip {
    let (Act::Plain(Operation::Undo), Moment::At(at)) = (&section.act, &section.when) else {
        return None;
    };
    let ships = |other: &OperatorSection| {
        let changes = matches!(other.act, Act::Apply(_) | Act::Set(_));
        changes && !matches!(other.when, Moment::At(when) if when >= *at)
    };
    let released = stage.released_at.is_some_and(|released| released < *at);
    (!released && !all.iter().any(ships)).then(|| {
        let message = format!("there is nothing to undo at {}", at.since_start());
        (
            message,
            "the release, which makes a second revision, comes later or never".to_owned(),
        )
    })
}

/// Only a progress deadline makes a workload stuck.
fn never_stuck(section: &OperatorSection, stage: &Stage<'_>) -> Slip {
    let Moment::WhenStuck(_) = section.when else {
        return None;
    };
    let deadlines = stage.objects.workloads();
    let Some(shortest) = deadlines.filter_map(|one| one.progress_deadline).min() else {
        let rule = "no workload has a progress deadline, which is what tells that one is stuck";
        return Some(("nobody acts here".to_owned(), rule.to_owned()));
    };
    let started = stage.released_at.unwrap_or(SimTime::ZERO);
    (started + shortest >= stage.horizon).then(|| {
        let told = (started + shortest).since_start();
        let rule = format!(
            "nothing is stuck before {told}; `horizon` is {}",
            stage.horizon.since_start()
        );
        (
            "nobody acts here: the progress deadline passes too late".to_owned(),
            rule,
        )
    })
}

/// A Deployment is paused by people; a Rollout pauses by itself, too.
fn never_paused(section: &OperatorSection, all: &[OperatorSection], stage: &Stage<'_>) -> Slip {
    let Moment::WhenPaused(_) = section.when else {
        return None;
    };
    let pauses = |other: &OperatorSection| match &other.act {
        Act::Plain(operation) => *operation == Operation::Pause,
        Act::Apply(_) | Act::Set(_) => true,
    };
    let mut workloads = stage.objects.workloads();
    let may_pause = workloads.any(|one| one.paused || one.kind == WorkloadKind::Rollout);
    (!may_pause && !stage.paused_by_release && !all.iter().any(pauses)).then(|| {
        let rule = "no Deployment is paused, and no operator pauses one";
        ("nobody acts here".to_owned(), rule.to_owned())
    })
}
