//! Integration tests, one binary.

mod tables;
mod walls;
