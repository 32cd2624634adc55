//! `[on-call]`: who is called when an alert fires, and what they do.

use super::alert::read_alerts;
use super::quantities::law;
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Sources};
use crate::laws::{Law, Unit};
use crate::scenario::{OnCall, OnCallAction};

const ACTIONS: [(&str, OnCallAction); 4] = [
    ("undo", OnCallAction::Undo),
    ("revert", OnCallAction::Revert),
    ("abort", OnCallAction::Abort),
    ("nothing", OnCallAction::Nothing),
];

/// From the alarm until somebody looks. An assumption of ours: no measurement stands behind it.
const NOTICE: &str = "lognormal(p50 = 2m, p99 = 10m)";
/// From then until they act. An assumption of ours, too.
const ACT: &str = "lognormal(p50 = 3m, p99 = 15m)";

/// Reads `[on-call]`, if it is there; alerts are looked up in `sources` where they are wrong.
pub(in crate::scenario) fn read_on_call(
    node: Option<&Node>,
    sources: &Sources,
    problems: &mut Diagnostics,
) -> Option<OnCall> {
    let mut reader = MapReader::open(node?, "`on-call`", problems)?;
    let notice = delay(&mut reader, "notice", NOTICE);
    let act = delay(&mut reader, "act", ACT);
    let action = reader.word("action", &ACTIONS);
    let list = reader.list("alert").unwrap_or_default();
    if list.is_empty() {
        let finding = Diagnostic::error("nobody is ever called: `on-call` has no alert")
            .at(reader.span())
            .label("expected at least one `[[on-call.alert]]`")
            .hint("add one with `name`, and `query` or `burn-rate`");
        reader.problems().push(finding);
    }
    let alerts = read_alerts(list, sources, reader.problems());
    reader.finish();
    Some(OnCall {
        alerts,
        notice,
        act,
        action: action.unwrap_or(OnCallAction::Undo),
    })
}

fn delay<'a>(reader: &mut MapReader<'a, '_>, key: &'a str, default: &str) -> Law {
    let default = || Law::parse(default, Unit::Seconds).expect("a default is a law");
    law(reader, key, Unit::Seconds).unwrap_or_else(default)
}
