//! Keyed draws: luck that belongs to a thing, not to the order in which things happen.
//!
//! Every draw is addressed by (seed, run, purpose, entity, index). Nothing is streamed from a
//! parent generator, so a variant that asks for more or fewer draws moves nobody else's luck: the
//! same request is the same request under every strategy. The generator at an address is
//! SplitMix64 started at a hashed position; SplitMix64 is a mixed counter, so jumping to the k-th
//! element costs one multiplication (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
//! Generators, OOPSLA 2014).

use rand::{Rng, SeedableRng};
use rand_xoshiro::SplitMix64;

use crate::ids::RunIndex;

/// What a draw is for; different purposes never share luck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Requests of a source: gap, user, routing, demand, error.
    Request = 1,
    /// Further attempts of a request.
    Attempt,
    /// States of a bursty arrival process.
    Arrivals,
    /// The life of a pod: start-up time, crash luck.
    Pod,
    /// Outcomes of probes.
    Probe,
    /// Latencies of the control plane.
    ControlPlane,
    /// Latencies of nodes and their kubelets.
    Node,
    /// Programming lag of kube-proxies.
    Proxy,
    /// What is wrong with the release.
    Truth,
    /// What people do, and when.
    People,
    /// Connections of keep-alive clients.
    Connection,
    /// Phase of the whole-second wall clock at t = 0.
    WallClock,
    /// Phases of scrapes and of rule evaluation.
    Scrape,
    /// What proxies of a mesh draw for themselves.
    Mesh,
}

/// Requests and other numbered things leave this many outputs for each index.
const STRIDE: u64 = 16;
/// The increment of SplitMix64.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// An address of luck, narrowed step by step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The luck of one run of an experiment.
    pub fn of_run(seed: u64, run: RunIndex) -> Self {
        Self(mix(mix(seed ^ 0x726f_6c6c_6361_7374) ^ run.index() as u64))
    }
    /// Narrowed to a purpose.
    #[must_use]
    pub fn purpose(self, purpose: Purpose) -> Self {
        Self(mix(self.0.wrapping_add(GAMMA) ^ purpose as u64))
    }
    /// Narrowed to one entity of that purpose.
    #[must_use]
    pub fn entity(self, entity: u64) -> Self {
        Self(mix(self.0.rotate_left(17) ^ mix(entity)))
    }
    /// The generator of the `index`-th thing; it may take up to sixteen outputs.
    #[inline]
    pub fn at(self, index: u64) -> Draw {
        let position = self
            .0
            .wrapping_add(index.wrapping_mul(STRIDE).wrapping_mul(GAMMA));
        Draw(SplitMix64::from_seed(position.to_le_bytes()))
    }
}

fn mix(x: u64) -> u64 {
    SplitMix64::from_seed(x.to_le_bytes()).next_u64()
}

/// A small generator at one address. Implements nothing but what the world needs.
#[derive(Debug, Clone)]
pub struct Draw(SplitMix64);

impl Draw {
    /// Uniform in the open interval (0, 1): an odd multiple of 2^-53, every one equally likely.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        open_unit(self.0.next_u64())
    }
    /// Uniform in 0 .. bound (multiplication method; bias below bound / 2^64).
    ///
    /// # Panics
    /// In debug builds, if `bound` is zero.
    #[inline]
    pub fn below(&mut self, bound: u32) -> u32 {
        debug_assert!(bound > 0, "nothing to choose from");
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u32
    }
    /// 64 raw bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// The upper 52 bits as a number in (0, 1). They become the fraction of a float in [1, 2); the
/// subtraction of 1 - 2^-53 is exact, so neither end is ever reached.
#[inline]
fn open_unit(bits: u64) -> f64 {
    const ONE: u64 = 1f64.to_bits();
    f64::from_bits(ONE | bits >> 12) - (1.0 - f64::EPSILON / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::of_run(7, RunIndex::new(3))
            .purpose(Purpose::Request)
            .entity(0)
    }

    #[test]
    fn the_same_address_gives_the_same_luck_in_any_order() {
        let forward: Vec<u64> = (0..100).map(|k| key().at(k).bits()).collect();
        let mut backward: Vec<u64> = (0..100).rev().map(|k| key().at(k).bits()).collect();
        backward.reverse();
        assert_eq!(forward, backward);
    }

    #[test]
    fn purposes_entities_runs_and_seeds_do_not_share_luck() {
        let base = Key::of_run(7, RunIndex::new(3));
        let others = [
            base.purpose(Purpose::Attempt).entity(0),
            base.purpose(Purpose::Request).entity(1),
            Key::of_run(7, RunIndex::new(4))
                .purpose(Purpose::Request)
                .entity(0),
            Key::of_run(8, RunIndex::new(3))
                .purpose(Purpose::Request)
                .entity(0),
        ];
        for other in others {
            assert!((0..1000).all(|k| other.at(k).bits() != key().at(k).bits()));
        }
    }

    #[test]
    fn uniforms_reach_neither_end() {
        let least = 2f64.powi(-53);
        assert_eq!(open_unit(0), least);
        assert_eq!(open_unit(u64::MAX), 1.0 - least);
        assert_eq!(open_unit(1 << 63), 0.5 + least);
        assert_eq!(open_unit(1 << 12), 3.0 * least);
    }

    #[test]
    fn uniforms_are_uniform() {
        // Mean of 10^5 uniforms: standard error 0.2887 / sqrt(10^5) = 0.00091; five of them.
        let mean = (0..100_000).map(|k| key().at(k).uniform()).sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 5.0 * 0.00091, "{mean}");
        // Counts of 10 cells, chi-square with 9 degrees: 99.9 % quantile 27.88 (tables).
        let mut cells = [0f64; 10];
        (0..100_000).for_each(|k| cells[key().at(k).below(10) as usize] += 1.0);
        let chi: f64 = cells.iter().map(|n| (n - 1e4).powi(2) / 1e4).sum();
        assert!(chi < 27.88, "{chi}");
    }
}
