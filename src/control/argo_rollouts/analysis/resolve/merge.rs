//! The arguments and dry runs of several templates made into one list.

use std::collections::BTreeMap;

use super::{ResolveError, RunRequest};
use crate::manifest::AnalysisTemplate;
use crate::manifest::argo::TemplateValue;

/// What stands behind an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// This text.
    Text(String),
    /// Something only the cluster knows.
    Secret,
}

/// An argument on its way to a value.
struct Argument<'t> {
    template: &'t str,
    value: Option<&'t TemplateValue>,
}

/// The values of all arguments by name (upstream's `flattenArgs`, `MergeArgs` and `ResolveArgs`): a
/// template's own unless one is given; a given one that no template declares is dropped.
pub(super) fn arguments(
    request: &RunRequest<'_>,
    templates: &[&AnalysisTemplate],
    errors: &mut Vec<ResolveError>,
) -> BTreeMap<String, Known> {
    let declared = declared(templates, errors);
    let mut known = BTreeMap::new();
    for (name, argument) in declared {
        let given = request.arguments.iter().rev();
        let given = given.into_iter().find(|(other, _)| other == name);
        let value = match (given, argument.value) {
            // Upstream puts the secret in the place of a given value too.
            (_, Some(TemplateValue::Secret)) => Some(Known::Secret),
            (Some((_, value)), _) => Some(Known::Text(value.clone())),
            (None, Some(TemplateValue::Text(text))) => Some(Known::Text(text.clone())),
            (None, Some(TemplateValue::Field) | None) => None,
        };
        match value {
            Some(value) => {
                known.insert(name.to_owned(), value);
            }
            None => errors.push(ResolveError::NoValue {
                argument: name.to_owned(),
                template: argument.template.to_owned(),
            }),
        }
    }
    known
}

/// The arguments of all templates, the first value of each; two different ones are an error.
fn declared<'t>(
    templates: &[&'t AnalysisTemplate],
    errors: &mut Vec<ResolveError>,
) -> Vec<(&'t str, Argument<'t>)> {
    let mut declared: Vec<(&str, Argument<'_>)> = Vec::new();
    let all = templates.iter().flat_map(|template| {
        let args = template.args.iter();
        args.map(|arg| (template.name.as_str(), arg))
    });
    for (template, arg) in all {
        let value = arg.value.as_ref();
        let before = declared.iter_mut().find(|(name, _)| *name == arg.name);
        match before {
            None => declared.push((&arg.name, Argument { template, value })),
            Some((_, before)) => match (before.value, value) {
                (Some(TemplateValue::Text(first)), Some(TemplateValue::Text(second))) => {
                    if first != second {
                        errors.push(ResolveError::TwoValues {
                            argument: arg.name.clone(),
                            first: first.clone(),
                            second: second.clone(),
                        });
                    }
                }
                // Only a written text stands against a later declaration, as upstream has it.
                (Some(TemplateValue::Text(_)), _) => {}
                _ => *before = Argument { template, value },
            },
        }
    }
    declared
}

/// The rules for dry runs, the request's own first (upstream's `mergeDryRunMetrics`).
pub(super) fn dry_runs<'t>(
    request: &RunRequest<'t>,
    templates: &[&'t AnalysisTemplate],
    errors: &mut Vec<ResolveError>,
) -> Vec<&'t str> {
    let own = request.dry_run.iter();
    let theirs = templates.iter().flat_map(|template| &template.dry_run);
    let mut rules: Vec<&str> = Vec::new();
    for rule in own.chain(theirs) {
        match rules.contains(&rule.as_str()) {
            false => rules.push(rule),
            true => errors.push(ResolveError::TwoDryRuns { rule: rule.clone() }),
        }
    }
    rules
}
