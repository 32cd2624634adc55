//! Priorities and panic: how much of the load each level gets (`load_balancer_impl.cc`).
//!
//! All arithmetic is in whole percent, as upstream's:
//!
//! * health of a level = min(100, overprovisioning × healthy / hosts);
//! * load fills from level 0: min(what is left, health × 100 / total), healthy hosts of all levels
//!   before degraded ones; what rounding leaves goes to the first level that has any;
//! * where the total is below 100 a level panics if less than the threshold of it is available:
//!   strictly less, so half of the hosts is not panic at 50;
//! * where all levels panic, load goes by the number of hosts.

/// Which hosts of a level a request is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Healthy ones.
    Healthy,
    /// Degraded ones.
    Degraded,
}

/// What a level's health is measured in (`weighted_priority_health`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HealthBasis {
    /// Numbers of hosts: the default.
    #[default]
    Hosts,
    /// Sums of host weights. Panic is still by numbers.
    Weights,
}

/// Hosts of a level, or their weights, by health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All of them.
    pub all: u64,
    /// Healthy ones.
    pub healthy: u64,
    /// Degraded ones.
    pub degraded: u64,
    /// Those that health is not measured against.
    pub excluded: u64,
}

/// A level in numbers and in weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LevelTally {
    /// Numbers of hosts.
    pub hosts: Tally,
    /// Sums of their weights.
    pub weights: Tally,
}

/// What the cluster's settings say about priorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriorityRules {
    /// Percent of its share that a level is thought to carry; default 140: a level with 5 of 7
    /// hosts healthy still gets everything.
    pub overprovisioning: u32,
    /// Percent of available hosts below which a level panics; Envoy's default 50, 0 with Istio's
    /// outlier detection, at most 100.
    pub panic_threshold: u32,
    /// What health is measured in.
    pub basis: HealthBasis,
}

impl Default for PriorityRules {
    fn default() -> Self {
        Self {
            overprovisioning: 140,
            panic_threshold: 50,
            basis: HealthBasis::Hosts,
        }
    }
}

/// Percent of the load per level, by availability, and which levels panic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriorityLoads {
    healthy: Vec<u32>,
    degraded: Vec<u32>,
    panic: Vec<bool>,
}

impl PriorityLoads {
    /// The loads of these levels, the first one first in line.
    pub fn of(levels: &[LevelTally], rules: &PriorityRules) -> Self {
        let available = |part: fn(&Tally) -> u64| -> Vec<u32> {
            let percent = levels.iter().map(|level| availability(level, rules, part));
            percent.collect()
        };
        let healthy = available(|tally| tally.healthy);
        let degraded = available(|tally| tally.degraded);
        let total = healthy.iter().chain(&degraded).sum::<u32>().min(100);
        let mut loads = Self {
            panic: levels
                .iter()
                .map(|level| total < 100 && panics(&level.hosts, rules))
                .collect(),
            healthy: vec![0; levels.len()],
            degraded: vec![0; levels.len()],
        };
        loads.distribute(&healthy, &degraded, total);
        if total == 0 && rules.panic_threshold == 0 {
            loads.give_all_to_the_first();
        } else if loads.panic.iter().all(|panic| *panic) {
            loads.distribute_by_hosts(levels);
        }
        loads
    }

    fn distribute(&mut self, healthy: &[u32], degraded: &[u32], total: u32) {
        if total == 0 {
            return;
        }
        let mut left = 100;
        let shares = [(&mut self.healthy, healthy), (&mut self.degraded, degraded)];
        for (loads, available) in shares {
            for (load, percent) in loads.iter_mut().zip(available) {
                *load = left.min(percent * 100 / total);
                left -= *load;
            }
        }
        let first = |available: &[u32]| available.iter().position(|percent| *percent > 0);
        if let Some(level) = first(healthy) {
            self.healthy[level] += left;
        } else if let Some(level) = first(degraded) {
            self.degraded[level] += left;
        }
    }

    fn distribute_by_hosts(&mut self, levels: &[LevelTally]) {
        let total: u64 = levels.iter().map(|level| level.hosts.all).sum();
        let Some(first) = levels.iter().position(|level| level.hosts.all > 0) else {
            return self.give_all_to_the_first();
        };
        let share = |level: &LevelTally| (100 * level.hosts.all / total) as u32;
        self.healthy = levels.iter().map(share).collect();
        self.degraded.fill(0);
        self.healthy[first] += 100 - self.healthy.iter().sum::<u32>();
    }

