//! Wishes about nodes: those that only prefer cannot keep a pod from starting, those that require
//! can.

use crate::document::{Diagnostic, Diagnostics, Node};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const KINDS: [&str; 3] = ["nodeAffinity", "podAffinity", "podAntiAffinity"];

/// `affinity`: a note for each kind that requires something.
pub(super) fn look_at_affinity(node: &Node, problems: &mut Diagnostics) {
    for kind in KINDS {
        let required = node.child(kind).and_then(|kind| kind.child(REQUIRED));
        if let Some(required) = required.filter(|required| !required.is_null()) {
            let message = format!("not modelled: `{REQUIRED}` of `{kind}`");
            problems.push(anywhere(message, required));
        }
    }
}

/// `topologySpreadConstraints`: a note for each that may hold a pod back.
pub(super) fn look_at_spread(node: &Node, problems: &mut Diagnostics) {
    for constraint in node.as_list().into_iter().flatten() {
        let answer = constraint
            .child("whenUnsatisfiable")
            .and_then(Node::as_text);
        if answer == Some("DoNotSchedule") {
            let message = "not modelled: `topologySpreadConstraints` with `DoNotSchedule`";
            problems.push(anywhere(message.to_owned(), constraint));
        }
    }
}

fn anywhere(message: String, node: &Node) -> Diagnostic {
    let here = "here no pod waits for a node that suits it";
    Diagnostic::note(message).at(node.span).label(here)
}
