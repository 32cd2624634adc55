//! Whole experiments, pass by pass; expected by hand from upstream's code.

use super::super::analysis::Phase;
use super::{
    Action, Completion, ExperimentSpec, ExperimentStatus, ExperimentView, PROGRESS_DEADLINE,
    SCALE_DOWN_DELAY, TemplateCounts, TemplateSet, reconcile,
};
use crate::units::{SimDuration, SimTime};

const START: SimTime = SimTime::from_secs(100);
const TICK: SimDuration = SimDuration::from_nanos(1);
const LENGTH: SimDuration = SimDuration::from_secs(60);

struct World {
    spec: ExperimentSpec,
    status: ExperimentStatus,
    set: Option<TemplateSet>,
    run: Option<Phase>,
    healthy: bool,
}

impl World {
    /// One template of two pods, one analysis.
    fn new(completion: Completion, healthy: bool) -> Self {
        Self {
            spec: ExperimentSpec {
                templates: vec![2],
                analyses: vec![completion],
                duration: Some(LENGTH),
                progress_deadline: PROGRESS_DEADLINE,
                scale_down_delay: SCALE_DOWN_DELAY,
                terminate: false,
            },
            status: ExperimentStatus::default(),
            set: None,
            run: None,
            healthy,
        }
    }

    /// A pass that does this, comes to this phase, and looks again then.
    #[track_caller]
    fn check(&mut self, now: SimTime, expected: (&[Action], Phase, Option<SimTime>)) {
        let (sets, runs) = ([self.set], [self.run]);
        let seen = ExperimentView {
            spec: &self.spec,
            status: &self.status,
            sets: &sets,
            runs: &runs,
        };
        let pass = reconcile(&seen, now);
        let found = (&pass.actions[..], pass.status.phase, pass.requeue);
        assert_eq!(found, (expected.0, Some(expected.1), expected.2));
        self.status = pass.status;
        for action in pass.actions {
            self.apply(action);
        }
    }

    fn apply(&mut self, action: Action) {
        let pods = |size: u32, healthy: bool| TemplateCounts {
            replicas: size,
            ready: if healthy { size } else { 0 },
            available: if healthy { size } else { 0 },
        };
        let healthy = self.healthy;
        match (action, &mut self.set) {
            (Action::CreateSet(_), set) => {
                *set = Some(TemplateSet {
                    spec: 0,
                    counts: pods(0, healthy),
                    scale_down_deadline: None,
                });
            }
            (Action::Resize(_, size), Some(set)) => {
                (set.spec, set.counts) = (size, pods(size, healthy));
            }
            (Action::SetDeadline(_, at), Some(set)) => set.scale_down_deadline = Some(at),
            (Action::StartAnalysis(_), _) => self.run = Some(Phase::Running),
            _ => {}
        }
    }

    /// Until all pods are available and the analysis runs.
    fn running(completion: Completion) -> Self {
        let mut world = Self::new(completion, true);
        let late = Some(START + PROGRESS_DEADLINE + TICK);
        let end = Some(START + LENGTH + TICK);
        world.check(START, (&[Action::CreateSet(0)], Phase::Pending, late));
        world.check(START, (&[Action::Resize(0, 2)], Phase::Pending, late));
        world.check(START, (&[], Phase::Running, end));
        world.check(START, (&[Action::StartAnalysis(0)], Phase::Running, end));
        world.check(START, (&[], Phase::Running, end));
        world
    }
}

#[test]
fn it_lasts_its_duration_from_the_moment_all_pods_are_available() {
    let mut world = World::running(Completion::Optional);
    let end = START + LENGTH;
    world.check(end, (&[], Phase::Running, Some(end + TICK)));
    // The analysis still runs: the templates decide alone.
    world.check(end + TICK, (&[], Phase::Successful, None));
    let gone = end + SCALE_DOWN_DELAY;
    let leaves = [Action::SetDeadline(0, gone), Action::TerminateAnalysis(0)];
    world.check(end + TICK, (&leaves, Phase::Successful, None));
    world.run = Some(Phase::Successful);
    world.check(end + TICK, (&[], Phase::Successful, Some(gone)));
    world.check(gone, (&[Action::Resize(0, 0)], Phase::Successful, None));
}

#[test]
fn an_analysis_that_goes_wrong_ends_it_as_it_ended() {
    for phase in [Phase::Failed, Phase::Error, Phase::Inconclusive] {
        let mut world = World::running(Completion::Optional);
        world.run = Some(phase);
        world.check(START, (&[], phase, None));
        let gone = START + SCALE_DOWN_DELAY;
        world.check(START, (&[Action::SetDeadline(0, gone)], phase, None));
    }
}

#[test]
fn the_success_of_what_is_required_ends_it_early() {
    let mut world = World::running(Completion::Required);
    world.run = Some(Phase::Successful);
    world.check(START, (&[], Phase::Successful, None));
}

#[test]
fn pods_that_do_not_come_in_time_fail_it() {
    let mut world = World::new(Completion::Optional, false);
    let late = START + PROGRESS_DEADLINE;
    let again = Some(late + TICK);
    world.check(START, (&[Action::CreateSet(0)], Phase::Pending, again));
    world.check(START, (&[Action::Resize(0, 2)], Phase::Pending, again));
    world.check(START, (&[], Phase::Pending, again));
    world.check(late, (&[], Phase::Pending, again));
    world.check(late + TICK, (&[], Phase::Failed, None));
}
