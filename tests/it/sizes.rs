//! Sizes that pods may still have to follow, and pods beyond them.

use std::collections::{BTreeMap, VecDeque};

/// The sizes of one thing from the one that its controller carried out last to the present one.
pub(super) struct Sizes(VecDeque<u32>);

impl Sizes {
    /// This size, carried out long ago.
    pub(super) fn settled(size: u32) -> Self {
        Self([size].into())
    }

    /// It has this size from now on; its controller may not know yet.
    pub(super) fn change(&mut self, to: u32) {
        if self.present() != to {
            self.0.push_back(to);
        }
    }

    /// Its controller has carried out this size; whether it ever had it since the last one.
    pub(super) fn carried_out(&mut self, size: u32) -> bool {
        let known = self.0.iter().position(|it| *it == size);
        self.0.drain(..known.unwrap_or(0));
        known.is_some()
    }

    /// The size it has.
    pub(super) fn present(&self) -> u32 {
        *self.0.back().expect("there is always a present size")
    }

    /// The largest that its controller may still act on.
    pub(super) fn most(&self) -> u32 {
        *self.0.iter().max().expect("there is always a present size")
    }
}

/// A time during which a ReplicaSet had more active pods than its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Surplus {
    /// How long it was [s].
    pub(super) lasted_s: f64,
    /// The most pods too many.
    pub(super) most: u32,
}

/// Surpluses of ReplicaSets, by number or version.
#[derive(Debug, Clone, Default)]
pub(super) struct Surpluses {
    /// Those that are over.
    pub(super) over: Vec<Surplus>,
    /// Since when [s], and the most so far.
    open: BTreeMap<usize, (f64, u32)>,
}

impl Surpluses {
    /// A set has this many active pods beyond its size at `at` seconds.
    pub(super) fn note(&mut self, at: f64, set: usize, surplus: u32) {
        if surplus > 0 {
            let (_, most) = self.open.entry(set).or_insert((at, surplus));
            *most = surplus.max(*most);
        } else if let Some((since, most)) = self.open.remove(&set) {
            let lasted_s = at - since;
            self.over.push(Surplus { lasted_s, most });
        }
    }

    /// Ends those that are still there.
    pub(super) fn close(&mut self, at: f64) {
        let open: Vec<usize> = self.open.keys().copied().collect();
        open.into_iter().for_each(|set| self.note(at, set, 0));
    }

    /// The length [s] that this share of them keeps below; 0 if there is none.
    pub(super) fn length_s(&self, share: f64) -> f64 {
        let mut lengths: Vec<f64> = self.over.iter().map(|it| it.lasted_s).collect();
        lengths.sort_by(f64::total_cmp);
        let place = (share * lengths.len() as f64) as usize;
        let last = lengths.len().saturating_sub(1);
        lengths.get(place.min(last)).copied().unwrap_or(0.0)
    }

    /// The most pods too many.
    pub(super) fn most(&self) -> u32 {
        self.over.iter().map(|it| it.most).max().unwrap_or(0)
    }

    /// How many, how long, how large.
    pub(super) fn line(&self) -> String {
        let [median, most_of_them, longest] = [0.5, 0.99, 1.0].map(|share| self.length_s(share));
        format!(
            "{} of {} pods at most, p50 {median:.3} s, p99 {most_of_them:.3} s, longest {longest:.3} s",
            self.over.len(),
            self.most(),
        )
    }
}

/// What many rollouts had too much.
#[derive(Debug, Clone, Default)]
pub(super) struct Excess {
    /// Active pods over the size of their ReplicaSet.
    pub(super) of_sets: Surpluses,
    /// Active pods over desired + surge, in rollouts in which that never changes.
    pub(super) of_bound: Surpluses,
    /// Those rollouts, and in how many of them there was any.
    pub(super) steady: (u32, u32),
}

impl Excess {
    /// Of one rollout, that is over at `at` seconds.
    pub(super) fn of(at: f64, mut of_sets: Surpluses, of_bound: Option<Surpluses>) -> Self {
        of_sets.close(at);
        let steady = of_bound.is_some();
        let mut of_bound = of_bound.unwrap_or_default();
        of_bound.close(at);
        Self {
            steady: (u32::from(steady), u32::from(!of_bound.over.is_empty())),
            of_sets,
            of_bound,
        }
    }

    /// Takes that of another as well.
    pub(super) fn take(&mut self, other: Self) {
        self.of_sets.over.extend(other.of_sets.over);
        self.of_bound.over.extend(other.of_bound.over);
        self.steady.0 += other.steady.0;
        self.steady.1 += other.steady.1;
    }

    /// In one line.
    pub(super) fn line(&self) -> String {
        format!(
            "surpluses over sizes: {}; over desired + surge, in {} of {} rollouts: {}",
            self.of_sets.line(),
            self.steady.1,
            self.steady.0,
            self.of_bound.line(),
        )
    }
}
