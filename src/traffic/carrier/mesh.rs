//! Requests in the hands of proxies.
//!
//! ```text
//! entry ──▶ attempt ──▶ ending ──▶ settled
//!              ▲           │ retry
//!              └───────────┘          upkeep: checks, ticks, refreshes
//! ```

mod attempt;
mod ending;
mod entry;
mod knowledge;
mod upkeep;
