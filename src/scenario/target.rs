//! Which object an operator's deed is done to.

use super::entry::names_joined;
use super::sections::OperatorSection;
use super::{Objects, Operation, Workload, WorkloadKind};
use crate::document::{Diagnostic, ObjectName, Span, nearest};

/// The place among the workloads of the one a deed is done to: the named one, or the only one that
/// can take it.
pub(super) fn target_of(
    section: &OperatorSection,
    operation: &Operation,
    objects: &Objects,
) -> Result<usize, Diagnostic> {
    match &section.target {
        Some((text, span)) => named(text, *span, operation, objects),
        None => implied(section.span, operation, objects),
    }
}

fn takes(operation: &Operation, workload: &Workload<'_>) -> bool {
    !operation.needs_rollout() || workload.kind == WorkloadKind::Rollout
}

fn implied(span: Span, operation: &Operation, objects: &Objects) -> Result<usize, Diagnostic> {
    let all = objects.workloads().enumerate();
    let fitting: Vec<(usize, Workload<'_>)> =
        all.filter(|(_, one)| takes(operation, one)).collect();
    if let [(only, _)] = fitting[..] {
        return Ok(only);
    }
    let kind = expected(operation);
    if fitting.is_empty() {
        return Err(
            Diagnostic::error(format!("there is no {kind} to do this to"))
                .at(span)
                .label(format!("expected a {kind} among the manifests"))
                .maybe_hint(instead(operation)),
        );
    }
    let names: Vec<String> = fitting.iter().map(|(_, one)| one.to_string()).collect();
    let names = names_joined(&names, " or ");
    Err(Diagnostic::error(format!("this could be done to {names}"))
        .at(span)
        .label(format!(
            "expected a `target`, since there is more than one {kind}"
        )))
}

fn named(
    text: &str,
    span: Span,
    operation: &Operation,
    objects: &Objects,
) -> Result<usize, Diagnostic> {
    let name: Option<ObjectName> = text.parse().ok();
    let mut all = objects.workloads().enumerate();
    let found = all.find(|(_, one)| name.as_ref().is_some_and(|name| one.is_called(name)));
    let kind = expected(operation);
    match found {
        Some((at, one)) if takes(operation, &one) => Ok(at),
        Some(_) => Err(Diagnostic::error(format!("`{text}` is no {kind}"))
            .at(span)
            .label(format!("expected a {kind}: no other object can take this"))
            .maybe_hint(instead(operation))),
        None => {
            let names: Vec<String> = objects.workloads().map(|one| one.to_string()).collect();
            let near = nearest(text, names.iter().map(String::as_str));
            Err(
                Diagnostic::error(format!("there is no `{text}` to do this to"))
                    .at(span)
                    .label(format!(
                        "expected a {kind} among the manifests, such as `{kind}/name`"
                    ))
                    .maybe_hint(near.map(|near| format!("did you mean `{near}`?"))),
            )
        }
    }
}

/// The kind of object a message asks for.
fn expected(operation: &Operation) -> &'static str {
    match operation.needs_rollout() {
        true => WorkloadKind::Rollout.name(),
        false => WorkloadKind::Deployment.name(),
    }
}

/// What comes nearest where there are only Deployments.
fn instead(operation: &Operation) -> Option<String> {
    let cure = match operation {
        Operation::Promote | Operation::PromoteFull => "`resume` lets a paused Deployment go on",
        Operation::Abort => "`undo` takes a Deployment back to its previous revision",
        Operation::Restart => {
            "for a Deployment, `set` an annotation of `spec.template.metadata`, as kubectl does"
        }
        _ => return None,
    };
    Some(cure.to_owned())
}
