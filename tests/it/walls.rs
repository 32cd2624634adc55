//! The walls of the house: which room may import which. The table is the rule.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Room, and the rooms it may import besides itself.
const MAY_IMPORT: &[(&str, &str)] = &[
    ("units", ""),
    ("ids", ""),
    ("laws", "units"),
    ("stats", "units"),
    ("engine", "units ids"),
    ("facts", "units ids stats"),
    ("telemetry", "units ids stats engine facts"),
    ("document", "units"),
    ("manifest", "units document"),
    ("images", "units ids laws engine"),
    ("api", "units ids stats engine facts manifest"),
    ("control", "units ids stats manifest"),
    (
        "cluster",
        "units ids stats engine facts laws images manifest api",
    ),
    (
        "routing",
        "units ids stats engine facts laws images manifest api cluster",
    ),
    (
        "traffic",
        "units ids stats engine facts laws images manifest api cluster routing",
    ),
    ("metrics", "units ids stats facts"),
    // `control`: a Rollout's analyses are resolved when they are read, so that no run finds out in
    // the middle of an update that a template is missing. `routing`: `[mesh]`, and who meets which
    // route, so that `check` tells without a run.
    (
        "scenario",
        "units ids stats document manifest laws images cluster routing traffic metrics telemetry \
         control",
    ),
    (
        "sim",
        "units ids stats engine facts laws images manifest api cluster routing traffic control \
         metrics scenario telemetry",
    ),
    // `facts` and `sim`: a run is retold from its recording; `manifest`, `telemetry`: a twin forgets
    // how its workloads would have rolled out and been watched, so that equal twins run once.
    (
        "experiment",
        "units ids stats images facts manifest telemetry scenario metrics sim",
    ),
    ("report", "units stats facts metrics experiment"),
    (
        "cli",
        "units ids stats document facts images scenario metrics sim experiment report",
    ),
];

fn rust_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The part of a file before its unit tests, comments dropped.
fn code(text: &str) -> String {
    let body = text.split("#[cfg(test)]").next().unwrap_or_default();
    body.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Names that follow `crate::`, also inside `crate::{a, b::c}`.
fn imported(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, found) in text.match_indices("crate::") {
        let rest = &text[at + found.len()..];
        let list = if let Some(inner) = rest.strip_prefix('{') {
            inner
                .split('}')
                .next()
                .unwrap_or_default()
                .split(',')
                .collect()
        } else {
            vec![rest]
        };
        for item in list {
            let name: String = item
                .trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            names.push(name);
        }
    }
    names
}

#[test]
fn every_room_imports_only_what_the_table_allows() {
    let allowed: BTreeMap<&str, Vec<&str>> = MAY_IMPORT
        .iter()
        .map(|(room, list)| (*room, list.split_whitespace().collect()))
        .collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut breaches = Vec::new();
    for file in &files {
        let inside = file.strip_prefix(&source).unwrap();
        let first = inside.iter().next().unwrap().to_str().unwrap();
        let room = first.trim_end_matches(".rs");
        if matches!(room, "lib" | "main") {
            continue;
        }
        let Some(list) = allowed.get(room) else {
            breaches.push(format!(
                "{}: room `{room}` is not in the table",
                inside.display()
            ));
            continue;
        };
        for name in imported(&code(&fs::read_to_string(file).unwrap())) {
            if name != room && allowed.contains_key(name.as_str()) && !list.contains(&&*name) {
                breaches.push(format!("{}: imports `{name}`", inside.display()));
            }
        }
    }
    assert!(files.len() > 20, "the sources were not found");
    assert!(
        breaches.is_empty(),
        "walls broken:\n{}",
        breaches.join("\n")
    );
}

#[test]
fn controllers_do_not_know_each_other_but_for_their_leaf() {
    let control = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/control");
    let mut files = Vec::new();
    rust_files(&control, &mut files);
    let mut breaches = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&control).unwrap().to_path_buf();
        let own = inside.iter().next().unwrap().to_str().unwrap().to_owned();
        let text = code(&fs::read_to_string(&file).unwrap());
        for (at, found) in text.match_indices("crate::control::") {
            let name: String = text[at + found.len()..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if name != own && name != "replica_set" {
                breaches.push(format!("{}: imports controller `{name}`", inside.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn doors_have_no_functions() {
    let mut files = Vec::new();
    rust_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let doors: Vec<_> = files
        .iter()
        .filter(|file| file.ends_with("mod.rs"))
        .collect();
    let with_functions: Vec<_> = doors
        .iter()
        .filter(|file| code(&fs::read_to_string(file).unwrap()).contains("fn "))
        .collect();
    assert!(
        with_functions.is_empty(),
        "doors with functions: {with_functions:?}"
    );
}
