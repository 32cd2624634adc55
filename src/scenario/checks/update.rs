//! A Rollout that is updated, and the analyses of its update, for rules about them.

use super::finding::Finding;
use super::rollout::typically_ready;
use crate::manifest::argo::RolloutStrategy;
use crate::manifest::{Rollout, argo};
use crate::scenario::outlook::{Asked, Course, SeriesOf, asked_of, updated};
use crate::scenario::{Scenario, Variant, Workload};

/// A Rollout as it is after the release, and its update as it goes where nothing goes wrong.
pub(super) struct Update<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) variant: &'s Variant,
    pub(super) rollout: &'s Rollout,
    pub(super) course: Course,
    pub(super) asked: Vec<Asked>,
    pub(super) series: SeriesOf,
}

/// One metric of an update.
pub(super) struct Question<'u> {
    pub(super) update: &'u Update<'u>,
    pub(super) asked: &'u Asked,
}

impl<'s> Update<'s> {
    /// Every update of a variant whose pods are described.
    pub(super) fn all(scenario: &'s Scenario, variant: &'s Variant) -> Vec<Self> {
        let rollouts = updated(variant).into_iter();
        rollouts
            .filter_map(|rollout| {
                let ready = typically_ready(variant, Workload::from(rollout))?;
                let asked = asked_of(rollout, &variant.before.analysis_templates);
                let course = Course::of(variant, rollout, &asked, ready);
                Some(Self {
                    scenario,
                    variant,
                    rollout,
                    course,
                    asked,
                    series: SeriesOf::variant(variant),
                })
            })
            .collect()
    }

    /// Its strategy, if it is a canary.
    pub(super) fn canary(&self) -> Option<&argo::Canary> {
        match &self.rollout.strategy {
            RolloutStrategy::Canary(canary) => Some(canary),
            RolloutStrategy::BlueGreen(_) => None,
        }
    }

    /// Its strategy, if it is blue-green.
    pub(super) fn blue_green(&self) -> Option<&argo::BlueGreen> {
        match &self.rollout.strategy {
            RolloutStrategy::BlueGreen(strategy) => Some(strategy),
            RolloutStrategy::Canary(_) => None,
        }
    }

    /// A finding in the Rollout.
    pub(super) fn finding(&self, steps: &str, message: String) -> Finding {
        let (namespace, name) = (&self.rollout.namespace, &self.rollout.name);
        Finding::at(format!("Rollout/{namespace}/{name}:{steps}"), message)
    }
}

/// Seconds as a person says them.
pub(super) fn told(seconds: f64) -> crate::units::SimDuration {
    crate::units::SimDuration::from_secs(seconds.max(0.0).round() as u64)
}
