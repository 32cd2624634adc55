//! Every pod needs a container whose image is described.

use indexmap::IndexMap;

use super::Objects;
use super::sections::unknown_image;
use crate::document::{Diagnostics, Node, Span};
use crate::images::Behaviour;
use crate::manifest::{Container, Deployment, ObjectSet};

/// The container of a pod template that serves: the first whose image is described.
pub fn serving_container<'d>(
    deployment: &'d Deployment,
    images: &IndexMap<String, Behaviour>,
) -> Option<&'d Container> {
    let mut containers = deployment.template.containers.iter();
    containers.find(|container| images.contains_key(&container.image))
}

/// Reports Deployments whose pods have no container with a described image.
pub(super) fn check_serving(
    objects: &Objects,
    trees: &ObjectSet,
    image_names: &[String],
    problems: &mut Diagnostics,
) {
    for deployment in &objects.deployments {
        let containers = &deployment.template.containers;
        let Some(first) = containers.first() else {
            continue;
        };
        if containers
            .iter()
            .any(|one| image_names.contains(&one.image))
        {
            continue;
        }
        let finding = unknown_image(&first.image, image_names.iter().map(String::as_str));
        let finding = finding.label(format!(
            "expected a description of it: Deployment `{}` runs it",
            deployment.name
        ));
        problems.push(match place(trees, deployment) {
            Some(span) => finding.at(span),
            None => finding,
        });
    }
}

/// Where the image of the first container is written: in a manifest, a patch or the release.
fn place(trees: &ObjectSet, deployment: &Deployment) -> Option<Span> {
    let tree = trees.iter().find(|tree| {
        tree.name.kind == "Deployment"
            && tree.name.name == deployment.name
            && tree.name.namespace.as_ref() == Some(&deployment.namespace)
    })?;
    let template = tree.node.child("spec")?.child("template")?;
    let containers = template.child("spec")?.child("containers")?.as_list()?;
    containers
        .first()?
        .child("image")
        .map(|image: &Node| image.span)
}
