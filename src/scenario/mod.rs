//! Scenarios: TOML and manifests in, a checked [`Scenario`] out, or every error at once.

mod checks;
mod edits;
mod entry;
mod idle_deeds;
mod library;
mod load;
mod mesh_door;
mod model;
mod objects;
mod operators;
mod outlook;
mod rollout_steps;
mod rollouts;
mod sections;
mod serving;
mod target;
mod workload;
mod world;

pub use checks::check;
pub use load::{Loaded, Refused, load};
pub use mesh_door::{MeshDoor, authority_of, route_of};
pub use model::{
    Alert, Bound, Comparison, Entry, Gate, Measure, Moment, Objects, OnCall, OnCallAction,
    Operation, Operator, Prices, Release, Scenario, Statistic, Subject, Variant,
};
pub use outlook::{Chance, Notice, notices};
pub use serving::serving_container;
pub use workload::{Workload, WorkloadKind, WorkloadObject};
