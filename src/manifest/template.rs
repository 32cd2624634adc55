//! Reading pod templates.

use super::labels::read_labels;
use super::pre_stop::read_pre_stop;
use super::probe::{SECONDS_MAX, read_probe, seconds};
use super::resources::read_resources;
use super::revision::template_hash;
use super::{Container, PodTemplate, PullPolicy, Resources};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::units::SimDuration;

/// A template's hash as the label of its pods carries it: 32 bits of it in letters fit for names
/// (k8s.io/apimachinery `pkg/util/rand`, `SafeEncodeString`).
pub fn hash_label(hash: u64) -> String {
    const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let folded = (hash ^ (hash >> 32)) as u32;
    let digits = folded.to_string().into_bytes().into_iter();
    digits
        .map(|digit| char::from(LETTERS[usize::from(digit) % LETTERS.len()]))
        .collect()
}

/// Reads `spec.template` of an owner, as told to people: "a Deployment".
pub(super) fn read_template(
    node: &Node,
    owner: &str,
    problems: &mut Diagnostics,
) -> Option<PodTemplate> {
    let mut map = MapReader::open(node, "`template`", problems)?;
    let labels = map
        .map("metadata")
        .and_then(|mut metadata| {
            let labels = metadata.entries("labels")?;
            Some(read_labels(labels, metadata.problems()))
        })
        .unwrap_or_default();
    map.required_node("spec")?;
    let mut spec = map.map("spec")?;
    let grace = spec.number_within("terminationGracePeriodSeconds", 0..=SECONDS_MAX);
    let grace = seconds(grace.unwrap_or(30));
    check_restart_policy(&mut spec, owner);
    let containers = read_containers(&mut spec, grace);
    Some(PodTemplate {
        labels,
        containers: containers?,
        grace,
        restarts: true,
        hash: template_hash(node),
    })
}

/// The pods of a workload restart always; nothing else is taken.
fn check_restart_policy(spec: &mut MapReader<'_, '_>, owner: &str) {
    let Some(policy) = spec.optional::<String>("restartPolicy") else {
        return;
    };
    if policy != "Always" {
        let finding = Diagnostic::error(format!("`restartPolicy` is `{policy}`"))
            .at(spec.value_span("restartPolicy"))
            .label(format!("{owner} takes only `Always`"));
        spec.problems().push(finding);
    }
}

fn read_containers(spec: &mut MapReader<'_, '_>, grace: SimDuration) -> Option<Vec<Container>> {
    let place = spec.span();
    spec.required_node("containers")?;
    let nodes = spec.list("containers")?;
    if nodes.is_empty() {
        let finding = Diagnostic::error("a pod without containers").at(place);
        spec.problems()
            .push(finding.label("expected at least one container"));
    }
    let mut containers: Vec<Container> = Vec::new();
    for node in nodes {
        let Some(container) = read_container(node, grace, spec.problems()) else {
            continue;
        };
        if containers.iter().any(|other| other.name == container.name) {
            let message = format!("two containers are called `{}`", container.name);
            let place = node.child("name").map_or(node.span, |name| name.span);
            spec.problems().push(Diagnostic::error(message).at(place));
        }
        containers.push(container);
    }
    (!containers.is_empty()).then_some(containers)
}

fn read_container(
    node: &Node,
    grace: SimDuration,
    problems: &mut Diagnostics,
) -> Option<Container> {
    let mut map = MapReader::open(node, "a container", problems)?;
    let name = map.required::<String>("name");
    let image = map.required::<String>("image");
    let pull_policy = map.word(
        "imagePullPolicy",
        &[
            ("Always", PullPolicy::Always),
            ("IfNotPresent", PullPolicy::IfNotPresent),
            ("Never", PullPolicy::Never),
        ],
    );
    let resources = map.node("resources");
    let resources = resources.map_or(Resources::default(), |node| {
        read_resources(node, map.problems())
    });
    let mut probe = |key| {
        let node = map.node(key)?;
        read_probe(key, node, map.problems())
    };
    let startup = probe("startupProbe");
    let readiness = probe("readinessProbe");
    let liveness = probe("livenessProbe");
    let pre_stop = map.map("lifecycle").and_then(|mut lifecycle| {
        let hook = lifecycle.map("preStop")?;
        read_pre_stop(hook, grace)
    });
    let (name, image) = (name?, image?);
    Some(Container {
        pull_policy: pull_policy.unwrap_or_else(|| default_pull_policy(&image)),
        name,
        image,
        resources,
        startup,
        readiness,
        liveness,
        pre_stop,
    })
}

/// `Always` for the tag `latest`, written or meant; `IfNotPresent` for other tags and for digests
/// (reference kubernetes.md §3.4).
pub(super) fn default_pull_policy(image: &str) -> PullPolicy {
    let (name, digest) = match image.split_once('@') {
        Some((name, _)) => (name, true),
        None => (image, false),
    };
    // The colon of a registry's port comes before the last slash.
    let last = name.rsplit('/').next().unwrap_or(name);
    match last.split_once(':') {
        Some((_, "latest")) => PullPolicy::Always,
        None if !digest => PullPolicy::Always,
        _ => PullPolicy::IfNotPresent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_tag_is_pulled_always() {
        for image in [
            "app",
            "app:latest",
            "host:5000/app",
            "host:5000/a/app:latest",
        ] {
            assert_eq!(default_pull_policy(image), PullPolicy::Always, "{image}");
        }
        for image in [
            "app:v1",
            "host:5000/app:v1",
            "app@sha256:aa",
            "app:v1@sha256:aa",
        ] {
            assert_eq!(
                default_pull_policy(image),
                PullPolicy::IfNotPresent,
                "{image}"
            );
        }
    }
}
