//! The object store of the simulated cluster: per-kind vectors of small values, who wrote what, and
//! what watchers have seen of it.
//!
//! ```text
//! write ── version 7 ──┐ watch latency
//! written: 7           └──> seen: 7       controllers read `seen`; a write based on an older version
//! seen:    6                              than `written` is refused (optimistic concurrency)
//! ```
//!
//! Invariant: watchers see the writes of one kind in the order in which they were made.
//!
//! Left out: watch restarts, resyncs of whole lists, pagination.

mod children;
mod shelf;

pub use children::Children;
pub use shelf::{Delivery, Part, Shelf, Stored, Writer};
