//! The door of the simulation: a scenario, a world of it, a run; an outcome.

use std::sync::Arc;

use super::recording::Recording;
use super::world::World;
use crate::ids::RunIndex;
use crate::images::{Truth, Truths};
use crate::metrics::{Facts, RunOutcome, measure};
use crate::scenario::{Scenario, Variant};
use crate::traffic::Population;
use crate::units::SimTime;

/// What all runs of a scenario share.
#[derive(Debug)]
pub struct Simulation<'a> {
    scenario: &'a Scenario,
    populations: Vec<Arc<Population>>,
}

/// One run of one world.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The world; without a release it stands still.
    pub variant: &'a Variant,
    /// Counted from here to the horizon.
    pub count_from: SimTime,
    /// Which luck it meets.
    pub run: RunIndex,
}

/// A job with all it refers to.
pub(super) struct Case<'a> {
    pub(super) variant: &'a Variant,
    pub(super) count_from: SimTime,
    pub(super) horizon: SimTime,
    pub(super) run: RunIndex,
    pub(super) seed: u64,
    pub(super) truths: &'a Truths,
    pub(super) truth: &'a Truth,
    pub(super) populations: &'a [Arc<Population>],
    pub(super) recording: bool,
}

/// A run that was watched.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Its numbers.
    pub outcome: RunOutcome,
    /// What happened.
    pub recording: Recording,
    /// What was wrong in it.
    pub truth: Truth,
    /// Accounts that must balance.
    pub balance: Balance,
}

/// Where every request went, over the whole run, and the settled ones of the counted time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Requests that arrived.
    pub arrived: u64,
    /// Answered well, counted time only.
    pub good: u64,
    /// Failed, counted time only.
    pub failed: u64,
    /// Met by the horizon in flight or between attempts, counted time only.
    pub unsettled: u64,
}

impl<'a> Simulation<'a> {
    /// Prepares what does not change between runs.
    pub fn new(scenario: &'a Scenario) -> Self {
        let traffic = scenario
            .variants
            .first()
            .map_or(&[][..], |variant| &variant.traffic);
        let populations = traffic
            .iter()
            .map(|source| Arc::new(Population::new(&source.users)))
            .collect();
        Self {
            scenario,
            populations,
        }
    }

    /// Simulates one run.
    pub fn run(&self, job: &Job<'_>) -> RunOutcome {
        let truth = self.truth(job.run);
        let mut world = World::settle(&self.case(job, &truth, false));
        world.live(self.scenario.horizon);
        self.outcome(&world, &truth)
    }

    /// Simulates one run and keeps what happened.
    pub fn watch(&self, job: &Job<'_>) -> Watched {
        let truth = self.truth(job.run);
        let mut world = World::settle(&self.case(job, &truth, true));
        world.live(self.scenario.horizon);
        let mut recording = world.recording.take().expect("it was asked for");
        recording.failures = world.ledger.timeline().to_vec();
        recording.metrics = world.control.metric_names();
        Watched {
            outcome: self.outcome(&world, &truth),
            recording,
            balance: Balance {
                arrived: world.carrier.arrived(),
                good: world.ledger.good(),
                failed: world.ledger.failed(),
                unsettled: world.ledger.unsettled(),
            },
            truth,
        }
    }

    fn truth(&self, run: RunIndex) -> Truth {
        self.scenario.truths.draw(self.scenario.seed, run)
    }

    fn case<'c>(&'c self, job: &Job<'c>, truth: &'c Truth, recording: bool) -> Case<'c> {
        Case {
            variant: job.variant,
            count_from: job.count_from,
            horizon: self.scenario.horizon,
            run: job.run,
            seed: self.scenario.seed,
            truths: &self.scenario.truths,
            truth,
            populations: &self.populations,
            recording,
        }
    }

    fn outcome(&self, world: &World<'_>, truth: &Truth) -> RunOutcome {
        let (ending, why) = world.ending();
        let facts = Facts {
            ledger: &world.ledger,
            headcount: &world.headcount,
            rollout: world.rollout(ending),
            alarm: world.progress.alarm,
            prices: world.variant.prices,
            downtime_threshold: self.scenario.downtime_threshold,
        };
        let truth = self.scenario.truths.stratum(truth);
        RunOutcome {
            metrics: measure(&facts),
            ending,
            why,
            alarmed: world.progress.alarm.is_some(),
            truth,
        }
    }
}
