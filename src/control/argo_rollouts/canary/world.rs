//! A world for stories: passes are applied, and pods become available at once, unless they are sick.

use super::super::{
    CanarySpec, ControllerPause, DeadlineMissed, RolloutSpec, RolloutStrategy, SetView, Sets,
    TemplateHash, TrafficWeights,
};
use super::{
    Action, AnalysesSeen, CanaryRunStatus, CanaryView, ExperimentSeen, RoutedWeights, ServiceSeen,
    StepsSeen, reconcile,
};
use crate::units::{SimDuration, SimTime};

pub(super) const OLD: TemplateHash = TemplateHash::new(1);
pub(super) const NEW: TemplateHash = TemplateHash::new(2);
pub(super) const NEWEST: TemplateHash = TemplateHash::new(3);
/// The instant at which stories begin.
pub(super) const START: SimTime = SimTime::from_secs(100);

/// A Rollout, its sets and what judges it.
pub(super) struct World {
    pub(super) rollout: RolloutSpec,
    pub(super) spec: CanarySpec,
    /// Template of the spec; its set exists.
    pub(super) template: TemplateHash,
    pub(super) status: CanaryRunStatus,
    pub(super) sets: Vec<SetView>,
    pub(super) analysis: AnalysesSeen,
    pub(super) experiment: Option<ExperimentSeen>,
    /// A template whose pods never become available.
    pub(super) sick: Option<TemplateHash>,
    pub(super) now: SimTime,
}

pub(super) fn set(hash: TemplateHash, revision: i64, pods: u32) -> SetView {
    SetView {
        hash,
        revision,
        created: SimTime::from_secs(revision as u64),
        spec: pods,
        replicas: pods,
        available: pods,
        desired: Some(10),
        scale_down_deadline: None,
    }
}

fn routed(canary: u32, sets: (TemplateHash, TemplateHash)) -> RoutedWeights {
    RoutedWeights {
        weights: TrafficWeights {
            canary,
            stable: 100 - canary,
            verified: None,
        },
        canary: sets.0,
        stable: sets.1,
    }
}

impl World {
    /// Ten pods of a stable template, and another template that was just applied.
    pub(super) fn updating(spec: CanarySpec) -> Self {
        let service = |hash| ServiceSeen {
            selector: Some(hash),
            managed: true,
        };
        let weighted = spec.is_weighted();
        Self {
            rollout: RolloutSpec {
                replicas: 10,
                paused: false,
                progress_deadline: SimDuration::from_secs(600),
                deadline_missed: DeadlineMissed::Report,
                rollback_window: 0,
                strategy: RolloutStrategy::Canary(spec.clone()),
            },
            template: NEW,
            status: CanaryRunStatus {
                current: OLD,
                stable: Some(OLD),
                steps: StepsSeen::Same,
                step_index: Some(spec.steps.len() as u32),
                pause: ControllerPause::None,
                inconclusive: false,
                inconclusive_experiment: false,
                abort: false,
                retried: false,
                promote_full: false,
                weights: weighted.then(|| routed(0, (OLD, OLD))),
                routes_set: false,
                canary_service: weighted.then(|| service(OLD)),
                stable_service: weighted.then(|| service(OLD)),
            },
            spec,
            sets: vec![set(OLD, 1, 10), set(NEW, 2, 0)],
            analysis: AnalysesSeen::default(),
            experiment: None,
            sick: None,
            now: START,
        }
    }

    /// In mid-update: at this step, with this weight (routed) and these sizes (new, stable).
    pub(super) fn at_step(spec: CanarySpec, step: u32, weight: u32, sizes: (u32, u32)) -> Self {
        let mut world = Self::updating(spec);
        (world.status.current, world.status.step_index) = (NEW, Some(step));
        world.sets = vec![set(OLD, 1, sizes.1), set(NEW, 2, sizes.0)];
        if world.spec.is_weighted() {
            world.status.weights = Some(routed(weight, (NEW, OLD)));
            world.status.canary_service = Some(ServiceSeen {
                selector: Some(NEW),
                managed: true,
            });
        }
        world
    }

