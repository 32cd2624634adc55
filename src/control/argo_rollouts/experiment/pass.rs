//! One pass over an Experiment.

use super::super::analysis::Phase;
use super::verdict::{assess_templates, next_phase};
use super::{
    AnalysisStatus, ExperimentStatus, ExperimentView, TemplateSet, TemplateState, TemplateStatus,
};
use crate::control::replica_set::stamp;
use crate::units::{SimDuration, SimTime};

/// One write; templates and analyses by their index in the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Create the template's set, without pods.
    CreateSet(usize),
    /// Write a scale-down deadline onto the template's set, a whole second.
    SetDeadline(usize, SimTime),
    /// Take the deadline from the template's set.
    ClearDeadline(usize),
    /// Size the template's set (pods).
    Resize(usize, u32),
    /// Start the analysis.
    StartAnalysis(usize),
    /// Terminate the analysis' run.
    TerminateAnalysis(usize),
}

/// One pass of the controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// Its writes, in order.
    pub actions: Vec<Action>,
    /// The status from now on.
    pub status: ExperimentStatus,
    /// When it has to be looked at again, though nothing happens.
    pub requeue: Option<SimTime>,
}

/// One pass, in upstream's order: every template, every analysis, then the phase. Whether it is on its
/// way out is decided by the status before the pass. The first pass only begins: phase Pending.
pub fn reconcile(seen: &ExperimentView<'_>, now: SimTime) -> Pass {
    let mut actions = Vec::new();
    let templates = (0..seen.spec.templates.len())
        .map(|index| template(seen, index, now, &mut actions))
        .collect();
    let analyses = (0..seen.spec.analyses.len())
        .map(|index| analysis(seen, index, &mut actions))
        .collect();
    let mut status = ExperimentStatus {
        templates,
        analyses,
        ..*seen.status
    };
    match status.phase {
        None => status.phase = Some(Phase::Pending),
        Some(Phase::Pending | Phase::Running) => {
            if assess_templates(&status) == Phase::Running && status.available_at.is_none() {
                status.available_at = Some(stamp(now));
            }
            status.phase = Some(next_phase(seen.spec, &status));
        }
        Some(_) => {}
    }
    let requeue = requeue(seen, &status, now);
    Pass {
        actions,
        status,
        requeue,
    }
}

/// The size of a template's set: nothing once it or all is over.
fn wanted_size(seen: &ExperimentView<'_>, status: &ExperimentStatus, index: usize) -> u32 {
    let state = status
        .templates
        .get(index)
        .and_then(|template| template.state);
    let over = state.is_some_and(TemplateState::is_completed);
    match over || status.is_terminating(seen.spec) {
        true => 0,
        false => seen.spec.templates[index],
    }
}

/// Creates or sizes one template's set, and says how it stands (upstream's `reconcileTemplate`).
fn template(
    seen: &ExperimentView<'_>,
    index: usize,
    now: SimTime,
    actions: &mut Vec<Action>,
) -> TemplateStatus {
    let before = seen
        .status
        .templates
        .get(index)
        .copied()
        .unwrap_or_default();
    let wanted = wanted_size(seen, seen.status, index);
    let set = seen.sets.get(index).copied().flatten();
    let resized = set.is_none_or(|set| set.spec != wanted);
    match set {
        None => actions.push(Action::CreateSet(index)),
        Some(set) => actions.extend(size(seen, (index, set), wanted, now)),
    }
    let counts = set.map_or_else(Default::default, |set| set.counts);
    let moved = resized || counts != before.counts;
    let last_transition = match moved {
        true => Some(stamp(now)),
        false => before.last_transition,
    };
    let next = TemplateStatus {
        state: before.state,
        counts,
        last_transition,
    };
    let final_state = before.state.filter(|state| state.is_completed());
    TemplateStatus {
        state: final_state.or_else(|| Some(state(seen, &next, wanted, now))),
        ..next
    }
}

