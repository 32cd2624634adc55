//! `[[operator]]`: what people do.

use super::edits::{Edit, read_sets};
use super::quantities::{law, required_law};
use super::variant::read_files;
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Span};
use crate::laws::{Law, Unit};
use crate::manifest::REPLICAS_MAX;
use crate::scenario::{Moment, Operation};
use crate::units::{SimDuration, SimTime};

/// One deed as written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scenario) struct OperatorSection {
    /// When.
    pub(in crate::scenario) when: Moment,
    /// `target`, an object's name, and where it is written.
    pub(in crate::scenario) target: Option<(String, Span)>,
    /// What.
    pub(in crate::scenario) act: Act,
    /// Where it is written.
    pub(in crate::scenario) span: Span,
}

/// What is done, before objects are known.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::scenario) enum Act {
    /// `apply` with `manifests`.
    Apply(Vec<(String, Span)>),
    /// `set` with `patch`.
    Set(Vec<Edit>),
    /// What is the same whatever the object is like.
    Plain(Operation),
}

#[derive(Debug, Clone)]
enum Word {
    Apply,
    Set,
    Scale,
    Plain(Operation),
}

const ACTIONS: [(&str, Word); 13] = [
    ("apply", Word::Apply),
    ("set", Word::Set),
    ("scale", Word::Scale),
    ("pause", Word::Plain(Operation::Pause)),
    ("resume", Word::Plain(Operation::Resume)),
    ("undo", Word::Plain(Operation::Undo)),
    ("promote", Word::Plain(Operation::Promote)),
    ("promote-full", Word::Plain(Operation::PromoteFull)),
    ("abort", Word::Plain(Operation::Abort)),
    ("retry", Word::Plain(Operation::Retry)),
    ("restart", Word::Plain(Operation::Restart)),
    ("delete-pod", Word::Plain(Operation::DeletePod)),
    ("evict-pod", Word::Plain(Operation::EvictPod)),
];

/// Actions of scenarios to come, and what they are done to.
const LATER: [(&str, &str); 1] = [("drain", "a node")];

/// Reads every deed.
pub(in crate::scenario) fn read_operators(
    list: Option<&[Node]>,
    problems: &mut Diagnostics,
) -> Vec<OperatorSection> {
    list.into_iter()
        .flatten()
        .filter_map(|node| {
            let reader = MapReader::open(node, "an operator", problems)?;
            read_operator(reader)
        })
        .collect()
}

fn read_operator(mut reader: MapReader<'_, '_>) -> Option<OperatorSection> {
    let when = read_moment(&mut reader);
    let target: Option<String> = reader.optional("target");
    let target_span = reader.value_span("target");
    reader.required_node("action");
    let act = match later_kind(&mut reader) {
        true => None,
        false => reader
            .word("action", &ACTIONS)
            .and_then(|word| read_act(word, &mut reader)),
    };
    let span = reader.value_span("action");
    reader.finish();
    Some(OperatorSection {
        when: when?,
        target: target.map(|target| (target, target_span)),
        act: act?,
        span,
    })
}

/// Reports an action on what has no model yet; whether it was one.
fn later_kind(reader: &mut MapReader<'_, '_>) -> bool {
    let Some(action) = reader.node("action").and_then(Node::as_text) else {
        return false;
    };
    let Some((_, of)) = LATER.iter().find(|(word, _)| *word == action) else {
        return false;
    };
    let known: Vec<String> = ACTIONS
        .iter()
        .map(|(word, _)| format!("`{word}`"))
        .collect();
    let finding = Diagnostic::error(format!("`action`: `{action}` is not modelled yet"))
        .at(reader.value_span("action"))
        .label(format!("it is something done to {of}"))
        .hint(format!("modelled are {}", known.join(", ")));
    reader.problems().push(finding);
    true
}

fn read_act(word: Word, reader: &mut MapReader<'_, '_>) -> Option<Act> {
    match word {
        Word::Apply => {
            reader.required_node("manifests")?;
            read_files(reader).map(Act::Apply)
        }
        Word::Set => {
            reader.required_node("patch")?;
            Some(Act::Set(read_sets(reader, "patch")))
        }
        Word::Scale => {
            reader.required_node("replicas")?;
            let replicas = reader.number_within("replicas", 0..=REPLICAS_MAX)?;
            Some(Act::Plain(Operation::Scale(replicas as u32)))
        }
        Word::Plain(operation) => Some(Act::Plain(operation)),
    }
}

/// What makes a moment of the law of the delay.
type When = fn(Law) -> Moment;

/// `at = "12m"`, or `when = "stuck"` with `after`.
fn read_moment(reader: &mut MapReader<'_, '_>) -> Option<Moment> {
    let at: Option<SimDuration> = reader.quantity("at");
    let words: [(&str, When); 2] = [("paused", Moment::WhenPaused), ("stuck", Moment::WhenStuck)];
    let when = reader.word("when", &words);
    let after = match reader.has("when") {
        true => required_law(reader, "after", Unit::Seconds),
        false => law(reader, "after", Unit::Seconds),
    };
    if reader.has("at") == reader.has("when") {
        let finding = Diagnostic::error("an operator acts at one moment")
            .at(reader.span())
            .label("expected either `at`, or `when` with `after`");
        reader.problems().push(finding);
        return None;
    }
    match (at, when) {
        (Some(at), _) => Some(Moment::At(SimTime::ZERO + at)),
        (None, Some(when)) => after.map(when),
        (None, None) => None,
    }
}
