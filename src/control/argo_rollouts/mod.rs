//! Argo Rollouts: how a blue-green or canary update moves its ReplicaSets, weights and Services, and
//! what an analysis says (reference progressive-delivery.md §0–§3).
//!
//! Everything here is a decision: what is wanted, what was seen and the time go in, sizes, weights,
//! switches and verdicts come out. The pieces stand alone, so that upstream's tables can call each.
//!
//! ```text
//! progress::paused_conditions ─ Some: write it, the pass is over
//!     └ None: restart::restart (where runs_restarter) ─ reconcile ─ progress::conclude
//! next look: the first of requeue_at of the strategy, of progress and of restart
//! ```
//!
//! Left out: AWS target verification, ping-pong Services, step plugins' own work, workloadRef.

pub mod analysis;
pub mod blue_green;
pub mod canary;
pub mod experiment;
pub mod progress;
pub mod restart;

mod aborted;
mod anti_affinity;
mod approximate;
mod basic;
mod canary_promotion;
mod command;
mod condition;
mod delays;
mod fenceposts;
mod from_manifest;
mod istio;
mod judging;
mod phase;
mod rollback;
mod routed;
mod sizing;
mod spec;
mod steps;
mod view;
mod weights;
mod written_weight;

pub use aborted::{NewSet, aborted_new_set, delays_scale_down_on_abort};
pub use anti_affinity::{AntiAffinityRule, anti_affinity_rule};
pub use approximate::{CanarySizes, approximate_sizes};
pub use basic::{Counting, basic_sizes, replicas_for_scale_down};
pub use canary_promotion::{canary_is_promoted, step_index_after_abort};
pub use command::Commanded;
pub use condition::{Condition, ConditionStatus, Reason};
pub use delays::{AbortDelay, Origin, RESYNC, after_abort};
pub use fenceposts::{Fenceposts, fencepost, resolve_fenceposts};
pub use istio::{IstioParties, TEMPLATE_HASH_LABEL, template_hash};
pub use phase::Phase;
pub use rollback::{is_fast_rollback, is_rollback_within_window};
pub use routed::routed_sizes;
pub use sizing::{SetChange, Sizing, Update, is_scaling_event};
pub use spec::{
    Analysis, BlueGreenSpec, CanaryScale, CanarySpec, DeadlineMissed, MAX_WEIGHT,
    ProgressThreshold, Promotion, RolloutSpec, RolloutStrategy, Routing, ScaleDownDelays,
    StableScale, Step,
};
pub use steps::{
    ControllerPause, StepOutcome, StepProgress, at_desired_sizes, before_starting_step,
    canary_sizes, current_step, step_complete, threshold_met,
};
pub use view::{CanaryStatus, SetView, Sets, Stage, TemplateHash, TrafficWeights};
use weights::weight_of;
pub use weights::{CanaryTarget, Weight, canary_target, current_set_weight, desired_canary_weight};
pub use written_weight::weight_to_write;
