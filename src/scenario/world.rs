//! One variant: the scenario and the objects with its changes applied, made into a world.

use indexmap::IndexMap;

use super::edits::{edit_object, edit_scenario, set_image};
use super::entry::resolve_entries;
use super::library::Library;
use super::load::PER_VARIANT;
use super::objects::read_objects;
use super::operators::{Stage, resolve_operators};
use super::rollouts::check_rollouts;
use super::sections::{
    Head, OperatorSection, ReleaseSection, Source, VariantSection, read_cluster, read_files,
    read_images, read_mesh, read_on_call, read_operators, read_prices, read_release,
    read_telemetry, read_traffic,
};
use super::serving::check_serving;
use super::{Objects, OnCall, Release, Variant};
use crate::cluster::ClusterSpec;
use crate::document::{
    Diagnostic, Diagnostics, FileId, MapReader, Node, Root, Severity, Span, Step, nearest,
};
use crate::images::{Behaviour, Truths};
use crate::manifest::ObjectSet;
use crate::metrics::Prices;
use crate::routing::mesh::MeshSpec;
use crate::telemetry::TelemetrySpec;

/// What all variants share.
pub(super) struct Shared<'s> {
    /// The scenario as written.
    pub(super) root: &'s Node,
    /// Its top.
    pub(super) head: &'s Head,
    /// Its risks.
    pub(super) truths: &'s Truths,
}

/// A variant and the raw objects behind it.
pub(super) struct Built {
    /// The world.
    pub(super) variant: Variant,
    /// Its objects at t = 0.
    pub(super) before: ObjectSet,
}

/// The sections that may differ between variants.
struct Sections {
    manifests: Option<Vec<(String, Span)>>,
    release: Option<ReleaseSection>,
    traffic: Vec<Source>,
    images: IndexMap<String, Behaviour>,
    /// Names of all images that are written, those that could not be read too.
    image_names: Vec<String>,
    operators: Vec<OperatorSection>,
    cluster: ClusterSpec,
    prices: Prices,
    telemetry: TelemetrySpec,
    on_call: Option<OnCall>,
    mesh: MeshSpec,
}

/// Makes one variant; what is wrong with it is among the problems.
pub(super) fn build(
    shared: &Shared<'_>,
    section: &VariantSection,
    library: &mut Library,
    problems: &mut Diagnostics,
) -> Option<Built> {
    let root = patched_root(shared.root, section, problems);
    let sections = read_sections(&root, library, problems)?;
    check_release_time(shared.head, sections.release.as_ref(), problems);
    let written = written_objects(section, &sections, library, problems)?;
    let before = objects_before(&written, section, &sections, problems);
    let after = sections
        .release
        .as_ref()
        .map(|release| objects_after(&written, &before, section, (release, library), problems));
    for objects in std::iter::once(&before).chain(&after) {
        check_fields(objects, section.span.file, problems);
    }
    let first = read_objects(&before, problems);
    let then = after.as_ref().map(|after| read_objects(after, problems));
    check_serving(&first, &before, &sections.image_names, problems);
    check_rollouts(&first, &before, problems);
    if let (Some(then), Some(after)) = (&then, &after) {
        check_serving(then, after, &sections.image_names, problems);
        check_rollouts(then, after, problems);
    }
    check_shipped(shared, &sections, &first, problems);
    let entries = resolve_entries(&sections.traffic, section, &first, problems);
    let stage = Stage {
        before: &before,
        after: after.as_ref().unwrap_or(&before),
        released_at: sections.release.as_ref().map(|release| release.at),
        image_names: &sections.image_names,
        horizon: shared.head.horizon,
        paused_by_release: then
            .iter()
            .flat_map(Objects::workloads)
            .any(|one| one.paused),
        objects: &first,
    };
    let operators = resolve_operators(sections.operators, &stage, library, problems);
    let release = sections.release.zip(then);
    let release = release.map(|(release, after)| Release {
        at: release.at,
        after,
        to: shipped(&release),
    });
    let variant = Variant {
        name: section.name.clone(),
        before: first,
        release,
        images: sections.images,
        traffic: sections
            .traffic
            .into_iter()
            .map(|source| source.spec)
            .collect(),
        entries,
        cluster: sections.cluster,
        prices: sections.prices,
        operators,
        telemetry: sections.telemetry,
        on_call: sections.on_call,
        mesh: sections.mesh,
    };
    Some(Built { variant, before })
}

