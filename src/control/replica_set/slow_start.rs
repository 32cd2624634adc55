//! Creating pods in growing batches, so that a hopeless template fails once and not five hundred times.

/// What came of a slow start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowStart {
    /// Creations that succeeded.
    pub successes: u32,
    /// Creations tried.
    pub calls: u32,
    /// Whether a batch had a failure; later batches were then not tried.
    pub failed: bool,
}

/// Sizes of the batches for `count` creations: 1, 2, 4, … and the rest (reference kubernetes.md §2).
pub fn slow_start_batches(count: u32) -> impl Iterator<Item = u32> {
    let mut left = count;
    let mut size = 1;
    std::iter::from_fn(move || {
        let batch = left.min(size);
        left -= batch;
        size = batch.saturating_mul(2);
        (batch > 0).then_some(batch)
    })
}

/// Runs `create` for up to `count` pods, each batch to its end, and stops after the first batch that
/// has a failure; the remainder is for the next sync, with back-off.
pub fn slow_start<E>(count: u32, mut create: impl FnMut() -> Result<(), E>) -> SlowStart {
    let mut done = SlowStart {
        successes: 0,
        calls: 0,
        failed: false,
    };
    for batch in slow_start_batches(count) {
        let successes = (0..batch).filter(|_| create().is_ok()).count() as u32;
        done.calls += batch;
        done.successes += successes;
        if successes < batch {
            done.failed = true;
            break;
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_double_and_their_number_is_one_plus_log2() {
        let batches = |count| slow_start_batches(count).collect::<Vec<_>>();
        assert_eq!(batches(0), [0; 0]);
        assert_eq!(batches(1), [1]);
        assert_eq!(batches(10), [1, 2, 4, 3]);
        for count in 1..600_u32 {
            assert_eq!(batches(count).len() as u32, 1 + count.ilog2());
            assert_eq!(batches(count).iter().sum::<u32>(), count);
        }
    }
}
