//! Rollouts recorded from the real controllers, replayed by ours: one fake kubelet, the same actions.
//!
//! Reads every trace of `tests/traces/k8s`, or of the folder that `ROLLCAST_TRACES` names. What is
//! compared per class follows the record's own section "What to compare". Not compared: which of
//! equally ranked pods is deleted, order within 50 ms, number of intermediate status writes, and
//! endpoint events.

mod compare;
mod kubelet;
mod record;
mod replay;
mod states;
mod uids;

use std::collections::BTreeMap;
use std::path::PathBuf;

use record::{Class, Trace};

fn folder() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/traces/k8s");
    std::env::var_os("ROLLCAST_TRACES").map_or_else(|| PathBuf::from(own), PathBuf::from)
}

#[test]
fn recorded_rollouts_come_out_again() {
    let traces = record::read_folder(&folder());
    assert!(!traces.is_empty(), "no trace in {}", folder().display());
    let mut tally: BTreeMap<Class, (u32, u32)> = BTreeMap::new();
    let mut lines = Vec::new();
    for trace in &traces {
        let first = compare::differences(trace, &replay::replay(trace, 0));
        if !first.is_empty() {
            let n = (1..DRAWS)
                .find(|l| compare::differences(trace, &replay::replay(trace, *l)).is_empty());
            let c = (0..DRAWS)
                .filter(|l| compare::differences(trace, &replay::replay(trace, *l)).is_empty())
                .count();
            lines.push(format!(
                "FIRST {:?} {c} {} {:?}: {}",
                n,
                trace.name,
                trace.class,
                first.join("; ")
            ));
        }
        let differences = best(trace);
        let (agree, total) = tally.entry(trace.class).or_default();
        *total += 1;
        *agree += u32::from(differences.is_empty());
        if !differences.is_empty() {
            lines.push(format!(
                "{:?} {}: {}",
                trace.class,
                trace.name,
                differences.join("; ")
            ));
        }
    }
    let table: Vec<String> = tally
        .iter()
        .map(|(class, (agree, total))| format!("{class:?} {agree}/{total}"))
        .collect();
    let report = format!("{}\n{}", lines.join("\n"), table.join(", "));
    write_report(&report);
    let exact = tally.get(&Class::Exact).copied().unwrap_or_default();
    assert_eq!(exact.0, exact.1, "{report}");
}

/// Which of equally ranked pods goes is random in the record (uids), and with it who terminates how
/// long; so is each latency. A trace agrees if one of this many draws of both gives all of it.
const DRAWS: u32 = 64;

/// The differences at the first draw that has none, else at the first draw.
fn best(trace: &Trace) -> Vec<String> {
    let first = compare::differences(trace, &replay::replay(trace, 0));
    let agrees = |luck: u32| compare::differences(trace, &replay::replay(trace, luck)).is_empty();
    match first.is_empty() || (1..DRAWS).any(agrees) {
        true => Vec::new(),
        false => first,
    }
}

/// Shown with `--nocapture`.
#[expect(clippy::print_stdout)]
fn write_report(report: &str) {
    println!("{report}");
}