fn read_sections(
    root: &Node,
    library: &mut Library,
    problems: &mut Diagnostics,
) -> Option<Sections> {
    let mut reader = MapReader::open(root, "a scenario", problems)?;
    let manifests = read_files(&mut reader);
    let traffic = reader.entries("traffic");
    let images = reader.entries("image");
    let release = reader.map("release").and_then(read_release);
    let operators = reader.list("operator");
    let (cluster, prices) = (reader.node("cluster"), reader.node("prices"));
    let (telemetry, on_call) = (reader.node("telemetry"), reader.node("on-call"));
    let mesh = reader.node("mesh");
    let problems = reader.problems();
    Some(Sections {
        manifests,
        release,
        traffic: read_traffic(traffic, library, problems),
        images: read_images(images, problems),
        image_names: images
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect(),
        operators: read_operators(operators, problems),
        cluster: read_cluster(cluster, problems),
        prices: read_prices(prices, problems),
        telemetry: read_telemetry(telemetry, problems),
        on_call: read_on_call(on_call, &library.sources, problems),
        mesh: read_mesh(mesh, problems),
    })
}

/// The scenario with the variant's own `scenario:` changes.
fn patched_root(root: &Node, section: &VariantSection, problems: &mut Diagnostics) -> Node {
    let mut root = root.clone();
    let own = section
        .edits
        .iter()
        .filter(|edit| edit.path.root == Root::Scenario);
    for edit in own {
        let done = match why_shared(&edit.path.steps) {
            None => edit_scenario(&mut root, edit),
            Some(problem) => Err(problem.at(edit.span)),
        };
        done.unwrap_or_else(|problem| problems.push(problem));
    }
    root
}

/// Why a place of the scenario may not differ between variants; `None` if it may. Arrivals, users,
/// risks, seed and times stay shared: that is what makes variants comparable.
fn why_shared(steps: &[Step]) -> Option<Diagnostic> {
    let keys: Vec<&str> = steps
        .iter()
        .map(|step| match step {
            Step::Key(key) => key.as_str(),
            Step::Index(_) | Step::Entry { .. } => "",
        })
        .collect();
    let what = match keys[..] {
        [
            "image" | "cluster" | "prices" | "operator" | "telemetry" | "on-call" | "mesh",
            ..,
        ] => return None,
        ["release", key, ..] if key != "at" => return None,
        ["traffic", _, key, ..] if key != "arrivals" && key != "users" => return None,
        ["traffic", _, key, ..] => format!("`{key}`"),
        ["traffic", ..] => "the traffic".to_owned(),
        ["release", ..] => "the time of the release".to_owned(),
        ["manifests", ..] => {
            return Some(
                Diagnostic::error("a variant has its own `manifests`")
                    .hint("write `manifests = [\"file.yaml\"]` beside its `name`"),
            );
        }
        [
            "name" | "horizon" | "warm-up" | "seed" | "runs" | "level" | "downtime-threshold"
            | "risk" | "gate" | "variant",
            ..,
        ] => format!("`{}`", keys[0]),
        _ => {
            let near = nearest(keys[0], PER_VARIANT);
            let message = format!("a scenario has no key `{}`", keys[0]);
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            return Some(Diagnostic::error(message).maybe_hint(hint));
        }
    };
    Some(
        Diagnostic::error(format!("a variant cannot change {what}"))
            .label("shared by all variants, or they could not be compared")
            .hint("change it for all of them, or write a scenario of its own"),
    )
}

/// The objects as they are in the files.
fn written_objects(
    section: &VariantSection,
    sections: &Sections,
    library: &mut Library,
    problems: &mut Diagnostics,
) -> Option<ObjectSet> {
    let files = section.manifests.as_ref().or(sections.manifests.as_ref());
    let Some(files) = files.filter(|files| !files.is_empty()) else {
        let finding = Diagnostic::error(format!("variant `{}` has no manifests", section.name))
            .at(section.span)
            .label("expected `manifests` here or at the top of the scenario")
            .hint("add `manifests = [\"deployment.yaml\"]`");
        problems.push(finding);
        return None;
    };
    let mut trees = ObjectSet::default();
    for (name, span) in files {
        for node in library.documents(name, *span, problems) {
            trees.add(node, problems);
        }
    }
    trees.iter().next().is_some().then_some(trees)
}

