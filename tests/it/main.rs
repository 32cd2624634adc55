//! Integration tests, one binary.

mod manifests;
mod quantities;
