//! The `rollcast` binary.

fn main() {}
