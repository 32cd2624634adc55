//! Rollouts recorded from the real controllers, replayed by ours: one fake kubelet, the same actions.
//!
//! Reads every trace of `tests/traces/k8s`, or below the folder that `ROLLCAST_TRACES` (else
//! `ROLLCAST_CASES`) names. What is compared per class follows the record's own section "What to
//! compare". Not compared: order within 50 ms, number of intermediate status writes; which of equally
//! ranked pods is deleted is taken from the record.

mod bounds;
mod compare;
mod conditions;
mod folder;
mod kubelet;
mod record;
mod replay;
mod slices;
mod states;
mod surplus;
mod throttled;
mod uids;

use std::collections::BTreeMap;

use compare::Comparison;
use record::{Class, Trace};
use replay::{Replayed, Spread};

use crate::sizes::Excess;

/// Latencies of milliseconds are drawn; where the record hangs on some of them, one draw may fall on the
/// other side. A trace agrees if one of this many draws does. Two of the 255 need a second one:
///
/// * `minready-10-25p-25p-m5-p35` (class race): pod 5 of v2 turned ready at 2.669 s, 20 ms after a whole second
///   of the wall clock (t0_frac_s 0.351: 3.020 s). In the first draw it was created 43 ms earlier and
///   is ready at 2.977 s, so that its stamp, and with it its availability, is one second earlier (fact 1).
/// * `eps-6-2-1-t2` (3 nodes): two new pods bind 13 ms apart, and the first old pod is deleted 19 ms after the
///   second; it is one of the node whose new pod the controller had seen (rank 5). In the first draw
///   the creations are 2 ms apart and the second binding, not the first, is seen in time.
const DRAWS: u32 = 8;

/// So many replays tell one sequence of sizes from several.
const CLASSIFYING_DRAWS: u32 = 120;

#[derive(Default)]
struct Tally {
    /// Agreeing and all, per class.
    classes: BTreeMap<Class, (u32, u32)>,
    /// Traces per note that was needed.
    allowances: BTreeMap<&'static str, Vec<String>>,
    redrawn: Vec<String>,
    lines: Vec<String>,
    rollouts: u32,
    /// Recorded and replayed, without and with the shipped client limit.
    excess: [(Excess, Excess); 2],
    /// Sizes or pods of a replay out of their bounds.
    broken: Vec<String>,
}

#[test]
fn recorded_rollouts_come_out_again() {
    let mut traces = folder::read();
    traces.iter_mut().for_each(classify);
    let mut tally = Tally::default();
    traces.iter().for_each(|trace| judge(trace, &mut tally));
    for (recorded, replayed) in &tally.excess {
        tally.broken.extend(surplus::beyond(recorded, replayed));
    }
    let report = tally.report();
    write_report(&report);
    let disagreeing = tally.classes.values().any(|(agree, all)| agree < all);
    assert!(!disagreeing && tally.broken.is_empty(), "{report}");
}

/// A trace that no index lists gets its class as the record defines it: with every latency varied,
/// one sequence of sizes only is exact, several are a race.
fn classify(trace: &mut Trace) {
    if trace.listed || trace.class != Class::Exact {
        return;
    }
    let sizes = |luck| compare::sizes_of(trace, &replay::replay(trace, luck));
    let first = sizes(0);
    if (1..CLASSIFYING_DRAWS).any(|luck| sizes(luck) != first) {
        trace.class = Class::Race;
    }
}

fn judge(trace: &Trace, tally: &mut Tally) {
    let first = replay::replay(trace, 0);
    tally.weigh(trace, &first);
    if trace.class == Class::Throttled {
        tally.lines.push(throttled::line(trace, &first));
    }
    let first = compare::compare(trace, &first);
    let (comparison, draws) = match first.agrees() {
        true => (first, 1),
        false => redraw(trace).unwrap_or((first, DRAWS)),
    };
    let (agree, all) = tally.classes.entry(trace.class).or_default();
    *all += 1;
    if comparison.agrees() {
        *agree += 1;
        if draws > 1 {
            tally.redrawn.push(trace.name.clone());
        }
    } else {
        let differences = comparison.differences.join("; ");
        let line = format!("{:?} {}: {differences}", trace.class, trace.name);
        tally.lines.push(line);
    }
    for note in comparison.allowances {
        let named = tally.allowances.entry(note).or_default();
        if named.last() != Some(&trace.name) {
            named.push(trace.name.clone());
        }
    }
}

/// The first later draw that agrees.
fn redraw(trace: &Trace) -> Option<(Comparison, u32)> {
    let draws = (1..DRAWS).map(|luck| {
        let comparison = compare::compare(trace, &replay::replay(trace, luck));
        (comparison, luck + 1)
    });
    draws
        .into_iter()
        .find(|(comparison, _)| comparison.agrees())
}

impl Tally {
    /// Sizes and pods of replays beside their bounds, and what was too much beside the record's. For the
    /// latter calls are as varied as in the record, and each rollout has luck of its own: with the same
    /// luck for all, one slow write would be one in each.
    fn weigh(&mut self, trace: &Trace, first: &Replayed) {
        self.rollouts += 1;
        let luck = DRAWS + self.rollouts;
        let replayed = replay::replay_with(trace, Spread::Measured, luck);
        for replayed in [first, &replayed] {
            let broken = replayed.bounds.broken.iter();
            let broken = broken.map(|why| format!("out of bounds {}: {why}", trace.name));
            self.broken.extend(broken);
        }
        let limited = usize::from(trace.class == Class::Throttled);
        let (known, own) = &mut self.excess[limited];
        known.take(surplus::recorded(trace));
        own.take(replayed.bounds.excess(compare::last_event(trace)));
    }

    fn report(&self) -> String {
        let mut lines = [&self.lines[..], &self.broken[..]].concat();
        for (note, names) in &self.allowances {
            lines.push(format!("{} with {note}: {}", names.len(), names.join(", ")));
        }
        let redrawn = self.redrawn.join(", ");
        lines.push(format!("{} at a later draw: {redrawn}", self.redrawn.len()));
        for (limit, (recorded, replayed)) in ["no", "the"].iter().zip(&self.excess) {
            lines.push(format!(
                "recorded under {limit} client limit: {}",
                recorded.line()
            ));
            lines.push(format!(
                "replayed under {limit} client limit: {}",
                replayed.line()
            ));
        }
        for (class, (agree, all)) in &self.classes {
            lines.push(format!("{class}: {agree} of {all} agree"));
        }
        lines.join("\n")
    }
}

/// Shown with `--nocapture`.
#[expect(clippy::print_stdout)]
fn write_report(report: &str) {
    println!("{report}");
}
