//! Exit codes: a contract with CI jobs.

use std::process::ExitCode;

/// How the process ends. A panic, a bug by definition, ends with 101.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything is fine; `check` may have warned.
    Fine = 0,
    /// A gate failed or is undecided.
    Gate = 1,
    /// Bad input or bad usage.
    BadInput = 2,
    /// An output could not be written.
    CouldNotWrite = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
