//! What many runs say together: means with intervals, shares, quantiles, paired differences.
//!
//! * A mean over runs is weighted by stratum and has a Student interval ([`Strata::mean`]).
//! * A share has a Wilson interval ([`wilson`]).
//! * A quantile is the value of a run (inverse of the empirical distribution, type 1) and its
//!   interval lies between two runs ([`quantile`], [`quantile_interval`]).
//! * Differences are paired: run by run, then treated like any other number ([`paired`]).
//!
//! And what a judge can see before anything runs:
//!
//! * A gate on a success ratio fails on a binomial number of failures ([`SuccessGate`]).
//! * Where requests come by a Poisson process, failures are Poisson numbers, of which a new counter hides
//!   the first ([`Counts`]).
//! * A comparison of two shares has the power of its z test ([`TwoProportions`]).
//! * A limit turns away what finds it reached ([`blocking`]).
//!
//! Invariant: what cannot be had is absent, never NaN.
//! Invariant: the same numbers in give the same bits out on every machine (`libm`, fixed order).

mod binomial;
mod counts;
mod gate_power;
mod interval;
mod paired;
mod quantile;
mod queueing;
mod stratified;
mod student;
mod two_proportions;
mod wilson;

pub use binomial::Binomial;
pub use counts::{Counts, born_mean, normal_upper};
pub use gate_power::{Measurements, SuccessGate, chance_of_more_than, chance_of_none};
pub use interval::{Interval, Reach};
pub use paired::{paired, variance_reduction};
pub use quantile::{quantile, quantile_interval, runs_to_bound, sorted};
pub use queueing::blocking;
pub use stratified::{Mean, Strata};
pub use student::{normal_quantile, student_quantile};
pub use two_proportions::TwoProportions;
pub use wilson::wilson;
