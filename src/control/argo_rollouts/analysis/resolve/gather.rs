//! Finding templates by name, and those that they name.

use super::{ResolveError, RunRequest};
use crate::manifest::AnalysisTemplate;
use crate::manifest::argo::TemplateRef;

/// The templates of a run, each once, in upstream's order: those of the namespace before those of the
/// cluster; among them a template before the ones it names, and those before its next neighbour.
pub(super) fn gather<'t>(
    request: &RunRequest<'_>,
    found: &'t [AnalysisTemplate],
    errors: &mut Vec<ResolveError>,
) -> Vec<&'t AnalysisTemplate> {
    let mut search = Search {
        namespace: request.namespace,
        found,
        way: Vec::new(),
        met: Vec::new(),
        errors,
    };
    search.follow(request.templates);
    let met = search.met;
    let (own, cluster): (Vec<_>, Vec<_>) = met.into_iter().partition(|one| one.namespace.is_some());
    own.into_iter().chain(cluster).collect()
}

struct Search<'s, 't> {
    namespace: &'s str,
    found: &'t [AnalysisTemplate],
    /// The templates whose own ones are being followed.
    way: Vec<&'t AnalysisTemplate>,
    met: Vec<&'t AnalysisTemplate>,
    errors: &'s mut Vec<ResolveError>,
}

impl<'t> Search<'_, 't> {
    fn follow(&mut self, references: &[TemplateRef]) {
        for reference in references {
            match self.find(reference) {
                Some(template) => self.enter(template),
                None => self.errors.push(ResolveError::NoTemplate {
                    kind: kind_of(reference),
                    name: reference.name.clone(),
                }),
            }
        }
    }

    fn find(&self, reference: &TemplateRef) -> Option<&'t AnalysisTemplate> {
        let namespace = (!reference.cluster_scope).then_some(self.namespace);
        let fits = |one: &&AnalysisTemplate| {
            one.name == reference.name && one.namespace.as_deref() == namespace
        };
        self.found.iter().find(fits)
    }

    fn enter(&mut self, template: &'t AnalysisTemplate) {
        let is_it = |other: &&AnalysisTemplate| std::ptr::eq(*other, template);
        if let Some(start) = self.way.iter().position(is_it) {
            let round = self.way[start..].iter().chain([&template]);
            let names = round.map(|one| one.name.clone()).collect();
            self.errors.push(ResolveError::Circle { names });
            return;
        }
        if self.met.iter().any(is_it) {
            return;
        }
        self.met.push(template);
        self.way.push(template);
        self.follow(&template.templates);
        self.way.pop();
    }
}

fn kind_of(reference: &TemplateRef) -> &'static str {
    match reference.cluster_scope {
        true => "ClusterAnalysisTemplate",
        false => "AnalysisTemplate",
    }
}
