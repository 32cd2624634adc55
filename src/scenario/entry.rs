//! Which Service a source of traffic knocks at.

use super::sections::{EntrySection, Source, VariantSection};
use super::{Entry, Objects, Workload};
use crate::document::{Diagnostic, Diagnostics, ObjectName, Span, nearest};
use crate::manifest::Service;

/// Where each source knocks; what cannot be told is reported and becomes the first Service.
pub(super) fn resolve_entries(
    sources: &[Source],
    variant: &VariantSection,
    objects: &Objects,
    problems: &mut Diagnostics,
) -> Vec<Entry> {
    check_sources(sources, &variant.entries, problems);
    sources
        .iter()
        .map(|source| {
            let own = variant
                .entries
                .iter()
                .find(|entry| entry.source == source.spec.name)
                .map(|entry| (entry.object.as_str(), entry.span));
            let shared = source
                .entry
                .as_ref()
                .map(|(object, span)| (object.as_str(), *span));
            let found = match own.or(shared) {
                Some((object, span)) => named_entry(object, span, objects),
                None => implied_entry(source, objects).map(Entry::Service),
            };
            found.unwrap_or_else(|problem| {
                problems.push(problem);
                Entry::Service(0)
            })
        })
        .collect()
}

fn check_sources(sources: &[Source], entries: &[EntrySection], problems: &mut Diagnostics) {
    for entry in entries {
        let mut names = sources.iter().map(|source| source.spec.name.as_str());
        if names.clone().any(|name| name == entry.source) {
            continue;
        }
        let near = nearest(&entry.source, names.by_ref());
        let finding = Diagnostic::error(format!("there is no `[traffic.{}]`", entry.source))
            .at(entry.source_span)
            .maybe_hint(near.map(|near| format!("did you mean `{near}`?")));
        problems.push(finding);
    }
}

fn named_entry(object: &str, span: Span, objects: &Objects) -> Result<Entry, Diagnostic> {
    let name: ObjectName = object
        .parse()
        .map_err(|error: crate::document::PathError| {
            Diagnostic::error(format!("`{object}` is no object"))
                .at(span)
                .label(error.rule)
        })?;
    let fits = |kind: &str, own: &str, namespace: &str| {
        let space = name.namespace.as_ref();
        name.kind == kind && name.name == own && space.is_none_or(|space| space == namespace)
    };
    let (services, gateways) = (&objects.services, &objects.gateways);
    let service = services
        .iter()
        .position(|one| fits("Service", &one.name, &one.namespace));
    let gateway = gateways
        .iter()
        .position(|one| fits("Gateway", &one.name, &one.namespace));
    let found = service.map(Entry::Service);
    found.or(gateway.map(Entry::Gateway)).ok_or_else(|| {
        let edges = gateways.iter().map(|one| format!("Gateway/{}", one.name));
        let names: Vec<String> = services.iter().map(called).chain(edges).collect();
        let near = nearest(object, names.iter().map(String::as_str));
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        let all = (!names.is_empty()).then(|| format!("there is {}", names_joined(&names, ", ")));
        Diagnostic::error(format!("there is no `{object}` to knock at"))
            .at(span)
            .label("expected a Service or a Gateway among the manifests, such as `Service/name`")
            .maybe_hint(hint.or(all))
    })
}

/// The only Service that selects the pods of a workload.
fn implied_entry(source: &Source, objects: &Objects) -> Result<usize, Diagnostic> {
    let fitting: Vec<usize> = (0..objects.services.len())
        .filter(|at| selects_pods(&objects.services[*at], objects))
        .collect();
    if let [only] = fitting[..] {
        return Ok(only);
    }
    let names: Vec<String> = fitting
        .iter()
        .map(|at| called(&objects.services[*at]))
        .collect();
    let name = &source.spec.name;
    let finding = match names.first() {
        None => Diagnostic::error(format!("`{name}` has no Service to knock at"))
            .label("expected a Service whose selector meets the pods of a Deployment")
            .hint(elsewhere(objects).unwrap_or_else(|| "add one to the manifests".to_owned())),
        Some(first) => Diagnostic::error(format!(
            "`{name}` could knock at {}",
            names_joined(&names, " and ")
        ))
        .label("expected an `entry`, since more than one Service selects pods")
        .hint(format!(
            "add `entry = \"{first}\"` here, or one per variant"
        )),
    };
    Err(finding.at(source.span))
}

/// A Service whose labels fit, in another namespace than the pods.
fn elsewhere(objects: &Objects) -> Option<String> {
    objects.services.iter().find_map(|service| {
        let fits = |one: &Workload<'_>| service.selector.matches(&one.template.labels);
        let workload = objects.workloads().find(fits)?;
        let (name, here) = (&service.name, &service.namespace);
        let there = workload.namespace;
        (!service.selector.is_empty()).then(|| {
            format!("`Service/{name}` is in namespace `{here}`, `{workload}` in `{there}`")
        })
    })
}

/// Whether a Service selects the pods of any workload; one without a selector selects nothing.
pub(super) fn selects_pods(service: &Service, objects: &Objects) -> bool {
    !service.selector.is_empty()
        && objects.workloads().any(|workload| {
            workload.namespace == service.namespace
                && service.selector.matches(&workload.template.labels)
        })
}

fn called(service: &Service) -> String {
    format!("Service/{}", service.name)
}

/// Names as they are told to people.
pub(super) fn names_joined(names: &[String], between: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(between)
}
