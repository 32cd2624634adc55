//! Argo Rollouts: Rollouts, and the templates of the analyses that judge them (group `argoproj.io`,
//! reference progressive-delivery.md §1–§3).
//!
//! A view holds what is written with its defaults filled in; what the controller refuses
//! (`pkg/apis/rollouts/validation`) is refused here, at its place. Metrics keep their texts as
//! written: what stands between `{{` and `}}` is known only when a run is made.
//!
//! What it leaves out: `workloadRef` and `pingPong` are refused; Services and templates are looked
//! for by whoever has all objects; settings of routers, step plugins and measurements by others than
//! Prometheus are told by the tables of fields.

mod affinity;
mod analysis;
mod analysis_template;
mod blue_green;
mod canary;
mod experiment;
mod field;
mod go_duration;
mod metric;
mod rollout;
mod route;
mod routing;
mod scale_down;
mod step;
mod templated;

pub use affinity::AntiAffinity;
pub use analysis::{AnalysisArg, AnalysisRef, ArgSource, BackgroundAnalysis, PodHash, TemplateRef};
pub(super) use analysis_template::CLUSTER;
pub use analysis_template::{AnalysisTemplate, TemplateArg, TemplateValue};
pub use blue_green::BlueGreen;
pub use canary::{Canary, ProgressThreshold};
pub use experiment::{Experiment, ExperimentAnalysis, ExperimentTemplate, SpecRef};
pub use go_duration::GoDuration;
pub use metric::{AnalysisMetric, Provider};
pub use rollout::{Rollout, RolloutStrategy};
pub use route::{HeaderMatch, HeaderRoute, MirrorRoute, RouteMatch, TextMatch};
pub use routing::{
    IstioRouting, IstioSplit, IstioSubsets, IstioVirtualService, Router, TrafficRouting,
};
pub use scale_down::ScaleDown;
pub use step::{CanaryScale, CanaryStep};
pub use templated::Templated;
