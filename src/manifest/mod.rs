//! Typed views of the objects a team ships, read from raw trees after patching.

mod budget;
mod deployment;
mod object;
mod objects;
mod pod;
mod service;

pub use budget::{PodDisruptionBudget, UnhealthyPodEviction};
pub use deployment::{Deployment, Strategy};
pub use object::Object;
pub use objects::ObjectSet;
pub use pod::{Container, PodTemplate, PreStop, Probe, PullPolicy, Resources};
pub use service::{Labels, Selector, Service};