/// The writes that size a set; one that goes waits for its deadline first.
fn size(
    seen: &ExperimentView<'_>,
    (index, set): (usize, TemplateSet),
    wanted: u32,
    now: SimTime,
) -> Vec<Action> {
    let delay = seen.spec.scale_down_delay;
    let resize = |size: u32| (set.spec != size).then_some(Action::Resize(index, size));
    if wanted > 0 {
        return resize(wanted).into_iter().collect();
    }
    let marked = set.scale_down_deadline;
    let (mark, deadline) = match marked {
        Some(_) if delay.is_zero() => (Some(Action::ClearDeadline(index)), None),
        None if !delay.is_zero() => {
            let deadline = stamp(now + delay);
            (Some(Action::SetDeadline(index, deadline)), Some(deadline))
        }
        _ => (None, marked),
    };
    let stays = set.spec > 0 && deadline.is_some_and(|deadline| deadline > now);
    let size = if stays { seen.spec.templates[index] } else { 0 };
    mark.into_iter().chain(resize(size)).collect()
}

/// How a template stands that is not over yet: the deadline is strict, and counts from the last change.
fn state(
    seen: &ExperimentView<'_>,
    template: &TemplateStatus,
    wanted: u32,
    now: SimTime,
) -> TemplateState {
    let terminating = seen.status.is_terminating(seen.spec);
    let run_out = seen.status.has_run_out(seen.spec, now);
    let since = template.last_transition.unwrap_or(now);
    match template.counts.available == wanted {
        true if run_out || terminating => TemplateState::Successful,
        true => TemplateState::Running,
        false if now > since + seen.spec.progress_deadline => TemplateState::Failed,
        false if terminating => TemplateState::Successful,
        false => TemplateState::Progressing,
    }
}

/// Starts, terminates or takes over one analysis (upstream's `reconcileAnalysisRun`): none starts
/// before all sets were available, and none on the way out.
fn analysis(seen: &ExperimentView<'_>, index: usize, actions: &mut Vec<Action>) -> AnalysisStatus {
    let before = seen.status.analyses.get(index).copied().unwrap_or_default();
    let run = seen.runs.get(index).copied().flatten();
    let terminating = seen.status.is_terminating(seen.spec);
    let over = before.phase.is_some_and(Phase::is_completed);
    match (before.started, terminating) {
        _ if seen.status.available_at.is_none() => before,
        (false, true) => before,
        (false, false) => {
            actions.push(Action::StartAnalysis(index));
            AnalysisStatus {
                started: true,
                phase: Some(Phase::Pending),
            }
        }
        (true, _) if over => before,
        (true, true) => {
            let goes_on = run.is_some_and(|phase| !phase.is_completed());
            actions.extend(goes_on.then_some(Action::TerminateAnalysis(index)));
            before
        }
        (true, false) => AnalysisStatus {
            phase: run.or(before.phase),
            ..before
        },
    }
}

/// The next instant of interest (upstream's `calculateEnqueueDuration`): the end of the duration, the
/// deadline of a template that lacks pods (both strict, so one tick later), a scale-down deadline.
fn requeue(seen: &ExperimentView<'_>, status: &ExperimentStatus, now: SimTime) -> Option<SimTime> {
    let tick = SimDuration::from_nanos(1);
    let sets = seen.sets.iter().flatten().filter(|set| set.spec > 0);
    let leaving = sets.filter_map(|set| set.scale_down_deadline);
    let going_on = !status.is_terminating(seen.spec);
    let end = status.available_at.zip(seen.spec.duration);
    let end = end.map(|(start, length)| start + length + tick);
    let templates = status.templates.iter().enumerate();
    let late = templates.filter_map(|(index, template)| {
        let waits = matches!(
            template.state,
            Some(TemplateState::Progressing | TemplateState::Running)
        );
        let lacks = template.counts.available != wanted_size(seen, status, index);
        let since = template.last_transition.filter(|_| waits && lacks)?;
        Some(since + seen.spec.progress_deadline + tick)
    });
    let running = end.into_iter().chain(late).filter(|_| going_on);
    leaving.chain(running).filter(|at| *at > now).min()
}
