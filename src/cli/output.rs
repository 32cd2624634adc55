//! Where words go: results to stdout, talk to stderr.

use std::io::{self, IsTerminal, Write};

use super::Exit;
use crate::document::{Colour, Diagnostics, Sources};

/// Writes results to stdout. A reader that has heard enough (`| head`) is no error.
pub(super) fn print(text: &str) -> Exit {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => Exit::Fine,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Fine,
        Err(error) => {
            say(&format!(
                "error: standard output could not be written: {error}"
            ));
            Exit::CouldNotWrite
        }
    }
}

/// Columns of the terminal that results go to; a file or a pipe takes the full width.
pub(super) fn columns() -> u16 {
    let terminal = io::stdout()
        .is_terminal()
        .then(terminal_size::terminal_size)
        .flatten();
    terminal.map_or(u16::MAX, |(width, _)| width.0)
}

/// Says a line to whoever sits there. If stderr is closed there is nobody to tell.
pub(super) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Shows findings, in colour on a terminal.
pub(super) fn show(findings: &Diagnostics, sources: &Sources) {
    if !findings.is_empty() {
        say(findings.render(sources, colour()).trim_end());
    }
}

fn colour() -> Colour {
    let plain = std::env::var_os("NO_COLOR").is_some() || !io::stderr().is_terminal();
    if plain { Colour::Plain } else { Colour::Ansi }
}
