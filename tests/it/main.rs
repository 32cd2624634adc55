//! Integration tests, one binary.

mod queueing;
mod traffic;
