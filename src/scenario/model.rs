//! The checked scenario: plain data, every reference resolved.

use indexmap::IndexMap;

use super::WorkloadObject;
use crate::cluster::ClusterSpec;
use crate::images::{Behaviour, Truth, Truths};
use crate::laws::Law;
use crate::manifest::istio::{DestinationRule, Gateway, VirtualService};
use crate::manifest::{AnalysisTemplate, Deployment, PodDisruptionBudget, Rollout, Service};
pub use crate::metrics::Prices;
use crate::metrics::{Decision, Ending, Metric};
use crate::routing::mesh::MeshSpec;
use crate::telemetry::TelemetrySpec;
use crate::traffic::TrafficSpec;
use crate::units::{Ratio, SimDuration, SimTime};

/// What is to be simulated and asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// `name`.
    pub name: String,
    /// End of the simulated time.
    pub horizon: SimTime,
    /// Nothing before it is counted.
    pub warm_up: SimDuration,
    /// `seed`, default 1.
    pub seed: u64,
    /// `runs`, default 100.
    pub runs: u32,
    /// Confidence level of intervals, `level`, default 95 %.
    pub level: Ratio,
    /// `downtime-threshold`, default 5 %: a second is down if its error ratio exceeds this.
    pub downtime_threshold: Ratio,
    /// What may be wrong; shared by all variants.
    pub truths: Truths,
    /// At least one, in the order of the file.
    pub variants: Vec<Variant>,
    /// What CI enforces.
    pub gates: Vec<Gate>,
}

impl Scenario {
    /// What is counted in a world of this variant starts here: at the release, but not before the
    /// end of the warm-up.
    pub fn count_from(&self, variant: &Variant) -> SimTime {
        let warm = SimTime::ZERO + self.warm_up;
        variant
            .release
            .as_ref()
            .map_or(warm, |release| release.at.max(warm))
    }
}

/// One complete world: all that may differ between variants, patches applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Unique within the scenario.
    pub name: String,
    /// The objects at t = 0: patched, with the old images.
    pub before: Objects,
    /// What is shipped; absent in a scenario without `[release]`.
    pub release: Option<Release>,
    /// Behaviour by image name, `like` resolved.
    pub images: IndexMap<String, Behaviour>,
    /// Sources of traffic; the same list in every variant.
    pub traffic: Vec<TrafficSpec>,
    /// Where each source knocks.
    pub entries: Vec<Entry>,
    /// The mesh, as far as no manifest describes it.
    pub mesh: MeshSpec,
    /// The cluster.
    pub cluster: ClusterSpec,
    /// Prices.
    pub prices: Prices,
    /// What people do.
    pub operators: Vec<Operator>,
    /// How the cluster is monitored.
    pub telemetry: TelemetrySpec,
    /// Who is called when it goes wrong; absent: nobody.
    pub on_call: Option<OnCall>,
}

impl Variant {
    /// Behaviour by image name in a run that faces this truth: the risks that are real are laid
    /// over the images of the release.
    pub fn images_under(&self, truths: &Truths, truth: &Truth) -> IndexMap<String, Behaviour> {
        let mut images = self.images.clone();
        let shipped = self.release.iter().flat_map(|release| &release.to);
        for name in shipped {
            if let Some(behaviour) = images.get_mut(name) {
                *behaviour = truths.overlay(truth, behaviour);
            }
        }
        images
    }
}

/// Typed objects of one world.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Objects {
    /// In the order of the files.
    pub deployments: Vec<Deployment>,
    /// In the order of the files.
    pub services: Vec<Service>,
    /// In the order of the files.
    pub budgets: Vec<PodDisruptionBudget>,
    /// In the order of the files.
    pub rollouts: Vec<Rollout>,
    /// AnalysisTemplates and ClusterAnalysisTemplates, in the order of the files.
    pub analysis_templates: Vec<AnalysisTemplate>,
    /// In the order of the files.
    pub gateways: Vec<Gateway>,
    /// In the order of the files.
    pub virtual_services: Vec<VirtualService>,
    /// In the order of the files.
    pub destination_rules: Vec<DestinationRule>,
}

/// Where a source of traffic knocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// At a Service (index in `before.services`).
    Service(usize),
    /// At the proxies of a Gateway (index in `before.gateways`).
    Gateway(usize),
}

impl Entry {
    /// The Service it knocks at.
    pub const fn service(self) -> Option<usize> {
        match self {
            Self::Service(index) => Some(index),
            Self::Gateway(_) => None,
        }
    }
}

