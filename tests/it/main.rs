//! Integration tests, one binary.

mod quantities;
