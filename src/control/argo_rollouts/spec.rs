//! The part of a Rollout's spec that decisions need, defaults filled in.

use crate::units::{IntOrPercent, SimDuration};

/// A Rollout's spec (reference progressive-delivery.md §1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutSpec {
    /// `spec.replicas` (pods); default 1.
    pub replicas: u32,
    /// `spec.paused`: a human holds it; default false.
    pub paused: bool,
    /// `spec.progressDeadlineSeconds`; default 600 s.
    pub progress_deadline: SimDuration,
    /// `spec.progressDeadlineAbort`: what a missed deadline does; default [`DeadlineMissed::Report`].
    pub deadline_missed: DeadlineMissed,
    /// `spec.rollbackWindow.revisions`; 0, the default: no window.
    pub rollback_window: u32,
    /// `spec.strategy`.
    pub strategy: RolloutStrategy,
}

/// What a missed progress deadline does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeadlineMissed {
    /// The Rollout is Degraded, and goes on.
    #[default]
    Report,
    /// The update is aborted.
    Abort,
}

/// `spec.strategy`: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolloutStrategy {
    /// Two full sets of pods and one switch.
    BlueGreen(BlueGreenSpec),
    /// Bit by bit, in steps.
    Canary(CanarySpec),
}

/// `spec.strategy.blueGreen`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlueGreenSpec {
    /// `autoPromotionEnabled` and `autoPromotionSeconds`; default [`Promotion::AtOnce`].
    pub promotion: Promotion,
    /// `previewReplicaCount` (pods); default none: as many as `spec.replicas`.
    pub preview_replicas: Option<u32>,
    /// Whether there is a `prePromotionAnalysis`.
    pub pre_promotion: Analysis,
    /// Whether there is a `postPromotionAnalysis`.
    pub post_promotion: Analysis,
    /// Delays before sets that are no longer needed go.
    pub delays: ScaleDownDelays,
    /// `maxUnavailable`, for restarts of pods only; default 25 %, rounded down.
    pub max_unavailable: IntOrPercent,
}

impl Default for BlueGreenSpec {
    fn default() -> Self {
        Self {
            promotion: Promotion::AtOnce,
            preview_replicas: None,
            pre_promotion: Analysis::None,
            post_promotion: Analysis::None,
            delays: ScaleDownDelays::default(),
            max_unavailable: QUARTER,
        }
    }
}

/// Whether an analysis is configured at some point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Analysis {
    /// No.
    #[default]
    None,
    /// Yes.
    Configured,
}

/// When the new set of a blue-green update becomes the active one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promotion {
    /// As soon as it may.
    AtOnce,
    /// `autoPromotionSeconds` after the pause has begun, or when a human comes before.
    After(SimDuration),
    /// `autoPromotionEnabled: false`: only a human promotes; `autoPromotionSeconds` is ignored.
    ByHand,
}

/// `scaleDownDelaySeconds` and its relatives, as written: absent is not the same as the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScaleDownDelays {
    /// `scaleDownDelaySeconds`.
    pub after_promotion: Option<SimDuration>,
    /// `abortScaleDownDelaySeconds`.
    pub after_abort: Option<SimDuration>,
    /// `scaleDownDelayRevisionLimit` (sets); absent: no limit.
    pub revision_limit: Option<u32>,
}

/// `spec.strategy.canary`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanarySpec {
    /// `steps`, in order.
    pub steps: Vec<Step>,
    /// `maxSurge`; default 25 %, rounded up.
    pub max_surge: IntOrPercent,
    /// `maxUnavailable`; default 25 %, rounded down.
    pub max_unavailable: IntOrPercent,
    /// Who splits the traffic.
    pub routing: Routing,
    /// `minPodsPerReplicaSet` (pods), with traffic routing only; default none.
    pub min_pods: Option<u32>,
    /// `replicaProgressThreshold`; default none: all pods.
    pub progress_threshold: Option<ProgressThreshold>,
    /// Delays before sets that are no longer needed go; with traffic routing only.
    pub delays: ScaleDownDelays,
    /// Whether there is a background `analysis`.
    pub background: Analysis,
    /// `analysis.startingStep` (index); `None`: from the beginning.
    pub analysis_starting_step: Option<u32>,
}

impl Default for CanarySpec {
    fn default() -> Self {
        Self {
            steps: Vec::new(),
            max_surge: QUARTER,
            max_unavailable: QUARTER,
            routing: Routing::Basic,
            min_pods: None,
            progress_threshold: None,
            delays: ScaleDownDelays::default(),
            background: Analysis::None,
            analysis_starting_step: None,
        }
    }
}

/// Default of both fenceposts.
const QUARTER: IntOrPercent = IntOrPercent::Percent(25);

/// Who splits the traffic of a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// Nobody: one Service over all pods; the share is the share of ready pods.
    Basic,
    /// A mesh or an ingress, by weight.
    Weighted {
        /// `trafficRouting.maxTrafficWeight` (parts); default 100.
        max_weight: u32,
        /// `dynamicStableScale`; default [`StableScale::Full`].
        stable: StableScale,
    },
}

/// Weight that means all of the traffic, unless `maxTrafficWeight` says otherwise.
pub const MAX_WEIGHT: u32 = 100;

/// How the stable set is sized beside a canary with traffic routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StableScale {
    /// Always `spec.replicas`.
    #[default]
    Full,
    /// `dynamicStableScale: true`: as its share of traffic needs.
    Dynamic,
}

impl CanarySpec {
    /// The weight that means all of the traffic.
    pub const fn max_weight(&self) -> u32 {
        match self.routing {
            Routing::Basic => MAX_WEIGHT,
            Routing::Weighted { max_weight, .. } => max_weight,
        }
    }
    /// Whether traffic is split by weight.
    pub const fn is_weighted(&self) -> bool {
        matches!(self.routing, Routing::Weighted { .. })
    }
    /// Whether the stable set shrinks as the canary grows.
    pub const fn is_dynamic(&self) -> bool {
        matches!(
            self.routing,
            Routing::Weighted {
                stable: StableScale::Dynamic,
                ..
            }
        )
    }
}

/// One step of a canary (reference §2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `setWeight` (parts of the maximum weight).
    SetWeight(u32),
    /// `setCanaryScale`: the canary's size, apart from its weight; ignored without traffic routing.
    SetCanaryScale(CanaryScale),
    /// `pause`: this long, or `None`: until a human promotes.
    Pause(Option<SimDuration>),
    /// Inline `analysis`: waits for its run.
    Analysis,
    /// `experiment`: waits for it.
    Experiment,
    /// `setHeaderRoute`.
    SetHeaderRoute,
    /// `setMirrorRoute`.
    SetMirrorRoute,
    /// `plugin`.
    Plugin,
}

/// What a `setCanaryScale` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanaryScale {
    /// This many pods.
    Replicas(u32),
    /// As many pods as this weight would need; may exceed the maximum weight.
    Weight(u32),
    /// `matchTrafficWeight: true`: what the last `setWeight` needs, as without the step.
    MatchTrafficWeight,
}

/// `replicaProgressThreshold`: how many of the wanted pods have to be available.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressThreshold {
    /// This many percent of the wanted pods; negative: all.
    Percent(i32),
    /// This many pods; negative: all.
    Pods(i32),
}
