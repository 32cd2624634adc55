//! Phases of a Rollout.

/// What `status.phase` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// All as wanted.
    Healthy,
    /// Under way.
    Progressing,
    /// Waits for a human or for time.
    Paused,
    /// Aborted or out of time, until a retry, progress or another template.
    Degraded,
}
