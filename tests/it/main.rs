//! Integration tests, one binary.

mod bad_scenarios;
mod experiment;
mod manifests;
mod promql;
mod quantities;
mod queueing;
mod report;
mod synthetic;
mod tables;
mod traces;
mod traffic;
mod walls;