    /// Nobody will be found there; but the load has to go somewhere.
    fn give_all_to_the_first(&mut self) {
        if let Some(first) = self.healthy.first_mut() {
            *first = 100;
        }
    }

    /// Percent of the load that each level's healthy hosts get (in total panic: all its hosts).
    pub fn healthy(&self) -> &[u32] {
        &self.healthy
    }
    /// Percent of the load that each level's degraded hosts get.
    pub fn degraded(&self) -> &[u32] {
        &self.degraded
    }
    /// Whether a level ignores health.
    pub fn panics(&self, level: usize) -> bool {
        self.panic[level]
    }

    /// The level and availability of a request with this luck (or hash).
    #[inline]
    pub fn choose(&self, luck: u64) -> (usize, Availability) {
        let mut left = (luck % 100) as u32;
        let by_availability = [
            (&self.healthy, Availability::Healthy),
            (&self.degraded, Availability::Degraded),
        ];
        for (loads, availability) in by_availability {
            for (level, load) in loads.iter().enumerate() {
                if left < *load {
                    return (level, availability);
                }
                left -= load;
            }
        }
        // Only where nobody is available and not all levels panic: nobody will be found.
        (0, Availability::Healthy)
    }
}

/// min(100, overprovisioning × part / whole), 0 for an empty level.
fn availability(level: &LevelTally, rules: &PriorityRules, part: fn(&Tally) -> u64) -> u32 {
    let tally = match rules.basis {
        HealthBasis::Hosts => &level.hosts,
        HealthBasis::Weights => &level.weights,
    };
    let counted = tally.all - tally.excluded;
    let percent = u64::from(rules.overprovisioning) * part(tally);
    percent
        .checked_div(counted)
        .map_or(0, |percent| percent.min(100) as u32)
}

fn panics(hosts: &Tally, rules: &PriorityRules) -> bool {
    let threshold = u64::from(rules.panic_threshold.min(100));
    let counted = hosts.all - hosts.excluded;
    match counted {
        0 => threshold > 0,
        counted => 100 * (hosts.healthy + hosts.degraded) < threshold * counted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(all: u64, healthy: u64, degraded: u64) -> LevelTally {
        let hosts = Tally {
            all,
            healthy,
            degraded,
            excluded: 0,
        };
        LevelTally {
            hosts,
            weights: hosts,
        }
    }

    #[test]
    fn half_of_the_hosts_is_not_panic() {
        // Recorded with six hosts: three healthy ones get everything, two do not.
        let rules = PriorityRules::default();
        assert!(!PriorityLoads::of(&[level(6, 3, 0)], &rules).panics(0));
        assert!(PriorityLoads::of(&[level(6, 2, 0)], &rules).panics(0));
        let never = PriorityRules {
            panic_threshold: 0,
            ..rules
        };
        assert!(!PriorityLoads::of(&[level(6, 0, 0)], &never).panics(0));
    }

    #[test]
    fn healthy_load_comes_before_degraded_load_and_rounding_to_the_first() {
        // The example of upstream's own comment: 10 / 20 / 10 % healthy, 20 / 10 / 0 % degraded.
        let rules = PriorityRules {
            overprovisioning: 100,
            ..PriorityRules::default()
        };
        let levels = [level(10, 1, 2), level(10, 2, 1), level(10, 1, 0)];
        let loads = PriorityLoads::of(&levels, &rules);
        // Total 70: 10 × 100 / 70 = 14, 28, 14, degraded 28, 14: 98, the rest 2 to the first. But
        // every level is below the threshold, so load goes by hosts in the end.
        assert!((0..3).all(|level| loads.panics(level)));
        assert_eq!(loads.healthy(), [34, 33, 33]);
        let calm = PriorityRules {
            panic_threshold: 0,
            ..rules
        };
        let loads = PriorityLoads::of(&levels, &calm);
        assert_eq!(loads.healthy(), [16, 28, 14]);
        assert_eq!(loads.degraded(), [28, 14, 0]);
        // 16 + 28 + 14 = 58 of a hundred go to healthy hosts, the next 28 to degraded ones of 0.
        assert_eq!(loads.choose(57), (2, Availability::Healthy));
        assert_eq!(loads.choose(58), (0, Availability::Degraded));
        assert_eq!(loads.choose(199), (1, Availability::Degraded));
    }
}
