//! Integration tests, one binary.

mod tables;
mod traces;
mod walls;
mod manifests;
mod bad_scenarios;
mod quantities;
mod queueing;
mod traffic;
//! One binary for all integration tests.

mod experiment;
mod report;
mod synthetic;
