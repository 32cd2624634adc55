//! One pod's life on its node, as its kubelet lives it (reference kubernetes.md §3).
//!
//! ```text
//! bound → sandbox → image → container starts → (seen at a relist) → started → ready
//!   exit → (seen at a relist) → back-off → start again
//!   deletion mark → preStop → SIGTERM → exit or SIGKILL → (next relist) → gone
//! ```
//! A [`PodLife`] is a pure state machine: instants and inputs in, [`Effects`] out, and one instant
//! at which it wants to be called again. One container serves; the others are taken to start at
//! once and to be ready. Failed image pulls, init containers, node pressure, `restartPolicy:
//! OnFailure` (no workload modelled may have it) and a grace period that shrinks after the first
//! deletion are not modelled. An assumption without a source: with policy `Always` the registry
//! answers within 100 ms that the image on the node is the newest.
//!
//! Invariant: probe ticks without consequence cost no event, and leave the same published results.

mod backoff;
mod ending;
mod images;
mod life;
mod plan;
mod prober;
mod probing;
mod status;
#[cfg(test)]
mod stories;
mod timers;
mod worker;

pub use crate::manifest::PodPhase;
pub use backoff::{Backoff, CrashLoopSettings};
pub use images::NodeImages;
pub use life::{Input, PodLife, Surroundings};
pub use plan::{NodeClock, PodPlan};
pub use status::{Action, Effects, IdleConnections, PodStatus};
pub use worker::{
    ContainerSeen, ContainerState, ProbeKind, ProbeResult, ProbeWorker, RestartPolicy, RestartRule,
    Seen, TickVerdict, restarts_after,
};
