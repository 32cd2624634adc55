//! What a human's command changes.

/// The outcome of a human's command: a status to write, and perhaps one field of the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commanded<Status> {
    /// The status from now on.
    pub status: Status,
    /// Whether the command also sets `spec.paused: false`.
    pub unpauses: bool,
}
