//! The command line: arguments in, exit code out. It owns the terminal and the files; it computes
//! nothing itself.

mod arguments;
mod check;
mod compare;
mod exit;
mod load;
mod outlook;
mod output;
mod program;
mod run;

pub use arguments::{Arguments, Command, Format};
pub use exit::Exit;
pub use program::main;
