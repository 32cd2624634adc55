//! LEAST_REQUEST: the least loaded of a few (`least_request_lb.cc`).
//!
//! With equal weights a few hosts are drawn and the one with the fewest requests in flight wins,
//! on a tie the one drawn first. Envoy draws with replacement: with n hosts, both of two draws are
//! the same host once in n. Unequal weights, or a host in slow start, turn it into a weighted
//! rotation by weight / (active + 1)^bias.

use crate::engine::Draw;

use super::slow_start::{needs_schedule, started_weight};
use super::{Edf, SlowStart, View};

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

/// The policy's knobs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeastRequestSettings {
    /// How candidates are found; default two draws with replacement.
    pub sampling: Sampling,
    /// `active_request_bias`: the power of (active + 1) that divides unequal weights; default 1.
    pub bias: f64,
    /// Slow start of new hosts; default none.
    pub slow_start: Option<SlowStart>,
}

impl Default for LeastRequestSettings {
    fn default() -> Self {
        Self {
            sampling: Sampling::Choices(2, Replacement::With),
            bias: 1.0,
            slow_start: None,
        }
    }
}

impl LeastRequestSettings {
    /// The weight of a host in the schedule of unequal weights.
    pub fn weight(&self, view: View<'_>, index: u32) -> f64 {
        let weight = started_weight(view, self.slow_start.as_ref(), index);
        let active = f64::from(view.host(index).active) + 1.0;
        match self.bias {
            bias if bias == 1.0 => weight / active,
            bias if bias == 0.0 => weight,
            bias => weight / libm::pow(active, bias),
        }
    }
}

/// The policy over the eligible hosts.
#[derive(Debug, Clone)]
pub struct LeastRequest {
    settings: LeastRequestSettings,
    start: u64,
    schedule: Option<Edf>,
    /// Places drawn so far, ascending; kept to spare an allocation.
    taken: Vec<u32>,
}

impl LeastRequest {
    /// The policy; a schedule of unequal weights begins at `start`.
    pub const fn new(settings: LeastRequestSettings, start: u64) -> Self {
        Self {
            settings,
            start,
            schedule: None,
            taken: Vec::new(),
        }
    }

    /// Takes in a change of hosts, health or weights.
    pub fn refresh(&mut self, view: View<'_>, eligible: &[u32]) {
        let settings = &self.settings;
        self.schedule = needs_schedule(view, settings.slow_start.as_ref(), eligible)
            .then(|| Edf::after(self.start, eligible, |index| settings.weight(view, index)));
    }

    /// The host for the next request. Takes one output of `draw` for every two choices.
    #[inline]
    pub fn pick(&mut self, view: View<'_>, eligible: &[u32], draw: &mut Draw) -> Option<u32> {
        if let Some(schedule) = &mut self.schedule {
            return schedule.pick(|index| self.settings.weight(view, index));
        }
        if eligible.is_empty() {
            return None;
        }
        Some(match self.settings.sampling {
            Sampling::Choices(choices, Replacement::With) => {
                least_of_drawn(view, eligible, choices, draw)
            }
            Sampling::Choices(choices, Replacement::Without) => {
                self.least_of_distinct(view, eligible, choices, draw)
            }
            Sampling::FullScan => least_of_all(view, eligible, draw),
        })
    }

    fn least_of_distinct(
        &mut self,
        view: View<'_>,
        eligible: &[u32],
        choices: u32,
        draw: &mut Draw,
    ) -> u32 {
        let count = u32::try_from(eligible.len()).expect("hosts are numbered in u32");
        let mut halves = Halves::of(draw);
        let mut best = None;
        self.taken.clear();
        for drawn in 0..choices.clamp(1, count) {
            let place = free_place(&mut self.taken, halves.below(count - drawn));
            best = Some(lighter(view, best, eligible[place as usize]));
        }
        best.expect("at least one is drawn")
    }
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

fn least_of_drawn(view: View<'_>, eligible: &[u32], choices: u32, draw: &mut Draw) -> u32 {
    let count = u32::try_from(eligible.len()).expect("hosts are numbered in u32");
    let mut halves = Halves::of(draw);
    let mut best = eligible[halves.below(count) as usize];
    for _ in 1..choices {
        best = lighter(view, Some(best), eligible[halves.below(count) as usize]);
    }
    best
}

fn least_of_all(view: View<'_>, eligible: &[u32], draw: &mut Draw) -> u32 {
    let active = |index: &&u32| view.host(**index).active;
    let least = eligible.iter().map(|index| active(&index)).min();
    let tied = || eligible.iter().filter(|index| Some(active(index)) == least);
    let count = u32::try_from(tied().count()).expect("hosts are numbered in u32");
    let chosen = draw.below(count);
    *tied().nth(chosen as usize).expect("one of the tied")
}

fn lighter(view: View<'_>, best: Option<u32>, other: u32) -> u32 {
    match best {
        Some(best) if view.host(best).active <= view.host(other).active => best,
        _ => other,
    }
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
        let settings = LeastRequestSettings {
            sampling,
            ..LeastRequestSettings::default()
        };
        let mut policy = LeastRequest::new(settings, 0);
        policy.refresh(view, &eligible);
        let luck = Key::of_run(5, RunIndex::new(0)).purpose(Purpose::Request);
        let mut counts = vec![0f64; hosts.len()];
        for k in 0..60_000 {
            let picked = policy.pick(view, &eligible, &mut luck.at(k));
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

    #[test]
    fn unequal_weights_are_divided_by_the_requests_in_flight() {
        // Weights 2 and 1, one request at the first: 2 / (1 + 1) = 1 against 1 / 1: even shares.
        let mut hosts = hosts(&[1, 0]);
        hosts[0].weight = 2;
        let view = View {
            hosts: &hosts,
            now: SimTime::ZERO,
        };
        let settings = LeastRequestSettings::default();
        assert_eq!(
            [settings.weight(view, 0), settings.weight(view, 1)],
            [1.0, 1.0]
        );
        let biased = LeastRequestSettings {
            bias: 2.0,
            ..settings
        };
        assert_eq!([biased.weight(view, 0), biased.weight(view, 1)], [0.5, 1.0]);
        let mut policy = LeastRequest::new(settings, 0);
        policy.refresh(view, &[0, 1]);
        let mut draw = Key::of_run(1, RunIndex::new(0)).at(0);
        let picks: Vec<_> = (0..4)
            .map(|_| policy.pick(view, &[0, 1], &mut draw))
            .collect();
        assert_eq!(picks, [Some(0), Some(1), Some(0), Some(1)]);
    }
}
