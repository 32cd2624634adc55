//! Typed views of the objects a team ships, read from raw trees after patching.
//!
//! [`ObjectSet`] holds raw objects by name; paths change them. `Deployment::read` and its like fill in
//! defaults and check what the API server checks (reference kubernetes.md §1.0, 3, 6, 10), and for
//! Rollouts what their controller checks ([`argo`]).

pub mod argo;

mod budget;
mod deployment;
mod int_or_string;
pub mod istio;
mod labels;
mod object;
mod objects;
mod pod;
mod pre_stop;
mod probe;
mod quantity;
mod resources;
mod revision;
mod schema;
mod service;
mod template;
mod workload;

pub use argo::{AnalysisTemplate, Rollout};
pub use budget::{PodDisruptionBudget, UnhealthyPodEviction};
pub use deployment::{Deployment, Strategy};
pub use int_or_string::IntOrString;
pub use istio::{DestinationRule, Gateway, VirtualService};
pub use object::Object;
pub use objects::ObjectSet;
pub use pod::{Container, PodPhase, PodTemplate, PreStop, Probe, PullPolicy, Resources};
pub use quantity::{Quantity, QuantityFormat};
pub use resources::{CFS_PERIOD_US, cfs_quota_us};
pub use service::{Labels, Selector, Service};
pub use template::hash_label;
pub use workload::REPLICAS_MAX;
