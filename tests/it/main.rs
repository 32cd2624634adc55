//! All integration tests, in one binary.

mod bad_input;
mod bad_scenarios;
mod command;
mod determinism;
mod experiment;
mod istio;
mod manifests;
mod promql;
mod quantities;
mod queueing;
mod readings;
mod report;
mod swarm;
mod synthetic;
mod tables;
mod traces;
mod traffic;
mod transcripts;
mod walls;
