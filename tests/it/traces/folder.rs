//! Where traces lie.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::record::{Trace, trace_of};

/// All traces, in the order of their paths.
pub(super) fn read() -> Vec<Trace> {
    let own = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/traces/k8s"));
    let named = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    if let Some(folder) = named("ROLLCAST_TRACES") {
        let traces = below(&folder);
        assert!(!traces.is_empty(), "no trace below {}", folder.display());
        return traces;
    }
    // A folder of tables may hold no traces at all.
    let beside_tables = named("ROLLCAST_CASES").map(|folder| below(&folder));
    let traces = beside_tables.filter(|traces| !traces.is_empty());
    traces.unwrap_or_else(|| below(own))
}

/// The traces in a folder and its subfolders; their classes are in an `index.json` there or one above.
fn below(folder: &Path) -> Vec<Trace> {
    let mut paths = Vec::new();
    collect(folder, &mut paths);
    paths.sort();
    let is_index = |path: &&PathBuf| path.ends_with("index.json");
    let above = folder.parent().map(|parent| parent.join("index.json"));
    let above = above.filter(|path| path.exists());
    let indexes = paths.iter().filter(is_index).chain(above.as_ref());
    let listed = |path: &PathBuf| match read_json(path) {
        Value::Array(entries) => entries,
        _ => Vec::new(),
    };
    let index: Vec<Value> = indexes.flat_map(listed).collect();
    let others = paths.iter().filter(|path| !is_index(path));
    others
        .map(|path| read_json(path))
        .filter(|raw| raw["events"].is_array() && raw["kubelet"].is_object())
        .map(|raw| trace_of(raw, &index))
        .collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("the folder of traces can be read");
    for entry in entries {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            into.push(path);
        }
    }
}

fn read_json(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("traces are readable");
    serde_json::from_str(&text).expect("traces are JSON")
}
