//! The program.

use clap::Parser;

use super::arguments::{Arguments, Command};
use super::{Exit, check, compare, run};

/// Reads the arguments, does what they ask for, and says how it went.
pub fn main() -> Exit {
    // Bad usage ends inside clap, with code 2 and a hint; `--help` and `--version` with 0.
    let arguments = Arguments::parse();
    match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Check(arguments) => check::check(&arguments),
    }
}
