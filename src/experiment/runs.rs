//! Runs on all cores, their results in the order of run indices.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::worlds::{Cases, Job};
use crate::ids::RunIndex;
use crate::metrics::RunOutcome;

/// How much to run, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Runs of each world; at least one.
    pub runs: u32,
    /// Threads; absent: one per core. Never changes a result.
    pub threads: Option<usize>,
}

/// Why an experiment could not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExperimentError {
    /// Zero runs say nothing.
    NoRuns,
    /// The machine refused this many threads.
    Threads(usize, String),
}

impl std::fmt::Display for ExperimentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoRuns => write!(f, "`0` runs: expected at least one"),
            Self::Threads(count, why) => write!(
                f,
                "`{count}` threads could not be started ({why}); try fewer, or leave `--threads` out"
            ),
        }
    }
}

impl std::error::Error for ExperimentError {}

/// Simulates every run of every world; the result is by world, then by run.
pub(super) fn simulate_all<S, P>(
    cases: &Cases,
    plan: Plan,
    simulate: &S,
    progress: &P,
) -> Result<Vec<Vec<RunOutcome>>, ExperimentError>
where
    S: Fn(&Job<'_>) -> RunOutcome + Sync,
    P: Fn(u64, u64) + Sync,
{
    if plan.runs == 0 {
        return Err(ExperimentError::NoRuns);
    }
    let threads = plan.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|why| ExperimentError::Threads(threads, why.to_string()))?;
    let worlds = cases.all.len() as u64;
    let total = worlds * u64::from(plan.runs);
    let done = AtomicU64::new(0);
    let job = |number: u64| {
        let case = &cases.all[(number % worlds) as usize];
        let outcome = simulate(&Job {
            variant: &case.variant,
            world: case.world,
            count_from: case.count_from,
            run: RunIndex::new((number / worlds) as u32),
        });
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        outcome
    };
    // `collect` of an indexed parallel iterator keeps the order of the jobs.
    let numbers: Vec<u64> = (0..total).collect();
    let outcomes: Vec<RunOutcome> =
        pool.install(|| numbers.into_par_iter().with_max_len(1).map(job).collect());
    let mut by_world = vec![Vec::with_capacity(plan.runs as usize); worlds as usize];
    for (number, outcome) in outcomes.into_iter().enumerate() {
        by_world[number % worlds as usize].push(outcome);
    }
    Ok(by_world)
}
