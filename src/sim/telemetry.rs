//! The monitoring of a world.

use super::control_plane::Question;
use super::world::World;
use crate::telemetry::Storage;
use crate::telemetry::promql::{Answer, Query};
use crate::units::SimTime;

impl World<'_> {
    /// What the monitoring answers to a query now.
    pub(super) fn ask(&self, now: SimTime, query: &Query) -> Result<Answer, String> {
        query
            .evaluate(&Storage::default(), now, self.variant.telemetry.version)
            .map_err(|error| error.to_string())
    }

    /// Answers an analysis run.
    pub(super) fn answer(&mut self, now: SimTime, question: Question) {
        let answer = self.ask(now, self.control.query_of(question));
        self.control.answer(question, answer);
    }
}
