//! The spec that decisions need, out of a Rollout as it is written.
//!
//! What a decision never asks is left behind: names of Services, routes and templates, arguments, the
//! pod template. Who acts on a decision finds them in the Rollout, steps by the same index.

use super::{
    Analysis, BlueGreenSpec, CanaryScale, CanarySpec, DeadlineMissed, ProgressThreshold, Promotion,
    RolloutSpec, RolloutStrategy, Routing, ScaleDownDelays, StableScale, Step,
};
use crate::manifest::{Rollout, argo};

impl From<&Rollout> for RolloutSpec {
    fn from(rollout: &Rollout) -> Self {
        Self {
            replicas: rollout.replicas,
            paused: rollout.paused,
            progress_deadline: rollout.progress_deadline,
            deadline_missed: match rollout.progress_deadline_abort {
                true => DeadlineMissed::Abort,
                false => DeadlineMissed::Report,
            },
            rollback_window: rollout.rollback_window.unwrap_or(0),
            strategy: match &rollout.strategy {
                argo::RolloutStrategy::BlueGreen(written) => {
                    RolloutStrategy::BlueGreen(blue_green(written))
                }
                argo::RolloutStrategy::Canary(written) => RolloutStrategy::Canary(canary(written)),
            },
        }
    }
}

fn blue_green(written: &argo::BlueGreen) -> BlueGreenSpec {
    let promotion = match written.auto_promotion_enabled {
        false => Promotion::ByHand,
        true if written.auto_promotion_delay.is_zero() => Promotion::AtOnce,
        true => Promotion::After(written.auto_promotion_delay),
    };
    let analysis = |asked: &Option<argo::AnalysisRef>| match asked {
        Some(_) => Analysis::Configured,
        None => Analysis::None,
    };
    BlueGreenSpec {
        promotion,
        preview_replicas: written.preview_replicas,
        pre_promotion: analysis(&written.pre_promotion),
        post_promotion: analysis(&written.post_promotion),
        delays: delays(written.scale_down),
        max_unavailable: written.max_unavailable,
    }
}

fn canary(written: &argo::Canary) -> CanarySpec {
    let routing = written.traffic_routing.as_ref();
    let routing = routing.map_or(Routing::Basic, |routing| Routing::Weighted {
        max_weight: routing.max_traffic_weight,
        stable: match written.dynamic_stable_scale {
            true => StableScale::Dynamic,
            false => StableScale::Full,
        },
    });
    let background = written.analysis.as_ref();
    CanarySpec {
        steps: written.steps.iter().map(Step::from).collect(),
        max_surge: written.max_surge,
        max_unavailable: written.max_unavailable,
        routing,
        min_pods: written.min_pods_per_replica_set,
        progress_threshold: written.replica_progress_threshold.map(threshold),
        delays: delays(written.scale_down),
        background: background.map_or(Analysis::None, |_| Analysis::Configured),
        analysis_starting_step: background.and_then(|analysis| analysis.starting_step),
    }
}

fn delays(written: argo::ScaleDown) -> ScaleDownDelays {
    ScaleDownDelays {
        after_promotion: written.delay,
        after_abort: written.abort_delay,
        revision_limit: written.revision_limit,
    }
}

fn threshold(written: argo::ProgressThreshold) -> ProgressThreshold {
    match written {
        argo::ProgressThreshold::Percent(least) => ProgressThreshold::Percent(least),
        argo::ProgressThreshold::Pods(least) => ProgressThreshold::Pods(least),
    }
}

impl From<&argo::CanaryStep> for Step {
    fn from(written: &argo::CanaryStep) -> Self {
        match written {
            argo::CanaryStep::SetWeight(weight) => Self::SetWeight(*weight),
            argo::CanaryStep::Pause(length) => Self::Pause(*length),
            argo::CanaryStep::Analysis(_) => Self::Analysis,
            argo::CanaryStep::SetCanaryScale(size) => Self::SetCanaryScale(scale(*size)),
            argo::CanaryStep::SetHeaderRoute(_) => Self::SetHeaderRoute,
            argo::CanaryStep::SetMirrorRoute(_) => Self::SetMirrorRoute,
            argo::CanaryStep::Experiment(_) => Self::Experiment,
            argo::CanaryStep::Plugin(_) => Self::Plugin,
        }
    }
}

fn scale(written: argo::CanaryScale) -> CanaryScale {
    match written {
        argo::CanaryScale::Replicas(replicas) => CanaryScale::Replicas(replicas),
        argo::CanaryScale::Weight(weight) => CanaryScale::Weight(weight),
        argo::CanaryScale::MatchTrafficWeight => CanaryScale::MatchTrafficWeight,
    }
}
