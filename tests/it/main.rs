//! Integration tests, one binary.

mod tables;
mod traces;
mod walls;
