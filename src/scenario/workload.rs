//! Workloads: objects that own pods, whatever their kind.

use std::fmt;

use super::Objects;
use crate::document::ObjectName;
use crate::manifest::{Deployment, PodTemplate, Rollout, Strategy};
use crate::units::SimDuration;

/// A kind of object that owns pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkloadKind {
    /// `apps/v1`.
    Deployment,
    /// `argoproj.io/v1alpha1`.
    Rollout,
}

impl WorkloadKind {
    /// The kind as a manifest says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::Rollout => "Rollout",
        }
    }
}

/// What every workload says, for rules that ask no more than that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Workload<'o> {
    /// What it is.
    pub kind: WorkloadKind,
    /// `metadata.namespace`.
    pub namespace: &'o str,
    /// `metadata.name`.
    pub name: &'o str,
    /// `spec.replicas`.
    pub replicas: u32,
    /// `spec.minReadySeconds`.
    pub min_ready: SimDuration,
    /// `spec.progressDeadlineSeconds`; `None` where there is no deadline.
    pub progress_deadline: Option<SimDuration>,
    /// `spec.paused`.
    pub paused: bool,
    /// `spec.template`.
    pub template: &'o PodTemplate,
    /// How a Deployment replaces its pods; a Rollout has steps instead.
    pub strategy: Option<Strategy>,
}

impl<'o> From<&'o Deployment> for Workload<'o> {
    fn from(deployment: &'o Deployment) -> Self {
        Self {
            kind: WorkloadKind::Deployment,
            namespace: &deployment.namespace,
            name: &deployment.name,
            replicas: deployment.replicas,
            min_ready: deployment.min_ready,
            progress_deadline: deployment.progress_deadline,
            paused: deployment.paused,
            template: &deployment.template,
            strategy: Some(deployment.strategy),
        }
    }
}

impl<'o> From<&'o Rollout> for Workload<'o> {
    fn from(rollout: &'o Rollout) -> Self {
        Self {
            kind: WorkloadKind::Rollout,
            namespace: &rollout.namespace,
            name: &rollout.name,
            replicas: rollout.replicas,
            min_ready: rollout.min_ready,
            progress_deadline: Some(rollout.progress_deadline),
            paused: rollout.paused,
            template: &rollout.template,
            strategy: None,
        }
    }
}

impl Workload<'_> {
    /// Whether a name means it; without a namespace, in whichever it is.
    pub fn is_called(&self, name: &ObjectName) -> bool {
        let space = name.namespace.as_deref();
        name.kind == self.kind.name()
            && name.name == self.name
            && space.is_none_or(|space| space == self.namespace)
    }

    /// Whether both are the same object, perhaps at different times.
    pub fn is_same_as(&self, other: &Workload<'_>) -> bool {
        self.full_name() == other.full_name()
    }

    fn full_name(&self) -> (WorkloadKind, &str, &str) {
        (self.kind, self.namespace, self.name)
    }
}

impl fmt::Display for Workload<'_> {
    /// `Deployment/web`, as people call it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.name(), self.name)
    }
}

impl Objects {
    /// Every workload: Deployments first, then Rollouts, each in the order of the files. Its place
    /// here is its number in a run ([`WorkloadId`](crate::ids::WorkloadId)) and what an operator's
    /// `target` counts.
    pub fn workloads(&self) -> impl Iterator<Item = Workload<'_>> {
        let deployments = self.deployments.iter().map(Workload::from);
        deployments.chain(self.rollouts.iter().map(Workload::from))
    }

    /// The same objects in the same order, whole.
    pub fn into_workloads(self) -> impl Iterator<Item = WorkloadObject> {
        let deployments = self.deployments.into_iter().map(WorkloadObject::from);
        deployments.chain(self.rollouts.into_iter().map(WorkloadObject::from))
    }
}

/// A workload as a manifest has it.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkloadObject {
    /// A Deployment.
    Deployment(Box<Deployment>),
    /// A Rollout.
    Rollout(Box<Rollout>),
}

impl WorkloadObject {
    /// What it says as every workload does.
    pub fn view(&self) -> Workload<'_> {
        match self {
            Self::Deployment(deployment) => Workload::from(&**deployment),
            Self::Rollout(rollout) => Workload::from(&**rollout),
        }
    }
}

impl From<Deployment> for WorkloadObject {
    fn from(deployment: Deployment) -> Self {
        Self::Deployment(Box::new(deployment))
    }
}

impl From<Rollout> for WorkloadObject {
    fn from(rollout: Rollout) -> Self {
        Self::Rollout(Box::new(rollout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Diagnostics, Sources, parse_yaml};
    use crate::manifest::ObjectSet;

    const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: example/web:1 }] }
";

    #[test]
    fn a_workload_answers_to_its_kind_and_name_and_to_its_own_namespace() {
        let mut problems = Diagnostics::default();
        let documents = parse_yaml(&mut Sources::default(), "web.yaml", WEB).expect("it is YAML");
        let mut set = ObjectSet::default();
        for document in documents {
            set.add(document, &mut problems);
        }
        let objects = Objects {
            deployments: set.deployments(&mut problems),
            ..Objects::default()
        };
        assert!(problems.is_empty());
        let web = objects.workloads().next().expect("there is one");
        assert_eq!(web.to_string(), "Deployment/web");
        for (name, is) in [
            ("Deployment/web", true),
            ("Deployment/shop/web", true),
            ("Deployment/default/web", false),
            ("Deployment/api", false),
            ("Rollout/web", false),
        ] {
            let name: ObjectName = name.parse().expect("it is a name");
            assert_eq!(web.is_called(&name), is, "{name}");
        }
        let other = Workload {
            kind: WorkloadKind::Rollout,
            ..web
        };
        assert!(web.is_same_as(&web) && !web.is_same_as(&other));
        let whole: Vec<_> = objects.clone().into_workloads().collect();
        assert_eq!(whole[0].view(), web);
    }
}
