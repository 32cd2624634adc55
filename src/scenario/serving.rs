//! Every pod needs a container whose image is described.

use indexmap::IndexMap;

use super::sections::unknown_image;
use super::{Objects, Workload};
use crate::document::{Diagnostics, Node, Span};
use crate::images::Behaviour;
use crate::manifest::{Container, ObjectSet, PodTemplate};

/// The container of a pod template that serves: the first whose image is described.
pub fn serving_container<'t>(
    template: &'t PodTemplate,
    images: &IndexMap<String, Behaviour>,
) -> Option<&'t Container> {
    let mut containers = template.containers.iter();
    containers.find(|container| images.contains_key(&container.image))
}

/// Reports workloads whose pods have no container with a described image.
pub(super) fn check_serving(
    objects: &Objects,
    trees: &ObjectSet,
    image_names: &[String],
    problems: &mut Diagnostics,
) {
    for workload in objects.workloads() {
        let containers = &workload.template.containers;
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
            "expected a description of it: {} `{}` runs it",
            workload.kind.name(),
            workload.name
        ));
        problems.push(match place(trees, &workload) {
            Some(span) => finding.at(span),
            None => finding,
        });
    }
}

/// Where the image of the first container is written: in a manifest, a patch or the release.
fn place(trees: &ObjectSet, workload: &Workload<'_>) -> Option<Span> {
    let tree = trees.iter().find(|tree| workload.is_called(&tree.name))?;
    let template = tree.node.child("spec")?.child("template")?;
    let containers = template.child("spec")?.child("containers")?.as_list()?;
    containers
        .first()?
        .child("image")
        .map(|image: &Node| image.span)
}
