//! The kubelet: a pod's life on its node, from binding to removal.
//!
//! ```text
//!  bound ─ sandbox ─ image pull ─ container start ─┬─ start-up ─ listening ── serving ──┐
//!                                                  │ (PLEG sees it within 1 s)          │
//!          startup probe ── started ── readiness ──┴─ Ready …                           │
//!  crash, OOM, liveness ── exited ── back-off 0, 10, 20, 40 … 300 s ── container start ─┘
//!  deletion mark ── preStop ── SIGTERM ── drain ── exited (SIGKILL at the end of grace) ── gone
//! ```
//!
//! One serving container is followed; other containers of the pod start with it and are ready at
//! once. Rules: reference kubernetes.md §3. Not modelled: init containers, readiness gates, the
//! 60 s resync that would send one extra readiness probe to a pod that is not ready.

mod backoff;
mod effects;
mod ending;
mod life;
mod probe;
mod probing;
mod starting;

pub use backoff::{BackOff, CrashLoop, ReducedDecay, noticed_after};
pub use effects::{Action, Answer, Effects, PodStatus, Timer, TimerKind, Waking};
pub use life::{PodLife, PodSpec};
pub use probe::{ContainerState, Observation, ProbeKind, ProbeWorker, Published, Tick};
