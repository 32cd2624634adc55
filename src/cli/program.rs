//! The program.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use super::arguments::{Arguments, Command};
use super::output::say;
use super::{Exit, check, compare, run};
use crate::document::nearest;

/// Reads the arguments, does what they ask for, and says how it went.
pub fn main() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.kind() == ErrorKind::InvalidSubcommand => return unknown(&error),
        // Other bad usage ends inside clap, with code 2 and a hint; `--help` and `--version` with 0.
        Err(error) => error.exit(),
    };
    match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Check(arguments) => check::check(&arguments),
    }
}

/// Names the nearest command: a swap of two letters is far off in clap's own measure.
fn unknown(error: &clap::Error) -> Exit {
    let word = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => word.as_str(),
        _ => "",
    };
    let commands = Arguments::command();
    let near = nearest(
        word,
        commands.get_subcommands().map(clap::Command::get_name),
    );
    let guess = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    say(&format!(
        "error: unknown command `{word}`\n\nhint: {guess}`rollcast --help` names all commands"
    ));
    Exit::BadInput
}
