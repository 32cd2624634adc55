//! How many pods to create or delete in one sync.

/// The most pods one sync creates or deletes (reference kubernetes.md §2).
pub const BURST: u32 = 500;

/// What one sync does to the number of pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Create this many, in slow-start batches.
    Create(u32),
    /// Delete this many, all at once.
    Delete(u32),
    /// The number is right.
    Nothing,
}

/// The difference between wanted and active pods, at most `burst` of it.
///
/// The caller waits with the next sync until it has seen the results of this one (expectations).
pub fn replicas_to_change(spec: u32, active: u32, burst: u32) -> Change {
    match spec.cmp(&active) {
        std::cmp::Ordering::Greater => Change::Create((spec - active).min(burst)),
        std::cmp::Ordering::Less => Change::Delete((active - spec).min(burst)),
        std::cmp::Ordering::Equal => Change::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sync_changes_at_most_the_burst() {
        assert_eq!(replicas_to_change(1200, 0, BURST), Change::Create(500));
        assert_eq!(replicas_to_change(0, 501, BURST), Change::Delete(500));
        assert_eq!(replicas_to_change(3, 3, BURST), Change::Nothing);
        assert_eq!(replicas_to_change(3, 5, BURST), Change::Delete(2));
    }
}
