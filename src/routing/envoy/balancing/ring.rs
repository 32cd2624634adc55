//! Ring hash: every host stands at several places of a ring (`ring_hash_lb.cc`).
//!
//! A request goes to the first place at or after its hash. Each host gets places by its share of
//! the weight, so many that the lightest gets a whole number.

use std::io::Write;

use super::hash::xx_hash_64;
use super::{Host, View};

/// Bounds of the number of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingSize {
    minimum: u32,
    maximum: u32,
}

impl Default for RingSize {
    /// 1024 to 8 Mi, Envoy's defaults; Istio writes the same minimum.
    fn default() -> Self {
        Self {
            minimum: 1024,
            maximum: 8 * 1024 * 1024,
        }
    }
}

impl RingSize {
    /// These bounds; none unless 1 ≤ minimum ≤ maximum.
    pub const fn new(minimum: u32, maximum: u32) -> Option<Self> {
        match minimum >= 1 && minimum <= maximum {
            true => Some(Self { minimum, maximum }),
            false => None,
        }
    }
}

/// A ring of places, ascending.
#[derive(Debug, Clone, Default)]
pub struct Ring {
    places: Vec<(u64, u32)>,
}

impl Ring {
    /// The ring of these hosts, each with its share of the weight; shares are above zero and sum
    /// to one.
    pub fn new(view: View<'_>, shares: &[(u32, f64)], size: RingSize) -> Self {
        let least = shares
            .iter()
            .map(|(_, share)| *share)
            .fold(f64::INFINITY, f64::min);
        let whole = (least * f64::from(size.minimum)).ceil() / least;
        let scale = whole.min(f64::from(size.maximum));
        let (mut places, mut wanted) = (Vec::new(), 0.0);
        for (index, share) in shares {
            wanted += scale * share;
            let mut copy = 0u64;
            while (places.len() as f64) < wanted {
                places.push((place_of(view.host(*index), copy), *index));
                copy += 1;
            }
        }
        places.sort_unstable();
        Self { places }
    }

    /// The host of a request with this hash; `attempt` counts refused choices, each of which
    /// moves one place on.
    pub fn host(&self, hash: u64, attempt: u32) -> Option<u32> {
        let first = self.places.partition_point(|(place, _)| *place < hash);
        let place = (first + attempt as usize).checked_rem(self.places.len())?;
        Some(self.places[place].1)
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }
    /// Whether there is no host at all.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

fn place_of(host: &Host, copy: u64) -> u64 {
    let mut key = [0u8; 48];
    let mut rest = &mut key[..];
    write!(rest, "{}_{copy}", host.address).expect("an address and a number fit");
    let left = rest.len();
    let length = key.len() - left;
    xx_hash_64(&key[..length], 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SimTime;
    use std::net::{Ipv4Addr, SocketAddrV4};

    fn ring() -> Ring {
        let address = |port: u16| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        let hosts: Vec<Host> = (90..96).map(|port| Host::new(address(port))).collect();
        let view = View {
            hosts: &hosts,
            now: SimTime::ZERO,
        };
        let shares: Vec<(u32, f64)> = (0..6).map(|index| (index, 1.0 / 6.0)).collect();
        Ring::new(view, &shares, RingSize::new(12, 1024).unwrap())
    }

    #[test]
    fn places_are_where_upstream_finds_them() {
        // envoyproxy/envoy ring_hash_lb_test.cc, RingHashLoadBalancerTest.Basic: hosts
        // 127.0.0.1:90 to :95, minimum ring size 12.
        let expected: [(u64, u32); 12] = [
            (833_437_586_790_550_860, 4),
            (928_266_305_478_181_108, 2),
            (1_033_482_794_131_418_490, 0),
            (3_551_244_743_356_806_947, 5),
            (3_851_675_632_748_031_481, 3),
            (5_583_722_120_771_150_861, 1),
            (6_311_230_543_546_372_928, 1),
            (7_700_377_290_971_790_572, 3),
            (13_144_177_310_400_110_813, 5),
            (13_444_792_449_719_432_967, 2),
            (15_516_499_411_664_133_160, 4),
            (16_117_243_373_044_804_889, 0),
        ];
        assert_eq!(ring().places, expected);
    }

    #[test]
    fn requests_go_to_the_next_place_and_around() {
        // The same test's picks.
        let ring = ring();
        let picks = [
            (0, 4),
            (u64::MAX, 4),
            (3_551_244_743_356_806_947, 5),
            (3_551_244_743_356_806_948, 3),
            (16_117_243_373_044_804_880, 0),
        ];
        for (hash, host) in picks {
            assert_eq!(ring.host(hash, 0), Some(host), "{hash}");
        }
        assert_eq!(ring.host(0, 1), Some(2), "the next place");
        assert_eq!(Ring::default().host(0, 0), None);
        assert!(!ring.is_empty() && ring.len() == 12);
        assert_eq!(RingSize::new(20, 10), None);
    }
}
