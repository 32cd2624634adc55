//! One binary for all integration tests.

mod experiment;
mod report;
mod synthetic;
