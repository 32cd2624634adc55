//! A world for stories: passes are applied, and pods become available at once.

use super::super::{
    BlueGreenSpec, ControllerPause, DeadlineMissed, RolloutSpec, RolloutStrategy, SetView, Sets,
    TemplateHash,
};
use super::{Action, AnalysisSeen, BlueGreenStatus, BlueGreenView, reconcile};
use crate::units::{SimDuration, SimTime};

pub(super) const OLD: TemplateHash = TemplateHash::new(1);
pub(super) const NEW: TemplateHash = TemplateHash::new(2);
/// The instant at which stories begin.
pub(super) const START: SimTime = SimTime::from_secs(100);

/// A Rollout, its sets and its analyses.
pub(super) struct World {
    pub(super) rollout: RolloutSpec,
    pub(super) spec: BlueGreenSpec,
    pub(super) template: TemplateHash,
    pub(super) status: BlueGreenStatus,
    pub(super) sets: [SetView; 2],
    pub(super) analysis: AnalysisSeen,
    pub(super) now: SimTime,
}

fn set(hash: TemplateHash, revision: i64, pods: u32) -> SetView {
    SetView {
        hash,
        revision,
        created: SimTime::from_secs(revision as u64),
        spec: pods,
        replicas: pods,
        available: pods,
        desired: Some(6),
        scale_down_deadline: None,
    }
}

impl World {
    /// All is old, and a new template was just applied.
    pub(super) fn updating(spec: BlueGreenSpec) -> Self {
        Self {
            rollout: RolloutSpec {
                replicas: 6,
                paused: false,
                progress_deadline: SimDuration::from_secs(600),
                deadline_missed: DeadlineMissed::Report,
                rollback_window: 0,
                strategy: RolloutStrategy::BlueGreen(spec.clone()),
            },
            spec,
            template: NEW,
            status: BlueGreenStatus {
                current: OLD,
                stable: Some(OLD),
                active: Some(OLD),
                checkpoint: false,
                pause: ControllerPause::None,
                inconclusive: false,
                abort: false,
                retried: false,
                promote_full: false,
            },
            sets: [set(OLD, 1, 6), set(NEW, 2, 0)],
            analysis: AnalysisSeen::default(),
            now: START,
        }
    }

    pub(super) fn seen<T>(&self, look: impl FnOnce(&BlueGreenView<'_>) -> T) -> T {
        let named =
            |hash: Option<TemplateHash>| self.sets.iter().find(move |set| Some(set.hash) == hash);
        let used = [Some(self.template), self.status.stable];
        let others = self
            .sets
            .iter()
            .filter(|set| !used.contains(&Some(set.hash)));
        let older: Vec<SetView> = others.copied().collect();
        look(&BlueGreenView {
            rollout: &self.rollout,
            spec: &self.spec,
            status: self.status,
            sets: Sets {
                new: named(used[0]),
                stable: named(used[1]),
                older: &older,
            },
            analysis: self.analysis,
        })
    }

    /// Passes that do exactly this, one after another.
    #[track_caller]
    pub(super) fn check(&mut self, passes: &[&[Action]]) {
        for (index, expected) in passes.iter().enumerate() {
            let pass = self.seen(|seen| reconcile(seen, self.now));
            assert_eq!(pass.actions, *expected, "pass {index}");
            for action in pass.actions {
                self.apply(action);
            }
        }
    }

    fn set_mut(&mut self, hash: TemplateHash) -> &mut SetView {
        let set = self.sets.iter_mut().find(|set| set.hash == hash);
        set.expect("actions name sets that exist")
    }

    fn apply(&mut self, action: Action) {
        let (replicas, status) = (self.rollout.replicas, &mut self.status);
        match action {
            Action::ResetStatus(hash) => {
                (status.current, status.checkpoint) = (hash, false);
                (status.pause, status.inconclusive) = (ControllerPause::None, false);
                (status.abort, status.promote_full) = (false, false);
                self.analysis = AnalysisSeen::default();
            }
            Action::ClearDeadline(hash) => self.set_mut(hash).scale_down_deadline = None,
            Action::SetDeadline(hash, at) => self.set_mut(hash).scale_down_deadline = Some(at),
            Action::Resize(hash, size) => {
                let set = self.set_mut(hash);
                (set.spec, set.replicas, set.available) = (size, size, size);
                set.desired = Some(replicas);
            }
            Action::BeginPause(at) => status.pause = ControllerPause::Since(at),
            Action::PauseInconclusive => status.inconclusive = true,
            Action::EndPause => {
                (status.pause, status.inconclusive) = (ControllerPause::None, false);
            }
            Action::SwitchActive(hash) => status.active = Some(hash),
            Action::Abort => {
                (status.abort, status.inconclusive) = (true, false);
                status.pause = ControllerPause::None;
            }
            Action::ClearAbort => (status.abort, status.retried) = (false, false),
            Action::ReachCheckpoint => status.checkpoint = true,
            Action::PromoteToStable(hash) => {
                (status.stable, status.checkpoint) = (Some(hash), false);
                (status.pause, status.abort) = (ControllerPause::None, false);
                status.promote_full = false;
            }
            _ => {}
        }
    }
}
