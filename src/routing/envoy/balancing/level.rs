//! One priority level: its hosts by availability and locality, each set with a picker of its own.

use crate::engine::Draw;

use super::locality::locality_rotation;
use super::{
    Availability, Edf, Health, LeastRequest, Maglev, PriorityRules, Ring, RoundRobin, Tally, View,
    effective_locality_weight,
};

/// A policy over one set of hosts.
#[derive(Debug, Clone)]
pub(super) enum Picker {
    RoundRobin(RoundRobin),
    LeastRequest(LeastRequest),
    Random,
}

/// A set of hosts and the policy over it.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    eligible: Vec<u32>,
    picker: Picker,
}

impl Pool {
    fn new(picker: Picker) -> Self {
        let eligible = Vec::new();
        Self { eligible, picker }
    }

    fn refresh(&mut self, view: View<'_>, hosts: impl Iterator<Item = u32>) {
        self.eligible.clear();
        self.eligible.extend(hosts);
        match &mut self.picker {
            Picker::RoundRobin(policy) => policy.refresh(view, &self.eligible),
            Picker::LeastRequest(policy) => policy.refresh(view, &self.eligible),
            Picker::Random => {}
        }
    }

    #[inline]
    fn pick(&mut self, view: View<'_>, draw: &mut Draw) -> Option<u32> {
        match &mut self.picker {
            Picker::RoundRobin(policy) => policy.pick(view, &self.eligible),
            Picker::LeastRequest(policy) => policy.pick(view, &self.eligible, draw),
            Picker::Random => {
                let count = u32::try_from(self.eligible.len()).expect("hosts fit in u32");
                (count > 0).then(|| self.eligible[draw.below(count) as usize])
            }
        }
    }
}

/// Hosts of one availability, as a whole and by locality.
#[derive(Debug, Clone)]
struct Source {
    availability: Availability,
    whole: Pool,
    localities: Vec<Pool>,
    weights: Vec<f64>,
    rotation: Option<Edf>,
}

impl Source {
    fn new(availability: Availability, picker: Picker) -> Self {
        Self {
            availability,
            whole: Pool::new(picker),
            localities: Vec::new(),
            weights: Vec::new(),
            rotation: None,
        }
    }

    fn refresh(&mut self, view: View<'_>, listed: &[u32], rules: LevelRules<'_>) {
        let wanted = match self.availability {
            Availability::Healthy => Health::Healthy,
            Availability::Degraded => Health::Degraded,
        };
        let eligible = listed.iter().copied();
        let eligible = eligible.filter(|index| view.host(*index).health == wanted);
        self.whole.refresh(view, eligible.clone());
        self.rotation = None;
        let Some(weights) = rules.localities else {
            return;
        };
        self.weights = (0u32..)
            .zip(weights)
            .map(|(locality, weight)| {
                let tally = tally(view, listed, |host| host.locality == locality).0;
                effective_locality_weight(*weight, &tally, self.availability, rules.priority)
            })
            .collect();
        while self.localities.len() < weights.len() {
            self.localities.push(Pool::new(rules.picker.clone()));
        }
        for (locality, pool) in (0u32..).zip(&mut self.localities) {
            let here = eligible.clone();
            pool.refresh(
                view,
                here.filter(|index| view.host(*index).locality == locality),
            );
        }
        self.rotation = locality_rotation(&self.weights, rules.start);
    }

    #[inline]
    fn pick(&mut self, view: View<'_>, draw: &mut Draw) -> Option<u32> {
        let Some(rotation) = &mut self.rotation else {
            return self.whole.pick(view, draw);
        };
        let locality = rotation.pick(|locality| self.weights[locality as usize])?;
        self.localities[locality as usize].pick(view, draw)
    }
}

/// What a level needs to know to take in its hosts.
#[derive(Clone, Copy)]
pub(super) struct LevelRules<'a> {
    pub(super) priority: &'a PriorityRules,
    /// Weights of this level's localities, where load goes by them.
    pub(super) localities: Option<&'a [u32]>,
    pub(super) picker: &'a Picker,
    pub(super) start: u64,
}

