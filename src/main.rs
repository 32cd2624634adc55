//! The `rollcast` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    rollcast::cli::main().into()
}
