//! How the rollout stands at the horizon.

use super::world::World;
use crate::control::argo_rollouts::{self as argo, Phase, Stage, TemplateHash};
use crate::control::deployment::{
    ConditionStatus, DeploymentView, Reason, ReplicaSetView, Revision, complete,
};
use crate::ids::WorkloadId;
use crate::metrics::Ending;
use crate::units::SimDuration;

impl World<'_> {
    /// The worst ending of all workloads that the release changes, and why.
    pub(super) fn ending(&self) -> (Ending, String) {
        let endings = self.released().map(|index| self.ending_of(index));
        let rank = |ending: &Ending| match ending {
            Ending::Promoted => 0,
            Ending::RolledBack => 1,
            Ending::StillGoing => 2,
            Ending::Stuck => 3,
        };
        let worst = endings.max_by_key(|(ending, _)| rank(ending));
        worst.unwrap_or((Ending::Promoted, String::new()))
    }

    /// Workloads whose template the release changes: others do not roll.
    pub(super) fn released(&self) -> impl Iterator<Item = usize> {
        let after = self.variant.release.iter();
        let after = after.flat_map(|release| release.after.workloads());
        let pairs = after.zip(self.variant.before.workloads()).enumerate();
        pairs
            .filter(|(_, (after, before))| after.template.hash != before.template.hash)
            .map(|(index, _)| index)
    }

    /// Whether the release is out and this workload still asks for it.
    pub(super) fn wants_release(&self, index: usize) -> bool {
        let id = self.people.workloads[index];
        let given_up = self.is_rollout(index) && self.control.rollout(id).strategy.is_aborted();
        let old = self.old_template(index);
        self.progress.released_at.is_some() && !given_up && self.control.wanted_template(id) != old
    }

    fn is_rollout(&self, index: usize) -> bool {
        index >= self.variant.before.deployments.len()
    }

    fn old_template(&self, index: usize) -> u64 {
        let mut workloads = self.variant.before.workloads();
        let old = workloads.nth(index).expect("it was released");
        old.template.hash
    }

    fn ending_of(&self, index: usize) -> (Ending, String) {
        let id = self.people.workloads[index];
        let old = self.old_template(index);
        match self.is_rollout(index) {
            true => self.ending_of_rollout(index, TemplateHash::new(old)),
            false => self.ending_of_deployment(id, old),
        }
    }

    fn ending_of_deployment(&self, id: WorkloadId, old: u64) -> (Ending, String) {
        let view = self.control.deployment(id);
        let done = complete(&view, &view.status);
        if done && view.spec.template_hash == old {
            return (Ending::RolledBack, ROLLED_BACK.to_owned());
        }
        if done {
            return (Ending::Promoted, String::new());
        }
        let failed = view
            .status
            .progressing
            .filter(|condition| condition.status() == ConditionStatus::False);
        match failed {
            Some(condition) => (Ending::Stuck, format!("{:?}", condition.reason)),
            None => (Ending::StillGoing, self.why_not_done(&view)),
        }
    }

    fn ending_of_rollout(&self, index: usize, old: TemplateHash) -> (Ending, String) {
        let id = self.people.workloads[index];
        let status = self.control.rollout(id);
        let strategy = &status.strategy;
        if strategy.is_aborted() {
            return (Ending::RolledBack, self.why_aborted(index));
        }
        let reason = status
            .conditions
            .progressing
            .map(|condition| condition.reason);
        let stable = strategy.stage() == Stage::Stable;
        if stable && strategy.current() == old {
            return (Ending::RolledBack, ROLLED_BACK.to_owned());
        }
        if stable && status.phase == Phase::Healthy {
            return (Ending::Promoted, String::new());
        }
        if reason == Some(argo::Reason::ProgressDeadlineExceeded) {
            return (Ending::Stuck, "ProgressDeadlineExceeded".to_owned());
        }
        let why = match () {
            () if strategy.is_inconclusive() => self.control.analysis_verdict(id),
            () if strategy.is_paused() => "paused, and nobody promoted it".to_owned(),
            () => "under way at the horizon".to_owned(),
        };
        (Ending::StillGoing, why)
    }

    /// Why an update was given up: by a person, by an analysis or an experiment, or else by the
    /// progress deadline, for the controller has no other reason.
    fn why_aborted(&self, index: usize) -> String {
        let id = self.people.workloads[index];
        if self.people.gave_up(id) {
            return "aborted by hand".to_owned();
        }
        let verdict = self.control.analysis_verdict(id);
        match verdict.is_empty() {
            false => format!("aborted by {verdict}"),
            true => self.deadline_missed(index),
        }
    }

    /// What a progress deadline has given up.
    fn deadline_missed(&self, index: usize) -> String {
        let id = self.people.workloads[index];
        let current = self.control.rollout(id).strategy.current();
        let new = |set: &ReplicaSetView| TemplateHash::new(set.template_hash) == current;
        let set = self.control.replica_sets(id).find(new);
        let revision = match set.map(|set| set.revision) {
            Some(Revision::Number(number)) => format!("the ReplicaSet of revision {number}"),
            _ => "the new ReplicaSet".to_owned(),
        };
        let deadline = self.progress_deadline(index).as_secs_f64();
        format!(
            "aborted by the progress deadline: {revision} did not become ready, with no progress for \
             {deadline} s (progressDeadlineSeconds)"
        )
    }

    /// The progress deadline of a Rollout as it was released.
    fn progress_deadline(&self, index: usize) -> SimDuration {
        let release = self.variant.release.as_ref();
        let after = &release.expect("only released workloads end").after;
        after.rollouts[index - after.deployments.len()].progress_deadline
    }

    fn why_not_done(&self, view: &DeploymentView) -> String {
        let paused = view.status.progressing.map(|condition| condition.reason);
        if view.spec.paused || paused == Some(Reason::DeploymentPaused) {
            return "paused, and nobody resumed it".to_owned();
        }
        let (updated, wanted) = (view.status.updated, view.spec.replicas);
        let available = view.status.available;
        format!("{updated} of {wanted} updated, {available} available at the horizon")
    }

    /// From the release until the new version was complete; absent if it is not, or not the new one.
    pub(super) fn rollout(&self, ending: Ending) -> Option<SimDuration> {
        let released = self.progress.released_at?;
        let completed = self.progress.completed_at?;
        (ending == Ending::Promoted).then(|| completed - released)
    }
}

/// What is said where the old version is back in full.
const ROLLED_BACK: &str = "rolled back to the old version";
