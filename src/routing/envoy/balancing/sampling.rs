//! Candidates of LEAST_REQUEST: which hosts are compared, and the one with the fewest requests.

use crate::engine::Draw;

use super::View;

/// Whether a drawn host may be drawn again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replacement {
    /// It may: Envoy's way.
    With,
    /// It may not: the way of the textbooks.
    Without,
}

/// How candidates are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// `N_CHOICES`: this many draws; at least 1, default 2.
    Choices(u32, Replacement),
    /// `FULL_SCAN`: all hosts; among those with the fewest requests, each as likely.
    FullScan,
}

/// Draws candidates.
#[derive(Debug, Clone)]
pub(super) struct Sampler {
    sampling: Sampling,
    /// Places drawn so far, ascending; kept to spare an allocation per pick.
    taken: Vec<u32>,
}

impl Sampler {
    pub(super) const fn new(sampling: Sampling) -> Self {
        Self {
            sampling,
            taken: Vec::new(),
        }
    }

    /// The lightest of the candidates, the one drawn first on a tie; none of no hosts.
    #[inline]
    pub(super) fn pick(
        &mut self,
        view: View<'_>,
        eligible: &[u32],
        draw: &mut Draw,
    ) -> Option<u32> {
        if eligible.is_empty() {
            return None;
        }
        let mut halves = Halves::of(draw);
        Some(match self.sampling {
            Sampling::FullScan => least_of_all(view, eligible, &mut halves),
            Sampling::Choices(choices, Replacement::With) => {
                let places = (0..choices.max(1)).map(|_| halves.below(count(eligible)));
                lightest(view, places.map(|place| eligible[place as usize]))
            }
            Sampling::Choices(choices, Replacement::Without) => {
                let (taken, count) = (&mut self.taken, count(eligible));
                taken.clear();
                let drawn = 0..choices.clamp(1, count);
                let places = drawn.map(|drawn| free_place(taken, halves.below(count - drawn)));
                lightest(view, places.map(|place| eligible[place as usize]))
            }
        })
    }
}

#[inline]
fn count(eligible: &[u32]) -> u32 {
    u32::try_from(eligible.len()).expect("hosts are numbered in u32")
}

/// The first of those with the fewest requests.
#[inline]
fn lightest(view: View<'_>, candidates: impl Iterator<Item = u32>) -> u32 {
    let lightest = candidates.min_by_key(|host| view.host(*host).active);
    lightest.expect("at least one candidate")
}

/// The `rank`-th place that is not taken; it is taken then. `taken` is ascending.
fn free_place(taken: &mut Vec<u32>, rank: u32) -> u32 {
    let mut place = rank;
    let mut at = 0;
    while at < taken.len() && taken[at] <= place {
        place += 1;
        at += 1;
    }
    taken.insert(at, place);
    place
}

fn least_of_all(view: View<'_>, eligible: &[u32], halves: &mut Halves<'_>) -> u32 {
    let active = |host: &u32| view.host(*host).active;
    let least = eligible.iter().map(active).min();
    let tied = || eligible.iter().filter(|host| Some(active(host)) == least);
    let bound = u32::try_from(tied().count()).expect("hosts are numbered in u32");
    let chosen = halves.below(bound) as usize;
    *tied().nth(chosen).expect("one of the tied")
}

/// Two draws from every 64 bits; the bias is below bound / 2^32.
struct Halves<'a> {
    draw: &'a mut Draw,
    bits: u64,
    left: u32,
}

impl<'a> Halves<'a> {
    fn of(draw: &'a mut Draw) -> Self {
        Self {
            draw,
            bits: 0,
            left: 0,
        }
    }
    #[inline]
    fn below(&mut self, bound: u32) -> u32 {
        if self.left == 0 {
            self.bits = self.draw.bits();
            self.left = 2;
        }
        let half = self.bits >> 32;
        self.bits <<= 32;
        self.left -= 1;
        ((half * u64::from(bound)) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Key, Purpose};
    use crate::ids::RunIndex;
    use crate::routing::envoy::balancing::Host;
    use crate::units::SimTime;
    use std::net::{Ipv4Addr, SocketAddrV4};

    fn hosts(active: &[u32]) -> Vec<Host> {
        let host = Host::new(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80));
        let loaded = active.iter().map(|active| Host {
            active: *active,
            ..host
        });
        loaded.collect()
    }

    fn shares(sampling: Sampling, active: &[u32]) -> Vec<f64> {
        let hosts = hosts(active);
        let view = View {
            hosts: &hosts,
            now: SimTime::ZERO,
        };
        let eligible: Vec<u32> = (0..).take(hosts.len()).collect();
        let mut sampler = Sampler::new(sampling);
        let luck = Key::of_run(5, RunIndex::new(0)).purpose(Purpose::Request);
        let mut counts = vec![0f64; hosts.len()];
        for k in 0..60_000 {
            let picked = sampler.pick(view, &eligible, &mut luck.at(k));
            counts[picked.expect("hosts are there") as usize] += 1.0;
        }
        counts.iter().map(|count| count / 60_000.0).collect()
    }

    fn check(sampling: Sampling, active: &[u32], expected: &[f64]) {
        // Five binomial standard errors: 5 * sqrt(0.25 / 60000) = 0.0102.
        let got = shares(sampling, active);
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 0.0102, "{got} for {expected}");
        }
    }

    #[test]
    fn the_busiest_wins_only_where_every_draw_is_it() {
        // Three hosts, one busy: with replacement it is picked when both draws are it, 1/9; the
        // others share the rest. Without, never.
        let with = Sampling::Choices(2, Replacement::With);
        check(with, &[9, 0, 0], &[1.0 / 9.0, 4.0 / 9.0, 4.0 / 9.0]);
        let without = Sampling::Choices(2, Replacement::Without);
        check(without, &[9, 0, 0], &[0.0, 0.5, 0.5]);
    }

    #[test]
    fn ranks_of_distinct_draws_follow_by_counting_pairs() {
        // Loads 0 < 1 < 2 < 3, two distinct of four: of 6 pairs the lightest is in 3, the next is
        // the lighter one of 2, then 1, then 0. Three distinct: it is in 3 of 4, next 1 of 4.
        let two = Sampling::Choices(2, Replacement::Without);
        check(two, &[0, 1, 2, 3], &[3.0 / 6.0, 2.0 / 6.0, 1.0 / 6.0, 0.0]);
        let three = Sampling::Choices(3, Replacement::Without);
        check(three, &[3, 0, 1, 2], &[0.0, 0.75, 0.25, 0.0]);
        // More choices than hosts: all are looked at.
        let all = Sampling::Choices(9, Replacement::Without);
        check(all, &[3, 0, 1, 2], &[0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_full_scan_splits_ties_evenly() {
        check(Sampling::FullScan, &[1, 0, 0, 2], &[0.0, 0.5, 0.5, 0.0]);
    }
}
