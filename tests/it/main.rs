//! Integration tests, one binary.

mod tables;
mod endpoints;
mod walls;
