//! Laws that hold in every world: the scenario itself is drawn from a seed, and run.
//!
//! Short here; long with `ROLLCAST_SWARM=2000 cargo test --release --test it swarm`. A failing
//! case prints the scenario and the command that replays it alone (`ROLLCAST_SWARM_SEED=n`).
//!
//! Not checked here: that a request meets the right pod, and any number's size; tables, traces and
//! closed forms do that.

mod bounds;
mod draw;
mod laws;

use std::panic::{AssertUnwindSafe, catch_unwind};

use draw::Drawn;
use rollcast::document::Colour;
use rollcast::experiment::{Plan, compare};
use rollcast::ids::RunIndex;
use rollcast::report::to_json;
use rollcast::scenario::{Scenario, load};
use rollcast::sim::{Job, Simulation};
use rollcast::units::SimTime;

use crate::sizes::Excess;

/// Scenarios in a short test.
const SHORT: u64 = 40;

/// What a law says when it is broken.
type Held = Result<(), String>;

fn seeds() -> Vec<u64> {
    let number = |name| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse().expect("a whole number"))
    };
    match number("ROLLCAST_SWARM_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("ROLLCAST_SWARM").unwrap_or(SHORT)).collect(),
    }
}

#[test]
fn laws_hold_in_every_drawn_world() {
    let seeds = seeds();
    let hands = std::thread::available_parallelism().map_or(1, |count| count.get());
    // Plain threads: a rayon worker that waits for the experiment's own pool would take up the
    // next scenario meanwhile, and the next in that.
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let shares = seeds.chunks(seeds.len().div_ceil(hands));
        let workers: Vec<_> = shares
            .map(|seeds| scope.spawn(move || Tally::of(seeds)))
            .collect();
        for worker in workers {
            tally.take(worker.join().expect("panics are caught"));
        }
    });
    let Tally { broken, excess } = tally;
    write_report(&format!("{} worlds, {}", seeds.len(), excess.line()));
    assert!(
        broken.is_empty(),
        "{} scenarios break a law\n{}",
        broken.len(),
        broken.join("\n")
    );
    let usual = bounds::surpluses_end_as_recorded(&excess);
    assert!(usual.is_ok(), "longer than recorded: {usual:?}");
}

/// Sixty pods at five calls a second: pods that are decided to go stay unmarked for many seconds.
#[test]
fn bounds_hold_under_a_client_limit_that_is_always_felt() {
    let mut excess = Excess::default();
    for seed in seeds().into_iter().step_by(5) {
        let drawn = Drawn::of(seed).throttled();
        let held = with_scenario(&drawn, |scenario| {
            let simulation = Simulation::new(scenario);
            let count_from = SimTime::ZERO;
            let watched = simulation.watch(&Job {
                variant: &scenario.variants[0],
                count_from,
                run: RunIndex::new(0),
            });
            let seen = laws::Seen {
                scenario,
                count_from,
                watched: &watched,
            };
            bounds::pods_stay_within_their_bounds(&seen, &mut excess)
        });
        assert!(held.is_ok(), "seed {seed}: {held:?}\n{}", drawn.scenario);
    }
    write_report(&format!("under a tight client limit: {}", excess.line()));
}

/// What came of some seeds.
#[derive(Default)]
struct Tally {
    broken: Vec<String>,
    excess: Excess,
}

impl Tally {
    fn of(seeds: &[u64]) -> Self {
        let mut tally = Self::default();
        for seed in seeds {
            let broken = broken(*seed, &mut tally.excess);
            tally.broken.extend(broken);
        }
        tally
    }

    fn take(&mut self, other: Self) {
        self.broken.extend(other.broken);
        self.excess.take(other.excess);
    }
}

/// Shown with `--nocapture`.
#[expect(clippy::print_stdout)]
fn write_report(report: &str) {
    println!("{report}");
}

/// What went wrong with the scenario of this seed, and how to see it again.
fn broken(seed: u64, excess: &mut Excess) -> Option<String> {
    let drawn = Drawn::of(seed);
    let held = catch_unwind(AssertUnwindSafe(|| {
        with_scenario(&drawn, |scenario| judge(scenario, excess))
    }))
    .unwrap_or_else(|_| Err("a panic, see above".to_owned()));
    let why = held.err()?;
    let Drawn { scenario, manifest } = drawn;
    Some(format!(
        "{why}\n\n# drawn.toml\n{scenario}\n# web.yaml\n{manifest}\nreplay with\n  \
         ROLLCAST_SWARM_SEED={seed} cargo test --test it swarm\n"
    ))
}

fn with_scenario(drawn: &Drawn, judge: impl FnOnce(&Scenario) -> Held) -> Held {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let loaded = load(&drawn.write(folder.path()))
        .map_err(|refused| refused.diagnostics.render(&refused.sources, Colour::Plain))?;
    judge(&loaded.scenario)
}

fn judge(scenario: &Scenario, excess: &mut Excess) -> Held {
    let simulation = Simulation::new(scenario);
    // Counted from the start, every request is on one account or the other; counted from the
    // release, what was before has to be left out everywhere.
    let counted = [SimTime::ZERO, scenario.count_from(&scenario.variants[0])];
    for (run, count_from) in (0..).map(RunIndex::new).zip(counted) {
        let watch = |variant| {
            let variant = &scenario.variants[variant];
            simulation.watch(&Job {
                variant,
                count_from,
                run,
            })
        };
        let (first, again, equal) = (watch(0), watch(0), watch(1));
        let seen = laws::Seen {
            scenario,
            count_from,
            watched: &first,
        };
        laws::LAWS.iter().try_for_each(|law| law(&seen))?;
        bounds::pods_stay_within_their_bounds(&seen, excess)?;
        let same = |other: &rollcast::sim::Watched| {
            other.outcome == first.outcome && other.recording.noted == first.recording.noted
        };
        if !same(&again) {
            return Err("the same run twice gives two stories".to_owned());
        }
        if !same(&equal) {
            return Err("a variant equal to another fares differently".to_owned());
        }
    }
    equal_variants_give_equal_bytes(scenario, &simulation)
}

fn equal_variants_give_equal_bytes(scenario: &Scenario, simulation: &Simulation<'_>) -> Held {
    let plan = Plan {
        runs: scenario.runs,
        threads: Some(1),
    };
    let compared = compare(
        scenario,
        plan,
        |job| {
            simulation.run(&Job {
                variant: job.variant,
                count_from: job.count_from,
                run: job.run,
            })
        },
        |_, _| (),
    );
    let json = to_json(&compared.expect("one thread can be had").results);
    let json: serde_json::Value = serde_json::from_str(&json).expect("it was just written");
    let bytes_of = |index: usize| {
        let mut variant = json["variants"][index].clone();
        variant["name"].take();
        variant.to_string()
    };
    match bytes_of(0) == bytes_of(1) {
        true => Ok(()),
        false => Err(format!(
            "equal variants, other bytes:\n{}\n{}",
            bytes_of(0),
            bytes_of(1)
        )),
    }
}
