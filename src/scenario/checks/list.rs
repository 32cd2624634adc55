//! The list of rules, and who is asked.

use indexmap::IndexMap;

use super::finding::Finding;
use super::mesh::{MeshView, OF_MESHES};
use super::update::{Question, Update};
use super::{capacity, gates, pauses, probes, queries, rollout, shutdown, verdicts, weights};
use crate::document::{Diagnostic, Diagnostics, Node};
use crate::images::Behaviour;
use crate::manifest::Container;
use crate::scenario::serving::serving_container;
use crate::scenario::{Loaded, Objects, Scenario, Variant, Workload};

/// A workload as it is at t = 0 or after the release, and the image that serves in it.
pub(super) struct Served<'s> {
    pub(super) variant: &'s Variant,
    pub(super) workload: Workload<'s>,
    pub(super) container: &'s Container,
    pub(super) image: &'s Behaviour,
}

/// A variant at t = 0 or after the release.
pub(super) struct Stage<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) variant: &'s Variant,
    pub(super) objects: &'s Objects,
    /// Images that another one is `like`.
    pub(super) likes: &'s [String],
}

const OF_WORKLOADS: [fn(&Served<'_>) -> Option<Finding>; 15] = [
    probes::no_readiness_probe,
    probes::killed_before_started,
    probes::killed_by_liveness_before_started,
    probes::readiness_hangs_on_dependencies,
    probes::liveness_sooner_than_readiness,
    probes::never_passes,
    probes::liveness_hangs_on_dependencies,
    shutdown::grace_ends_first,
    shutdown::hook_uses_up_grace,
    shutdown::endpoints_lag_behind,
    rollout::deadline_before_ready,
    rollout::fenceposts_rounded,
    rollout::paused_for_ever,
    capacity::memory_above_limit,
    rollout::exits_unsafely_with_kept_connections,
];

const OF_VARIANTS: [fn(&Stage<'_>) -> Vec<Finding>; 12] = [
    rollout::budget_allows_nothing,
    rollout::budget_selects_nothing,
    rollout::release_changes_nothing,
    rollout::service_selects_nothing,
    rollout::horizon_too_short,
    capacity::load_above_capacity,
    capacity::warm_up_too_short,
    capacity::images_unused,
    queries::alert_reads_nothing,
    queries::alert_range_too_short,
    queries::alert_waits_longer_than_it_may,
    gates::nobody_notices,
];

const OF_UPDATES: [fn(&Update<'_>) -> Vec<Finding>; 10] = [
    weights::weights_are_whole_pods,
    weights::min_pods_without_router,
    weights::min_pods_above_replicas,
    weights::held_scale_is_too_small,
    pauses::nobody_promotes,
    pauses::steps_end_after_horizon,
    pauses::zero_delay_never_ends,
    pauses::zero_abort_delay_keeps_pods,
    pauses::delay_shorter_than_propagation,
    pauses::deadline_aborts_good_versions,
];

const OF_METRICS: [fn(&Question<'_>) -> Option<Finding>; 15] = [
    queries::reads_nothing,
    queries::nobody_asks,
    queries::asked_before_traffic,
    queries::range_too_short,
    queries::window_holds_the_old_version,
    queries::window_longer_than_steps,
    queries::versions_are_mixed,
    verdicts::never_passes,
    verdicts::never_fails,
    verdicts::silence_passes,
    verdicts::no_failure_is_no_data,
    verdicts::limit_above_count,
    verdicts::only_dry_runs,
    verdicts::background_measures_once,
    verdicts::delayed_beyond_the_end,
];

/// What is probably not meant, by rules that need no run. A finding that not every variant shares
/// says which do.
pub fn check(loaded: &Loaded) -> Diagnostics {
    let scenario = &loaded.scenario;
    let likes = likes_of(&loaded.root);
    let mut found: Vec<(Diagnostic, Vec<&str>)> = Vec::new();
    for (variant, objects) in scenario.variants.iter().zip(&loaded.trees) {
        for finding in findings_of(scenario, variant, &likes) {
            let diagnostic = finding.diagnostic(objects, &loaded.root);
            match found.iter_mut().find(|(known, _)| *known == diagnostic) {
                Some((_, names)) if names.last() == Some(&variant.name.as_str()) => {}
                Some((_, names)) => names.push(&variant.name),
                None => found.push((diagnostic, vec![&variant.name])),
            }
        }
    }
    let mut told = Diagnostics::default();
    for (mut diagnostic, names) in found {
        if names.len() < scenario.variants.len() {
            diagnostic.message += &format!(" (variant {})", quoted(&names));
        }
        told.push(diagnostic);
    }
    told
}

fn likes_of(scenario: &Node) -> Vec<String> {
    let images = scenario
        .child("image")
        .and_then(Node::as_map)
        .into_iter()
        .flatten();
    let likes = images.filter_map(|(_, image)| image.node.child("like")?.as_text());
    likes.map(str::to_owned).collect()
}

fn findings_of(scenario: &Scenario, variant: &Variant, likes: &[String]) -> Vec<Finding> {
    let after = variant.release.iter().map(|release| &release.after);
    let mut findings = Vec::new();
    for objects in std::iter::once(&variant.before).chain(after) {
        for workload in objects.workloads() {
            if let Some(served) = served(variant, workload, &variant.images) {
                findings.extend(OF_WORKLOADS.iter().filter_map(|rule| rule(&served)));
            }
        }
        let stage = Stage {
            scenario,
            variant,
            objects,
            likes,
        };
        findings.extend(OF_VARIANTS.iter().flat_map(|rule| rule(&stage)));
    }
    let mesh = MeshView::of(variant);
    findings.extend(OF_MESHES.iter().flat_map(|rule| rule(&mesh)));
    for update in Update::all(scenario, variant) {
        findings.extend(OF_UPDATES.iter().flat_map(|rule| rule(&update)));
        for asked in &update.asked {
            let question = Question {
                update: &update,
                asked,
            };
            findings.extend(OF_METRICS.iter().filter_map(|rule| rule(&question)));
        }
    }
    findings
}

/// The view of a workload that rules look at.
pub(super) fn served<'s>(
    variant: &'s Variant,
    workload: Workload<'s>,
    images: &'s IndexMap<String, Behaviour>,
) -> Option<Served<'s>> {
    let container = serving_container(workload.template, images)?;
    Some(Served {
        variant,
        workload,
        container,
        image: images.get(&container.image)?,
    })
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