fn objects_before(
    written: &ObjectSet,
    section: &VariantSection,
    sections: &Sections,
    problems: &mut Diagnostics,
) -> ObjectSet {
    let mut trees = written.clone();
    edit_all(&mut trees, section, problems);
    for new in sections.release.iter().flat_map(|release| &release.from) {
        set_image(&mut trees, new, problems);
    }
    trees
}

fn edit_all(trees: &mut ObjectSet, section: &VariantSection, problems: &mut Diagnostics) {
    for edit in &section.edits {
        edit_object(trees, edit, problems);
    }
}

/// An unknown field is a warning in a manifest, which other tools read too, and an error where a
/// patch made it: nobody else will ever tell. A field without a model is a note in a manifest, and a
/// warning in a patch, which was written for this simulation and changes nothing in it.
pub(super) fn check_fields(objects: &ObjectSet, scenario: FileId, problems: &mut Diagnostics) {
    let mut found = Diagnostics::default();
    objects.check_fields(&mut found);
    problems.extend(found.into_iter().map(|mut finding| {
        if finding.span.is_some_and(|span| span.file == scenario) {
            finding.severity = match finding.severity {
                Severity::Note => Severity::Warning,
                Severity::Warning | Severity::Error => Severity::Error,
            };
        }
        finding
    }));
}

/// Without manifests of its own the release changes what is there; with them, its objects take the
/// places of the old ones and get the variant's changes too.
fn objects_after(
    written: &ObjectSet,
    before: &ObjectSet,
    section: &VariantSection,
    (release, library): (&ReleaseSection, &mut Library),
    problems: &mut Diagnostics,
) -> ObjectSet {
    let mut trees = before.clone();
    if !release.manifests.is_empty() {
        trees = written.clone();
        for (name, span) in &release.manifests {
            for node in library.documents(name, *span, problems) {
                trees.replace(node, problems);
            }
        }
        edit_all(&mut trees, section, problems);
    }
    for edit in &release.edits {
        edit_object(&mut trees, edit, problems);
    }
    for new in &release.to {
        set_image(&mut trees, new, problems);
    }
    trees
}

fn check_release_time(head: &Head, release: Option<&ReleaseSection>, problems: &mut Diagnostics) {
    let Some(release) = release else { return };
    let at = release.at.since_start();
    let rule = if release.at >= head.horizon {
        format!(
            "expected a time before the `horizon`, {}",
            head.horizon.since_start()
        )
    } else if at < head.warm_up {
        format!(
            "expected a time after the `warm-up`, {}, which is not counted",
            head.warm_up
        )
    } else {
        return;
    };
    let finding = Diagnostic::error(format!("a release at {at} would not be counted"));
    problems.push(finding.at(release.span).label(rule));
}

fn shipped(release: &ReleaseSection) -> Vec<String> {
    let texts = release.to.iter().filter_map(|new| new.image.as_text());
    texts.map(str::to_owned).collect()
}

/// A risk is laid over an image by its name, so the new version needs a name of its own.
fn check_shipped(
    shared: &Shared<'_>,
    sections: &Sections,
    before: &Objects,
    problems: &mut Diagnostics,
) {
    if shared.truths.risks.is_empty() {
        return;
    }
    let old: Vec<&str> = before
        .workloads()
        .flat_map(|workload| &workload.template.containers)
        .map(|container| container.image.as_str())
        .collect();
    for new in sections.release.iter().flat_map(|release| &release.to) {
        let image = new.image.as_text().unwrap_or_default();
        if old.contains(&image) {
            let finding = Diagnostic::error(format!("`{image}` runs before the release, too"))
                .at(new.image.span)
                .label("expected a new image: risks are laid over it alone")
                .hint("name the old one in `from`");
            problems.push(finding);
        }
    }
}
