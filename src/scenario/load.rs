//! From a path to a checked scenario.

use std::path::Path;

use super::Scenario;
use super::library::{self, Library};
use super::sections::{Head, VariantSection, read_gates, read_head, read_truths, read_variants};
use super::world::{Built, Shared, build};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Severity, Sources, parse_toml};
use crate::manifest::ObjectSet;

/// Keys at the top that a variant may change and that are therefore read once per variant.
pub(super) const PER_VARIANT: [&str; 10] = [
    "manifests",
    "release",
    "traffic",
    "image",
    "operator",
    "cluster",
    "prices",
    "telemetry",
    "on-call",
    "mesh",
];

/// A scenario that can be run.
#[derive(Debug)]
pub struct Loaded {
    /// What is to be simulated.
    pub scenario: Scenario,
    /// What was found while reading that is no error.
    pub warnings: Diagnostics,
    /// What the warnings point into.
    pub sources: Sources,
    /// The raw objects of each variant at t = 0, for the places of check findings.
    pub(super) trees: Vec<ObjectSet>,
    /// The raw scenario.
    pub(super) root: Node,
}

/// A scenario that cannot be run.
#[derive(Debug)]
pub struct Refused {
    /// At least one error, and every other that could be found.
    pub diagnostics: Diagnostics,
    /// What they point into.
    pub sources: Sources,
}

/// Reads a scenario and all files it names (relative to its folder).
///
/// # Errors
/// Every error of every section, variant and manifest at once, each with place, value, rule and
/// cure; the same finding in several variants is told once.
pub fn load(path: &Path) -> Result<Loaded, Box<Refused>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut library = Library::of_folder(folder);
    let mut problems = Diagnostics::default();
    let read = read_text(path, &mut library, &mut problems)
        .and_then(|root| Some((read_scenario(&root, &mut library, &mut problems)?, root)));
    let findings = told_once(problems);
    match read {
        Some(((scenario, trees), root)) if !findings.has_errors() => Ok(Loaded {
            scenario,
            warnings: findings,
            sources: library.sources,
            trees,
            root,
        }),
        _ => Err(Box::new(Refused {
            diagnostics: findings,
            sources: library.sources,
        })),
    }
}

fn read_text(path: &Path, library: &mut Library, problems: &mut Diagnostics) -> Option<Node> {
    let text = library::read(path)
        .map_err(|problem| {
            problems.push(problem.hint("the first argument is a scenario, a TOML file"));
        })
        .ok()?;
    let name = path.display().to_string();
    if text.trim().is_empty() {
        let finding = Diagnostic::error(format!("`{name}` is empty"))
            .label("expected a scenario with `name`, `horizon` and at least one `[[variant]]`");
        problems.push(finding);
        return None;
    }
    parse_toml(&mut library.sources, &name, &text)
        .map_err(|found| problems.append(found))
        .ok()
}

type Read = (Scenario, Vec<ObjectSet>);

fn read_scenario(root: &Node, library: &mut Library, problems: &mut Diagnostics) -> Option<Read> {
    let mut reader = MapReader::open(root, "a scenario", problems)?;
    let head = read_head(&mut reader);
    reader.skip(PER_VARIANT);
    let risks = reader.list("risk");
    let truths = read_truths(risks, reader.problems());
    let variants = read_variant_list(&mut reader);
    let gates = reader.list("gate");
    let gates = read_gates(gates, &variants, reader.problems());
    reader.finish();
    let shared = Shared {
        root,
        head: &head,
        truths: &truths,
    };
    let built: Vec<Option<Built>> = variants
        .iter()
        .map(|variant| build(&shared, variant, library, problems))
        .collect();
    let built: Option<Vec<Built>> = built.into_iter().collect();
    let (variants, trees) = built?
        .into_iter()
        .map(|one| (one.variant, one.before))
        .unzip();
    let Head {
        name,
        horizon,
        warm_up,
        seed,
        runs,
        level,
        downtime_threshold,
    } = head;
    let scenario = Scenario {
        name,
        horizon,
        warm_up,
        seed,
        runs,
        level,
        downtime_threshold,
        truths,
        variants,
        gates,
    };
    Some((scenario, trees))
}

fn read_variant_list(reader: &mut MapReader<'_, '_>) -> Vec<VariantSection> {
    let list = reader.list("variant");
    if list.is_none_or(<[Node]>::is_empty) && !reader.problems().has_errors() {
        let finding = Diagnostic::error("a scenario without a variant")
            .hint("add a `[[variant]]` with a `name`: what is to be simulated");
        reader.problems().push(finding);
    }
    read_variants(list.unwrap_or_default(), reader.problems())
}

/// Variants share most of their text, so the same finding comes up for each of them.
fn told_once(problems: Diagnostics) -> Diagnostics {
    let mut once: Vec<Diagnostic> = Vec::new();
    for finding in problems {
        if !once.contains(&finding) {
            once.push(finding);
        }
    }
    // Errors first: they are what has to be mended.
    once.sort_by_key(|finding| finding.severity != Severity::Error);
    let mut told = Diagnostics::default();
    told.extend(once);
    told
}
