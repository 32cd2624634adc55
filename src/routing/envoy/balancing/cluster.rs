//! A cluster as one client proxy balances over it.

use crate::engine::Draw;

use super::level::{Level, LevelRules, Picker, Table, shares, tally};
use super::{
    ClusterSettings, Health, LeastRequest, LevelTally, Maglev, PanicTraffic, Policy, PriorityLoads,
    Request, Ring, RoundRobin, View,
};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Key, Purpose};
    use crate::ids::RunIndex;
    use crate::routing::envoy::balancing::{Host, PriorityRules, RingSize};
    use crate::units::SimTime;
    use std::net::{Ipv4Addr, SocketAddrV4};

    /// Hosts 127.0.0.1:80 and on; `h`ealthy, `d`egraded or `u`nhealthy.
    fn hosts(healths: &str) -> Vec<Host> {
        let host = |(port, health): (u16, char)| Host {
            health: match health {
                'h' => Health::Healthy,
                'd' => Health::Degraded,
                _ => Health::Unhealthy,
            },
            ..Host::new(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
        };
        (80..).zip(healths.chars()).map(host).collect()
    }

    fn cluster(settings: ClusterSettings, hosts: &[Host]) -> Cluster {
        let mut cluster = Cluster::new(settings, 0);
        cluster.refresh(view(hosts));
        cluster
    }

    fn view(hosts: &[Host]) -> View<'_> {
        let now = SimTime::ZERO;
        View { hosts, now }
    }

    /// The hosts of this many picks.
    fn picks(cluster: &mut Cluster, hosts: &[Host], count: u64) -> Vec<Option<u32>> {
        let luck = Key::of_run(7, RunIndex::new(0)).purpose(Purpose::Request);
        let request = Request::default();
        let picked = (0..count).map(|k| cluster.pick(view(hosts), &request, &mut luck.at(k)));
        picked.collect()
    }

    fn rotation() -> ClusterSettings {
        ClusterSettings::of(Policy::RoundRobin(None))
    }

    #[test]
    fn panic_takes_any_host_and_none_where_traffic_fails() {
        // Recorded: 3 of 6 healthy is not panic, 2 of 6 is, and goes to all six evenly.
        let three = hosts("hhhuuu");
        let picked = picks(&mut cluster(rotation(), &three), &three, 4);
        assert_eq!(picked, [Some(0), Some(1), Some(2), Some(0)]);
        let two = hosts("hhuuuu");
        let picked = picks(&mut cluster(rotation(), &two), &two, 6);
        assert_eq!(picked, (0..6).map(Some).collect::<Vec<_>>());
        let fails = ClusterSettings {
            panic: PanicTraffic::Fails,
            ..rotation()
        };
        assert_eq!(picks(&mut cluster(fails, &two), &two, 1), [None]);
        // Threshold 0: only healthy hosts; none healthy is `UH`.
        let calm = ClusterSettings {
            priorities: PriorityRules {
                panic_threshold: 0,
                ..PriorityRules::default()
            },
            ..rotation()
        };
        assert_eq!(
            picks(&mut cluster(calm.clone(), &two), &two, 3),
            [Some(0), Some(1), Some(0)]
        );
        let none = hosts("uuuuuu");
        assert_eq!(picks(&mut cluster(calm, &none), &none, 1), [None]);
        assert_eq!(picks(&mut cluster(rotation(), &[]), &[], 1), [None]);
    }

    #[test]
    fn a_rotation_goes_on_when_hosts_change() {
        let mut five = hosts("hhhhh");
        let mut cluster = cluster(rotation(), &five);
        assert_eq!(picks(&mut cluster, &five, 3), [Some(0), Some(1), Some(2)]);
        five[0].health = Health::Unhealthy;
        cluster.refresh(view(&five));
        // The fourth pick of the rotation, over four hosts: place 3.
        assert_eq!(picks(&mut cluster, &five, 2), [Some(4), Some(1)]);
    }

    #[test]
    fn a_hash_fails_over_by_priority() {
        // envoyproxy/envoy ring_hash_lb_test.cc, RingHashFailoverTest.BasicFailover: half of level 0
        // healthy gets 70 %, so 69 (the 70th of a hundred) stays and 71 does not.
        let settings = ClusterSettings::of(Policy::RingHash(RingSize::new(12, 1024).unwrap()));
        let mut three = hosts("huh");
        three[2].priority = 1;
        let mut draw = Key::of_run(1, RunIndex::new(0)).at(0);
        let mut pick = |cluster: &mut Cluster, hosts: &[Host], hash: u64| {
            let request = Request {
                hash: Some(hash),
                ..Request::default()
            };
            cluster.pick(view(hosts), &request, &mut draw)
        };
        let mut half = cluster(settings.clone(), &three);
        assert_eq!(pick(&mut half, &three, 69), Some(0));
        assert_eq!(pick(&mut half, &three, 71), Some(2));
        three[0].health = Health::Unhealthy;
        let mut none = cluster(settings, &three);
        assert_eq!(pick(&mut none, &three, 69), Some(2));
    }

    #[test]
    fn localities_share_by_their_weight_times_health() {
        // Localities of weight 3 and 1; the first has one of three hosts left: 1.4 / 3 × 3 = 1.4
        // against 1, so of 24 requests it gets 14.
        let mut hosts = hosts("huuhhh");
        for host in &mut hosts[3..] {
            host.locality = 1;
        }
        let settings = ClusterSettings {
            locality_weights: Some(vec![vec![3, 1]]),
            ..rotation()
        };
        let picked = picks(&mut cluster(settings, &hosts), &hosts, 24);
        let first = picked.iter().filter(|host| **host == Some(0)).count();
        assert_eq!(first, 14);
        assert!(
            picked
                .iter()
                .all(|host| !matches!(host, Some(1 | 2) | None))
        );
    }

    #[test]
    fn degraded_hosts_get_what_healthy_ones_leave() {
        // 140 × 1 / 4 = 35 % healthy, 140 × 3 / 4 = 105, so 100 % degraded: total 100, 35 and 65.
        let hosts = hosts("hddd");
        let mut cluster = cluster(rotation(), &hosts);
        assert_eq!(cluster.loads().healthy(), [35]);
        assert_eq!(cluster.loads().degraded(), [65]);
        let picked = picks(&mut cluster, &hosts, 10_000);
        let healthy = picked.iter().filter(|host| **host == Some(0)).count();
        // Five binomial standard errors: 5 sqrt(0.35 × 0.65 × 10000) = 239.
        assert!(healthy.abs_diff(3500) < 239, "{healthy}");
    }
}
