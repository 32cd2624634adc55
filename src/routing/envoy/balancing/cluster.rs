//! A cluster as one client proxy balances over it.

use crate::engine::Draw;

use super::level::{Level, LevelRules, Picker, Table, shares, tally};
use super::{
    Health, LeastRequest, LeastRequestSettings, LevelTally, Maglev, MaglevSize, PriorityLoads,
    PriorityRules, Ring, RingSize, RoundRobin, SlowStart, View,
};

/// The load-balancing policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Policy {
    /// ROUND_ROBIN; Envoy's default.
    RoundRobin(Option<SlowStart>),
    /// LEAST_REQUEST; Istio's default.
    LeastRequest(LeastRequestSettings),
    /// RANDOM.
    Random,
    /// RING_HASH.
    RingHash(RingSize),
    /// MAGLEV.
    Maglev(MaglevSize),
}

/// What happens to requests of a level in panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PanicTraffic {
    /// They go to any host: the default.
    #[default]
    AnyHost,
    /// They fail (`fail_traffic_on_panic`).
    Fails,
}

/// A cluster's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterSettings {
    /// How a host is chosen among equals.
    pub policy: Policy,
    /// Priorities and panic.
    pub priorities: PriorityRules,
    /// What panic does.
    pub panic: PanicTraffic,
    /// Weights by priority and locality where load goes by locality; a locality without a weight
    /// gets nothing. Default none.
    pub locality_weights: Option<Vec<Vec<u32>>>,
}

impl ClusterSettings {
    /// This policy with Envoy's defaults for the rest.
    pub fn of(policy: Policy) -> Self {
        Self {
            policy,
            priorities: PriorityRules::default(),
            panic: PanicTraffic::AnyHost,
            locality_weights: None,
        }
    }
    fn localities(&self, level: usize) -> Option<&[u32]> {
        let weights = self.locality_weights.as_ref()?;
        Some(weights.get(level).map_or(&[], Vec::as_slice))
    }
}

/// What a pick needs to know of the request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// Its hash, by [`super::combined_hash`]; only hash policies look at it.
    pub hash: Option<u64>,
    /// Hosts to avoid: those that earlier attempts went to, under the previous-hosts predicate.
    pub tried: &'a [u32],
    /// How often a host to avoid is picked anew before it is taken after all
    /// (`host_selection_retry_max_attempts`); Istio's default 5.
    pub reselections: u32,
}

#[derive(Debug, Clone)]
enum Levels {
    Picked(Picker, Vec<Level>),
    Hashed(Vec<Table>),
}

/// The balancer of one client proxy over one cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    settings: ClusterSettings,
    start: u64,
    loads: PriorityLoads,
    levels: Levels,
}

impl Cluster {
    /// A balancer without hosts; rotations begin at `start`, which each proxy draws.
    pub fn new(settings: ClusterSettings, start: u64) -> Self {
        let picked = |picker: Picker| Levels::Picked(picker, Vec::new());
        let levels = match settings.policy {
            Policy::RoundRobin(ramp) => picked(Picker::RoundRobin(RoundRobin::new(ramp, start))),
            Policy::LeastRequest(least) => {
                picked(Picker::LeastRequest(LeastRequest::new(least, start)))
            }
            Policy::Random => picked(Picker::Random),
            Policy::RingHash(_) | Policy::Maglev(_) => Levels::Hashed(Vec::new()),
        };
        Self {
            settings,
            start,
            loads: PriorityLoads::default(),
            levels,
        }
    }

    /// Takes in a change of hosts, health or weights. The only step that allocates.
    pub fn refresh(&mut self, view: View<'_>) {
        let highest = view.hosts.iter().map(|host| host.priority).max();
        let listed: Vec<Vec<u32>> = (0..=highest.unwrap_or(0))
            .map(|priority| {
                let indexed = (0u32..).zip(view.hosts);
                let here = indexed.filter(|(_, host)| host.priority == priority);
                here.map(|(index, _)| index).collect()
            })
            .collect();
        let tallies: Vec<LevelTally> = listed
            .iter()
            .map(|listed| {
                let (hosts, weights) = tally(view, listed, |_| true);
                LevelTally { hosts, weights }
            })
            .collect();
        self.loads = PriorityLoads::of(&tallies, &self.settings.priorities);
        self.refresh_levels(view, &listed);
    }

    fn refresh_levels(&mut self, view: View<'_>, listed: &[Vec<u32>]) {
        match &mut self.levels {
            Levels::Picked(picker, levels) => {
                levels.resize_with(listed.len(), || Level::new(picker));
                for (priority, (level, listed)) in levels.iter_mut().zip(listed).enumerate() {
                    let rules = LevelRules {
                        priority: &self.settings.priorities,
                        localities: self.settings.localities(priority),
                        picker,
                        start: self.start,
                    };
                    level.refresh(view, listed, rules);
                }
            }
            Levels::Hashed(tables) => {
                let (settings, loads) = (&self.settings, &self.loads);
                let numbered = listed.iter().enumerate();
                *tables = numbered
                    .map(|(level, listed)| {
                        let panics = loads.panics(level);
                        let eligible = listed.iter().copied();
                        let eligible: Vec<u32> = eligible
                            .filter(|host| panics || view.host(*host).health == Health::Healthy)
                            .collect();
                        let shares = shares(view, &eligible, settings.localities(level));
                        table(view, &shares, settings.policy)
                    })
                    .collect();
            }
        }
    }

    /// How the load is spread over priorities.
    pub const fn loads(&self) -> &PriorityLoads {
        &self.loads
    }

    /// The host for this attempt; none where no host may be used (`UH`). The hash policies take at
    /// most one output of `draw`; the others, per (re)selection, one if there are several levels
    /// to choose from, and what the policy itself takes.
    #[inline]
    pub fn pick(&mut self, view: View<'_>, request: &Request<'_>, draw: &mut Draw) -> Option<u32> {
        let hash = match self.levels {
            Levels::Hashed(_) => request.hash.unwrap_or_else(|| draw.bits()),
            Levels::Picked(..) => 0,
        };
        let mut picked = None;
        for selection in 0..=request.reselections {
            picked = match &mut self.levels {
                Levels::Picked(..) => self.pick_once(view, draw),
                Levels::Hashed(tables) => {
                    let (level, _) = self.loads.choose(hash);
                    tables.get(level)?.host(hash, selection)
                }
            };
            if picked.is_none_or(|host| !request.tried.contains(&host)) {
                break;
            }
        }
        picked
    }

    #[inline]
    fn pick_once(&mut self, view: View<'_>, draw: &mut Draw) -> Option<u32> {
        let Levels::Picked(_, levels) = &mut self.levels else {
            return None;
        };
        let luck = match self.loads.healthy() {
            [100, ..] => 0,
            _ => draw.bits(),
        };
        let (chosen, availability) = self.loads.choose(luck);
        let level = levels.get_mut(chosen)?;
        match (self.loads.panics(chosen), self.settings.panic) {
            (false, _) => level.pick(view, availability, draw),
            (true, PanicTraffic::AnyHost) => level.pick_any(view, draw),
            (true, PanicTraffic::Fails) => None,
        }
    }
}

fn table(view: View<'_>, shares: &[(u32, f64)], policy: Policy) -> Table {
    match policy {
        Policy::Maglev(size) => Table::Maglev(Maglev::new(view, shares, size)),
        Policy::RingHash(size) => Table::Ring(Ring::new(view, shares, size)),
        _ => unreachable!("the other policies have no table"),
    }
}
