//! Outlier detection: hosts that keep failing are left out for a while
//! (`outlier_detection_impl.cc`).
//!
//! ```text
//!   answers ──observe──▶ Trigger ──eject──▶ ejected ──tick──▶ back, counters reset
//!                (at once, on the last of a streak)   (first tick after its time)
//! ```
//!
//! The streak is judged at every answer, the return only at ticks of the interval. Each ejection of
//! a host lasts one base time longer than the one before, up to the greatest time; every tick that
//! finds it still in service takes one back. What the balancer sees of either may come later: see
//! [`MergeWindow`].

mod detector;
mod merge_window;
mod settings;
mod streak;
mod success_rate;

pub use detector::{Detector, Ejection};
pub use merge_window::{Change, Effect, MergeWindow};
pub use settings::{FirstEjection, OutlierSettings};
pub use streak::{Observation, Trigger};
pub use success_rate::SuccessRates;
