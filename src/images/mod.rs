//! How an image behaves, and what may be wrong with a new one.
//!
//! The image carries the behaviour: shipping v2 means the world meets v2's start-up, service time,
//! errors and manners on SIGTERM. A risk is a set of [`Differences`] laid over the `to` image; the
//! truth of a run is which of them is real, and how bad each is.

mod behaviour;
mod differences;
mod risk;
mod sequence;

pub use behaviour::{Behaviour, Crash, Health, HealthByProbe, Memory, OnSigterm, WarmUp};
pub use differences::Differences;
pub use risk::{INDEPENDENT_MAX, RISKS_MAX, Real, Risk, Truth, Truths};
