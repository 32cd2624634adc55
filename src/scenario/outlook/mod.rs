//! An update before any run: how its traffic is split over time, which analyses ask what of it, and
//! the chance that one of them notices a risk.
//!
//! ```text
//! Rollout ─> Course (who is served when) ─┐
//! sources, Services ─> Series ────────────┼─> Seen (requests in a window, old and new) ─> chance
//! AnalysisTemplates ─> Asked ─> Gate ─────┘
//! ```
//!
//! All of it goes by means: pods are ready after their median, people act after their mean, steps take
//! what they are written to take, and nothing goes wrong on the way. Left out: traffic that varies in
//! time, requests that fail for other reasons than the error rate, extrapolation of `rate`, pods that
//! take less than their share, retries.

mod asked;
mod chance;
mod course;
mod gate;
mod judge;
mod notice;
mod seen;
mod series;

pub(super) use asked::{Asked, Place, asked_of};
pub(super) use course::{Course, promoted_by, true_share};
pub(super) use judge::Judge;
pub use notice::{Chance, Notice, notices};
pub(super) use seen::{Scene, Span, updated};
pub(super) use series::{Kin, SeriesOf, Version};
