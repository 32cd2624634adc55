//! How the rollout stands at the horizon.

use super::world::World;
use crate::control::deployment::{ConditionStatus, DeploymentView, Reason, complete};
use crate::metrics::Ending;
use crate::units::SimDuration;

impl World<'_> {
    /// The worst ending of all Deployments that the release changes, and why.
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

    /// Deployments whose template the release changes: others do not roll.
    fn released(&self) -> impl Iterator<Item = usize> {
        let after = self
            .variant
            .release
            .iter()
            .flat_map(|release| &release.after.deployments);
        let before = &self.variant.before.deployments;
        let pairs = after.zip(before).enumerate();
        pairs
            .filter(|(_, (after, before))| after.template.hash != before.template.hash)
            .map(|(index, _)| index)
    }

    fn ending_of(&self, index: usize) -> (Ending, String) {
        let view = self.control.deployment(self.people.workloads[index]);
        let done = complete(&view, &view.status);
        let old = self.variant.before.deployments[index].template.hash;
        if done && view.spec.template_hash == old {
            return (
                Ending::RolledBack,
                "rolled back to the old version".to_owned(),
            );
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
