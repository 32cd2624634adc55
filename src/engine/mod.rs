//! The engine: a clock, an ordered queue of events, and keyed random draws.
//!
//! It knows no cluster. Its order is a rule: earlier time first, then lower [`Urgency`], then the
//! order of scheduling. Invariant: a cancelled event never runs and never moves the clock.

mod draws;
mod queue;

pub use draws::{Draw, Key, Purpose};
pub use queue::{Queue, Ticket, Urgency};
