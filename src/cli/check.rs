//! `rollcast check`: what needs no run.

use super::Exit;
use super::arguments::CheckArguments;
use super::load::{Overrides, read};
use super::outlook::outlook;
use super::output::{columns, print, say, show};
use crate::scenario::check as findings_of;

/// Checks each scenario; errors in one do not keep the others from being read.
pub(super) fn check(arguments: &CheckArguments) -> Exit {
    let mut exit = Exit::Fine;
    for path in &arguments.scenarios {
        let Ok(loaded) = read(path, Overrides::default()) else {
            exit = Exit::BadInput;
            say(&format!("{}: refused", path.display()));
            continue;
        };
        let findings = findings_of(&loaded);
        show(&findings, &loaded.sources);
        let count = findings.iter().count() + loaded.warnings.iter().count();
        let verdict = match count {
            0 => "no findings".to_owned(),
            1 => "1 finding".to_owned(),
            count => format!("{count} findings"),
        };
        let name = &loaded.scenario.name;
        let outlook = outlook(&loaded.scenario, columns());
        let told = format!("{}: {name}: {verdict}\n{outlook}", path.display());
        if print(&told) == Exit::CouldNotWrite {
            return Exit::CouldNotWrite;
        }
    }
    exit
}
