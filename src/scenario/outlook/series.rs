//! Which series there will be, and which of them a query selects.

use crate::ids::PodId;
use crate::manifest::Service;
use crate::scenario::{Objects, Variant, Workload, WorkloadKind};
use crate::telemetry::promql::Selection;
use crate::telemetry::{FAMILIES, Family, Labels, Target, label_name};

use super::asked::{NEW_HASH, OLD_HASH};

/// Which version a pod runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum Version {
    /// That of before the release.
    Old,
    /// The released one.
    New,
}

/// Codes that a simulated process answers with.
pub(super) const CODES: [&str; 3] = ["200", "500", "503"];

/// Series alike: what pods of one version of a workload answer with one code through one Service.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Kin {
    /// Index among the Services.
    pub(in crate::scenario) service: usize,
    pub(in crate::scenario) version: Version,
    pub(in crate::scenario) code: &'static str,
    own: Labels,
    http: Labels,
    istio: Labels,
}

impl Kin {
    fn labels(&self, family: &Family) -> &Labels {
        match family.labels {
            [] => &self.own,
            labels if labels.contains(&"reporter") => &self.istio,
            _ => &self.http,
        }
    }
    /// Whether a selection of this family's metric selects them, as far as this label goes. Names of
    /// pods and bounds of histograms are left open.
    fn fits(&self, label: &str, selection: &Selection, family: &Family) -> bool {
        matches!(label, "pod" | "le") || selection.admits(label, self.labels(family).get(label))
    }
    /// Whether the selection selects them.
    pub(in crate::scenario) fn is_selected(&self, selection: &Selection) -> bool {
        let family = family_of(selection);
        family.is_some_and(|family| {
            let mut labels = selection.labels();
            labels.all(|label| self.fits(label, selection, family))
        })
    }
}

/// The family of a selection's metric; none where it has no name or nobody exports it.
pub(super) fn family_of(selection: &Selection) -> Option<&'static Family> {
    let name = selection.name.as_deref()?;
    FAMILIES.iter().find(|family| family.name == name)
}

/// All series that there may be in a variant.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct SeriesOf {
    pub(in crate::scenario) kin: Vec<Kin>,
}

impl SeriesOf {
    /// Those of every workload before the release and after it.
    pub(in crate::scenario) fn variant(variant: &Variant) -> Self {
        let after = variant.release.iter().map(|release| &release.after);
        let stages = std::iter::once((&variant.before, Version::Old))
            .chain(after.map(|objects| (objects, Version::New)));
        let kin = stages.flat_map(|(objects, version)| {
            let workloads: Vec<Workload<'_>> = objects.workloads().collect();
            workloads
                .into_iter()
                .flat_map(move |workload| of_workload(&workload, &variant.before, version))
        });
        Self { kin: kin.collect() }
    }

    /// The first label by which a selection excludes every series of its family; `None` if none does
    /// alone.
    pub(in crate::scenario) fn excluding_label<'q>(
        &self,
        selection: &'q Selection,
    ) -> Option<&'q str> {
        let family = family_of(selection)?;
        selection.labels().find(|label| {
            !self
                .kin
                .iter()
                .any(|kin| kin.fits(label, selection, family))
        })
    }
    /// Values of a label that there are, each once.
    pub(in crate::scenario) fn values(&self, label: &str, selection: &Selection) -> Vec<&str> {
        let Some(family) = family_of(selection) else {
            return Vec::new();
        };
        let mut values: Vec<&str> = Vec::new();
        for kin in &self.kin {
            let value = kin.labels(family).get(label);
            if !value.is_empty() && !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }
}

fn of_workload(workload: &Workload<'_>, before: &Objects, version: Version) -> Vec<Kin> {
    let target = target_of(workload, version);
    let meets = |service: &Service| {
        service.namespace == workload.namespace
            && service.selector.matches(&workload.template.labels)
    };
    let services = before.services.iter().enumerate();
    let behind = services.filter(|(_, service)| meets(service));
    behind
        .flat_map(|(index, service)| {
            let name = service.name.as_str();
            CODES.map(|code| Kin {
                service: index,
                version,
                code,
                own: target.own_labels(),
                http: target.http_labels(name, code),
                istio: target.istio_labels(name, code),
            })
        })
        .collect()
}

fn target_of(workload: &Workload<'_>, version: Version) -> Target {
    let mapped = workload.template.labels.iter();
    let mapped = mapped.map(|(name, value)| (label_name(name), value.clone()));
    let name = match workload.kind {
        WorkloadKind::Deployment => "pod_template_hash",
        WorkloadKind::Rollout => "rollouts_pod_template_hash",
    };
    let hash = match version {
        Version::Old => OLD_HASH,
        Version::New => NEW_HASH,
    };
    Target {
        pod: PodId::new(0),
        // Nobody knows it yet.
        name: String::new(),
        namespace: workload.namespace.to_owned(),
        workload: workload.name.to_owned(),
        labels: mapped
            .chain([(name.to_owned(), hash.to_owned())])
            .collect::<Labels>(),
        services: Vec::new(),
    }
}
