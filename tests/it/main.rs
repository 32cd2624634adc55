//! All integration tests, in one binary.

mod bad_input;
mod bad_scenarios;
mod command;
mod decisions;
mod determinism;
mod experiment;
mod gate_power;
mod manifests;
mod metering;
mod outlook;
mod promql;
mod quantities;
mod queueing;
mod readings;
mod report;
mod rollout_experiments;
mod rollout_stories;
mod rollouts;
mod sizes;
mod swarm;
mod synthetic;
mod tables;
mod traces;
mod traffic;
mod transcripts;
mod walls;
