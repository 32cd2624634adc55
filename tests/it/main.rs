//! All integration tests, in one binary.

mod bad_input;
mod bad_scenarios;
mod balancing;
mod command;
mod data_plane;
mod determinism;
mod experiment;
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