/// A level of a policy that does not hash.
#[derive(Debug, Clone)]
pub(super) struct Level {
    healthy: Source,
    degraded: Source,
    all: Pool,
}

impl Level {
    pub(super) fn new(picker: &Picker) -> Self {
        Self {
            healthy: Source::new(Availability::Healthy, picker.clone()),
            degraded: Source::new(Availability::Degraded, picker.clone()),
            all: Pool::new(picker.clone()),
        }
    }

    pub(super) fn refresh(&mut self, view: View<'_>, listed: &[u32], rules: LevelRules<'_>) {
        self.all.refresh(view, listed.iter().copied());
        self.healthy.refresh(view, listed, rules);
        self.degraded.refresh(view, listed, rules);
    }

    /// A host of this availability.
    #[inline]
    pub(super) fn pick(
        &mut self,
        view: View<'_>,
        availability: Availability,
        draw: &mut Draw,
    ) -> Option<u32> {
        match availability {
            Availability::Healthy => self.healthy.pick(view, draw),
            Availability::Degraded => self.degraded.pick(view, draw),
        }
    }
    /// A host whatever its health: the level panics.
    pub(super) fn pick_any(&mut self, view: View<'_>, draw: &mut Draw) -> Option<u32> {
        self.all.pick(view, draw)
    }
}

/// A level of a policy that hashes.
#[derive(Debug, Clone)]
pub(super) enum Table {
    Ring(Ring),
    Maglev(Maglev),
}

impl Table {
    pub(super) fn host(&self, hash: u64, attempt: u32) -> Option<u32> {
        match self {
            Self::Ring(ring) => ring.host(hash, attempt),
            Self::Maglev(maglev) => maglev.host(hash, attempt),
        }
    }
}

/// Each host's share of the weight of a level: by host weights within a locality, by locality
/// weights between them (`thread_aware_lb_impl.cc`).
pub(super) fn shares(
    view: View<'_>,
    eligible: &[u32],
    localities: Option<&[u32]>,
) -> Vec<(u32, f64)> {
    let Some(weights) = localities else {
        return shares_within(view, eligible, 1.0);
    };
    let groups: Vec<(u32, Vec<u32>)> = (0u32..)
        .zip(weights)
        .map(|(locality, weight)| {
            let here = eligible.iter().copied();
            let here = here.filter(|index| view.host(*index).locality == locality);
            (*weight, here.collect::<Vec<u32>>())
        })
        .filter(|(weight, hosts)| *weight > 0 && !hosts.is_empty())
        .collect();
    let total: f64 = groups.iter().map(|(weight, _)| f64::from(*weight)).sum();
    let parts = groups
        .iter()
        .flat_map(|(weight, hosts)| shares_within(view, hosts, f64::from(*weight) / total));
    parts.collect()
}

fn shares_within(view: View<'_>, hosts: &[u32], whole: f64) -> Vec<(u32, f64)> {
    let weight = |index: u32| f64::from(view.host(index).weight);
    let total: f64 = hosts.iter().map(|index| weight(*index)).sum();
    let share = |index: &u32| (*index, weight(*index) / total * whole);
    hosts.iter().map(share).collect()
}

/// Numbers and weights of those listed hosts that belong.
pub(super) fn tally(
    view: View<'_>,
    listed: &[u32],
    belongs: impl Fn(&super::Host) -> bool,
) -> (Tally, Tally) {
    let (mut numbers, mut weights) = (Tally::default(), Tally::default());
    let hosts = listed.iter().map(|index| view.host(*index));
    for host in hosts.filter(|host| belongs(host)) {
        numbers.add(host.health, 1);
        weights.add(host.health, u64::from(host.weight));
    }
    (numbers, weights)
}

impl Tally {
    fn add(&mut self, health: Health, amount: u64) {
        self.all += amount;
        match health {
            Health::Healthy => self.healthy += amount,
            Health::Degraded => self.degraded += amount,
            Health::Excluded => self.excluded += amount,
            Health::Unhealthy => {}
        }
    }
}
