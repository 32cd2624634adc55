//! Maglev: a table of prime size that hosts fill in turns (`maglev_lb.cc`; Eisenbud et al.,
//! Maglev: A Fast and Reliable Software Network Load Balancer, NSDI 2016).
//!
//! Every host has a permutation of the table and takes its next free place when it is its turn; a
//! host of half the greatest weight sits out every second turn.

use super::View;
use super::hash::xx_hash_64;

/// The size of the table: a prime up to 5,000,011.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaglevSize(u32);

impl Default for MaglevSize {
    /// 65,537.
    fn default() -> Self {
        Self(65_537)
    }
}

impl MaglevSize {
    const GREATEST: u32 = 5_000_011;

    /// This size; none unless it is a prime within the bound.
    pub fn new(size: u32) -> Option<Self> {
        let divides = |divisor: u32| size.is_multiple_of(divisor);
        let has_divisor = (2..).take_while(|d| d * d <= size).any(divides);
        let fits = (2..=Self::GREATEST).contains(&size) && !has_divisor;
        fits.then_some(Self(size))
    }
}

/// A filled table.
#[derive(Debug, Clone, Default)]
pub struct Maglev {
    table: Vec<u32>,
}

struct Filler {
    host: u32,
    share: f64,
    target: f64,
    place: u64,
    skip: u64,
}

/// No host's index.
const FREE: u32 = u32::MAX;

impl Maglev {
    /// The table of these hosts, each with its share of the weight; shares are above zero.
    pub fn new(view: View<'_>, shares: &[(u32, f64)], size: MaglevSize) -> Self {
        if shares.is_empty() {
            return Self::default();
        }
        let mut fillers = fillers(view, shares, u64::from(size.0));
        let greatest = shares.iter().map(|(_, share)| *share).fold(0.0, f64::max);
        let mut table = vec![FREE; size.0 as usize];
        let (mut filled, mut turn) = (0, 0.0);
        while filled < table.len() {
            turn += 1.0;
            for filler in &mut fillers {
                if filled == table.len() || turn * filler.share < filler.target {
                    continue;
                }
                filler.target += greatest;
                filler.fill(&mut table);
                filled += 1;
            }
        }
        Self { table }
    }

    /// The host of a request with this hash; `attempt` counts refused choices, each of which
    /// turns over the upper bits of the hash.
    pub fn host(&self, hash: u64, attempt: u32) -> Option<u32> {
        let turned = match attempt {
            0 => hash,
            refused => hash ^ (u64::MAX - u64::from(refused) + 1),
        };
        let place = turned.checked_rem(self.table.len() as u64)?;
        Some(self.table[place as usize])
    }
}

/// In the order of address texts, which upstream sorts by.
fn fillers(view: View<'_>, shares: &[(u32, f64)], size: u64) -> Vec<Filler> {
    let named = shares
        .iter()
        .map(|(host, share)| (view.host(*host).address.to_string(), *host, *share));
    let mut named: Vec<(String, u32, f64)> = named.collect();
    named.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let filler = |(name, host, share): (String, u32, f64)| Filler {
        host,
        share,
        target: 0.0,
        place: xx_hash_64(name.as_bytes(), 0) % size,
        skip: xx_hash_64(name.as_bytes(), 1) % (size - 1) + 1,
    };
    named.into_iter().map(filler).collect()
}

impl Filler {
    /// Takes the next free place of this host's permutation.
    fn fill(&mut self, table: &mut [u32]) {
        let size = table.len() as u64;
        while table[self.place as usize] != FREE {
            self.place = (self.place + self.skip) % size;
        }
        table[self.place as usize] = self.host;
        self.place = (self.place + self.skip) % size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::envoy::balancing::Host;
    use crate::units::SimTime;
    use std::net::{Ipv4Addr, SocketAddrV4};

    fn table(ports: std::ops::Range<u16>, shares: &[f64], size: u32) -> Maglev {
        let address = |port: u16| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        let hosts: Vec<Host> = ports.map(|port| Host::new(address(port))).collect();
        let view = View {
            hosts: &hosts,
            now: SimTime::ZERO,
        };
        let shares: Vec<(u32, f64)> = (0..).zip(shares.iter().copied()).collect();
        Maglev::new(view, &shares, MaglevSize::new(size).unwrap())
    }

    #[test]
    fn a_table_is_filled_as_upstream_fills_it() {
        // envoyproxy/envoy maglev_lb_test.cc, MaglevLoadBalancerTest.Basic: hosts 127.0.0.1:90 to
        // :95, table size 7.
        let maglev = table(90..96, &[1.0 / 6.0; 6], 7);
        assert_eq!(maglev.table, [2, 4, 0, 1, 5, 0, 3]);
        let picks: Vec<_> = (0..14).map(|hash| maglev.host(hash, 0)).collect();
        assert_eq!(picks[..7], picks[7..]);
    }

    #[test]
    fn places_follow_the_weights() {
        // Weights 1 and 2: the heavier host takes a place every turn, the lighter one in turns 1,
        // 2, 4, 6 …, so after eleven turns they have 11 and 1 + 5 places: 17.
        let maglev = table(90..92, &[1.0 / 3.0, 2.0 / 3.0], 17);
        let light = maglev.table.iter().filter(|host| **host == 0).count();
        assert_eq!(light, 6);
    }

    #[test]
    fn sizes_are_primes() {
        assert!(MaglevSize::new(65_537).is_some() && MaglevSize::new(5_000_011).is_some());
        for size in [0, 1, 8, 65_536, 5_000_023] {
            assert_eq!(MaglevSize::new(size), None, "{size}");
        }
        assert_eq!(Maglev::default().host(3, 0), None);
    }
}
