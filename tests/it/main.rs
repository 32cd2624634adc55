//! All integration tests, in one binary.

mod bad_scenarios;
mod determinism;
mod experiment;
mod manifests;
mod quantities;
mod queueing;
mod report;
mod swarm;
mod synthetic;
mod tables;
mod traces;
mod traffic;
mod walls;