    /// Calls with the view of the present moment.
    pub(super) fn seen<T>(&self, look: impl FnOnce(&CanaryView<'_>) -> T) -> T {
        let named =
            |hash: Option<TemplateHash>| self.sets.iter().find(move |set| Some(set.hash) == hash);
        let (new, stable) = (named(Some(self.template)), named(self.status.stable));
        let others = self.sets.iter();
        let others = others.filter(|set| set.hash != self.template);
        let older: Vec<SetView> = others
            .filter(|set| Some(set.hash) != self.status.stable)
            .copied()
            .collect();
        look(&CanaryView {
            rollout: &self.rollout,
            spec: &self.spec,
            status: self.status,
            sets: Sets {
                new,
                stable,
                older: &older,
            },
            analysis: self.analysis,
            experiment: self.experiment,
            pods_restarted: 0,
        })
    }

    /// One pass, applied.
    pub(super) fn pass(&mut self) -> Vec<Action> {
        let pass = self.seen(|seen| reconcile(seen, self.now));
        for action in &pass.actions {
            self.apply(*action);
        }
        pass.actions
    }

    /// Passes that do exactly this, one after another.
    #[track_caller]
    pub(super) fn check(&mut self, passes: &[&[Action]]) {
        for (index, expected) in passes.iter().enumerate() {
            assert_eq!(self.pass(), *expected, "pass {index}");
        }
    }

    fn set_mut(&mut self, hash: TemplateHash) -> &mut SetView {
        let set = self.sets.iter_mut().find(|set| set.hash == hash);
        set.expect("actions name sets that exist")
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Resize(hash, size) => {
                let (replicas, sick) = (self.rollout.replicas, self.sick == Some(hash));
                let set = self.set_mut(hash);
                (set.spec, set.replicas, set.desired) = (size, size, Some(replicas));
                set.available = if sick { 0 } else { size };
            }
            Action::ClearDeadline(hash) => self.set_mut(hash).scale_down_deadline = None,
            Action::SetDeadline(hash, at) => self.set_mut(hash).scale_down_deadline = Some(at),
            _ => self.apply_to_status(action),
        }
    }

    fn apply_to_status(&mut self, action: Action) {
        let status = &mut self.status;
        let point = |service: &mut Option<ServiceSeen>, hash| {
            if let Some(service) = service {
                (service.selector, service.managed) = (Some(hash), true);
            }
        };
        match action {
            Action::ResetStatus {
                current,
                step_index,
            } => {
                (status.current, status.step_index) = (current, step_index);
                status.steps = StepsSeen::Same;
                (status.abort, status.promote_full) = (false, false);
                end_pauses(status);
                self.analysis = AnalysesSeen::default();
            }
            Action::SwitchStable(hash) => point(&mut status.stable_service, hash),
            Action::SwitchCanary(hash) => point(&mut status.canary_service, hash),
            Action::PointRoutes { canary, stable } => {
                let weights = status.weights.expect("only a routed canary points routes");
                status.weights = Some(RoutedWeights {
                    canary,
                    stable,
                    ..weights
                });
            }
            Action::SetWeight { canary, .. } => {
                let before = status.weights.expect("only a routed canary sets weights");
                status.weights = Some(routed(canary, (before.canary, before.stable)));
            }
            Action::SetHeaderRoute(_) | Action::SetMirrorRoute(_) => status.routes_set = true,
            Action::RemoveRoutes => status.routes_set = false,
            Action::PauseInconclusive(_) => status.inconclusive = true,
            Action::Abort(_) => {
                status.abort = true;
                end_pauses(status);
            }
            Action::ClearAbort => (status.abort, status.retried) = (false, false),
            Action::BeginPause(at) => status.pause = ControllerPause::Since(at),
            Action::EndPause => end_pauses(status),
            Action::SetStepIndex(index) => {
                status.step_index = Some(index);
                status.pause = ControllerPause::None;
            }
            Action::PromoteToStable(hash) => {
                status.stable = Some(hash);
                status.step_index = Some(self.spec.steps.len() as u32);
                (status.abort, status.promote_full) = (false, false);
                end_pauses(status);
            }
            Action::CancelStepAnalysis => self.analysis.step = None,
            Action::CancelBackgroundAnalysis => self.analysis.background = None,
            Action::CancelExperiment | Action::ForgetExperiment => self.experiment = None,
            _ => {}
        }
    }
}

fn end_pauses(status: &mut CanaryRunStatus) {
    status.pause = ControllerPause::None;
    (status.inconclusive, status.inconclusive_experiment) = (false, false);
}
