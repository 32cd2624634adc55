//! Integration tests, one binary.

mod quantities;
mod bad_scenarios;
