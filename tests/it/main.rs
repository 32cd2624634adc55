//! Integration tests, one binary.

mod tables;
mod walls;
mod manifests;
mod quantities;
mod queueing;
mod traffic;
