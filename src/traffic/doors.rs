//! The Services that the requests of a source go to.

use super::Split;
use super::connections::Pool;

/// A Service and the connections kept to its pods.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub(super) service: usize,
    /// One pool for each client node; empty: a new connection for each attempt.
    pub(super) pools: Vec<Pool>,
}

/// One Service, or two that a router splits the requests between.
#[derive(Debug, Clone)]
pub(super) struct Doors {
    entry: Door,
    other: Option<(Door, Split)>,
}

impl Doors {
    pub(super) fn new(service: usize, pools: Vec<Pool>) -> Self {
        Self {
            entry: Door { service, pools },
            other: None,
        }
    }

    #[inline]
    pub(super) fn is_split(&self) -> bool {
        self.other.is_some()
    }

    /// The door that a request with this luck takes: the other one for the lowest luck, so that
    /// whom a weight lets in, a higher weight lets in as well.
    #[inline]
    pub(super) fn pick(&mut self, luck: u64) -> &mut Door {
        match &mut self.other {
            Some((door, split)) if split.takes(luck) => door,
            _ => &mut self.entry,
        }
    }

    /// Splits anew; connections to the other Service stay while it is the same one.
    pub(super) fn split(&mut self, split: Option<Split>) {
        let Some(split) = split else {
            self.other = None;
            return;
        };
        let service = split.service.index();
        match &mut self.other {
            Some((door, known)) if door.service == service => *known = split,
            _ => {
                let pools = self.entry.pools.iter().map(Pool::emptied).collect();
                self.other = Some((Door { service, pools }, split));
            }
        }
    }

    /// All pools of connections.
    pub(super) fn pools_mut(&mut self) -> impl Iterator<Item = &mut Pool> {
        let other = self.other.iter_mut().flat_map(|(door, _)| &mut door.pools);
        self.entry.pools.iter_mut().chain(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ServiceId;

    fn split(parts: u32) -> Option<Split> {
        Some(Split {
            service: ServiceId::new(1),
            parts,
            whole: 100,
        })
    }

    fn share_of_the_other(doors: &mut Doors) -> usize {
        let lucks = (0..100u64).map(|k| k * (u64::MAX / 100) + u64::MAX / 200);
        lucks.filter(|luck| doors.pick(*luck).service == 1).count()
    }

    #[test]
    fn a_weight_takes_its_share_of_all_luck() {
        let mut doors = Doors::new(0, Vec::new());
        assert_eq!(share_of_the_other(&mut doors), 0);
        for parts in [0, 1, 20, 50, 100] {
            doors.split(split(parts));
            assert_eq!(share_of_the_other(&mut doors), parts as usize);
        }
        doors.split(None);
        assert_eq!(share_of_the_other(&mut doors), 0);
    }

    #[test]
    fn whom_a_weight_lets_in_a_higher_one_does_too() {
        let mut doors = Doors::new(0, Vec::new());
        let luck = u64::MAX / 100 * 7;
        let chosen = [5, 10, 60].map(|parts| {
            doors.split(split(parts));
            doors.pick(luck).service
        });
        assert_eq!(chosen, [0, 1, 1]);
    }
}
