//! rollcast, the rollout forecast.
//!
//! The manifests are the model: a run hosts a small Kubernetes-like world in virtual time, whose
//! controllers decide what the real ones decide, and counts what a rollout costs.

pub mod api;
pub mod cli;
pub mod cluster;
pub mod control;
pub mod document;
pub mod engine;
pub mod experiment;
pub mod facts;
pub mod ids;
pub mod images;
pub mod laws;
pub mod manifest;
pub mod metrics;
pub mod report;
pub mod routing;
pub mod scenario;
pub mod sim;
pub mod stats;
pub mod telemetry;
pub mod traffic;
pub mod units;