/// `[release]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// When it is applied.
    pub at: SimTime,
    /// The objects afterwards, with the new images and the release's own patch.
    pub after: Objects,
    /// Images of the new version, which the risks are laid over.
    pub to: Vec<String>,
}

/// `[[operator]]`: what a person does.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// When.
    pub when: Moment,
    /// Index among [`Objects::workloads`] of `before` of the object it is done to.
    pub target: usize,
    /// What.
    pub operation: Operation,
}

/// When a person acts.
#[derive(Debug, Clone, PartialEq)]
pub enum Moment {
    /// `at = "12m"`.
    At(SimTime),
    /// `when = "paused"` (a paused Deployment; a Rollout that waits in a step or before its
    /// promotion), `after = law`.
    WhenPaused(Law),
    /// `when = "stuck"` (ProgressDeadlineExceeded seen), `after = law`.
    WhenStuck(Law),
}

/// What a person does.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// `apply` / `set`: the object as it is afterwards.
    Apply(WorkloadObject),
    /// `scale`.
    Scale(u32),
    /// `pause`.
    Pause,
    /// `resume`.
    Resume,
    /// `undo`: back to the previous revision.
    Undo,
    /// `promote`: a Rollout that is paused goes on with its next step.
    Promote,
    /// `promote-full`: a Rollout skips all that is left of its steps, pauses and analyses.
    PromoteFull,
    /// `abort`: a Rollout goes back to its stable version.
    Abort,
    /// `retry`: an aborted Rollout begins its steps anew.
    Retry,
    /// `restart`: a Rollout replaces its pods one after the other, of the same version.
    Restart,
    /// `delete-pod`: the oldest active pod.
    DeletePod,
    /// `evict-pod`: the oldest active pod, through the eviction call.
    EvictPod,
}

impl Operation {
    /// Whether only a Rollout takes it (`kubectl argo rollouts …`).
    pub fn needs_rollout(&self) -> bool {
        matches!(
            self,
            Self::Promote | Self::PromoteFull | Self::Abort | Self::Retry | Self::Restart
        )
    }
}

/// `[on-call]`: alert rules over telemetry, and what the person they call does.
#[derive(Debug, Clone, PartialEq)]
pub struct OnCall {
    /// `[[on-call.alert]]`, in the order of the file; the first that fires calls.
    pub alerts: Vec<Alert>,
    /// From the alarm until somebody looks (s). Default `lognormal(p50 = 2m, p99 = 10m)`, an
    /// assumption.
    pub notice: Law,
    /// From then until they act (s). Default `lognormal(p50 = 3m, p99 = 15m)`, an assumption.
    pub act: Law,
    /// What they do. Default `undo`.
    pub action: OnCallAction,
}

/// One alert rule: it fires once its query has had an answer, not empty, for so long.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// `name`.
    pub name: String,
    /// `query`, a PromQL expression that was read without error; or what `burn-rate` stands for.
    pub query: String,
    /// `for`, default 0.
    pub hold: SimDuration,
}

/// What the person on call does to the workloads of the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCallAction {
    /// `undo`: `kubectl rollout undo`, of a Rollout too.
    Undo,
    /// `revert`: the objects of before the release are applied again.
    Revert,
    /// `abort`: `kubectl argo rollouts abort`; a Deployment, which cannot be aborted, is undone.
    Abort,
    /// `nothing`: the alarm is counted and nobody moves.
    Nothing,
}

/// `[[gate]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Whose number.
    pub subject: Subject,
    /// Which number, or the share of which ending or decision.
    pub measure: Measure,
    /// `require`, as written.
    pub text: String,
    /// The bound it must keep.
    pub bound: Bound,
}

/// Which aggregate of which quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// A metric, or its excess over the release-free twin.
    Metric {
        /// Which.
        metric: Metric,
        /// `…_excess`.
        excess: bool,
    },
    /// `outcome.promoted` and its like.
    Ending(Ending),
    /// `decision.detected` and its like.
    Decision(Decision),
}

/// Whose number a gate looks at: indices of variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// One variant.
    Variant(usize),
    /// A paired difference, first minus second.
    Difference(usize, usize),
}

/// `p95 <= 2%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// Which aggregate over runs.
    pub statistic: Statistic,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what, in the metric's base unit (shares as fractions).
    pub value: f64,
}

/// An aggregate over runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// Mean.
    Mean,
    /// Median.
    P50,
    /// 95 % quantile.
    P95,
    /// 99 % quantile.
    P99,
    /// The worst run.
    Worst,
}

/// `<`, `<=`, `>`, `>=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    More,
    /// `>=`.
    AtLeast,
}
