//! The endpoints of one Service.

use super::{Conditions, EndpointPod, InclusionOfTerminating, belongs, conditions};
use crate::ids::PodId;

/// All addresses of one Service, in the order in which the pods came.
#[derive(Debug, Clone, Default)]
pub struct EndpointSlice {
    publish_not_ready: bool,
    addresses: Vec<(PodId, Conditions)>,
    generation: u64,
}

/// What an observation changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing: proxies hear of nothing.
    Nothing,
    /// The address is new or has other conditions.
    Conditions(Conditions),
    /// The address is gone.
    Removed,
}

impl EndpointSlice {
    /// An empty slice of a Service.
    pub fn new(publish_not_ready: bool) -> Self {
        Self {
            publish_not_ready,
            ..Self::default()
        }
    }

    /// Takes over what the controller sees of a pod now; `None`: the pod object is gone.
    pub fn observe(&mut self, pod: PodId, seen: Option<&EndpointPod>) -> Change {
        let seen = seen.filter(|pod| belongs(pod, InclusionOfTerminating::Included));
        let place = self.addresses.iter().position(|(known, _)| *known == pod);
        let change = match (place, seen) {
            (None, None) => Change::Nothing,
            (Some(place), None) => {
                self.addresses.remove(place);
                Change::Removed
            }
            (place, Some(seen)) => self.write(pod, place, conditions(seen, self.publish_not_ready)),
        };
        self.generation += u64::from(change != Change::Nothing);
        change
    }

    fn write(&mut self, pod: PodId, place: Option<usize>, new: Conditions) -> Change {
        match place {
            Some(place) if self.addresses[place].1 == new => return Change::Nothing,
            Some(place) => self.addresses[place].1 = new,
            None => self.addresses.push((pod, new)),
        }
        Change::Conditions(new)
    }

    /// Where new connections go: the ready addresses; if none is ready anywhere, the serving ones
    /// that terminate (kube-proxy, pkg/proxy/topology.go).
    pub fn backends(&self, into: &mut Vec<PodId>) {
        into.clear();
        let ready = self.addresses.iter().filter(|(_, state)| state.ready);
        into.extend(ready.map(|(pod, _)| *pod));
        if into.is_empty() {
            let leaving = |state: &Conditions| state.serving && state.terminating;
            let fallback = self.addresses.iter().filter(|(_, state)| leaving(state));
            into.extend(fallback.map(|(pod, _)| *pod));
        }
    }

    /// Grows with every change.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::PodPhase;

    const READY: EndpointPod = EndpointPod {
        phase: PodPhase::Running,
        has_ip: true,
        ready: true,
        terminating: false,
    };
    const LEAVING: EndpointPod = EndpointPod {
        terminating: true,
        ..READY
    };

    fn backends(slice: &EndpointSlice) -> Vec<usize> {
        let mut pods = Vec::new();
        slice.backends(&mut pods);
        pods.into_iter().map(PodId::index).collect()
    }

    #[test]
    fn ready_addresses_come_first_and_leaving_ones_only_when_none_is_ready() {
        let mut slice = EndpointSlice::new(false);
        slice.observe(PodId::new(0), Some(&READY));
        slice.observe(PodId::new(1), Some(&READY));
        slice.observe(PodId::new(0), Some(&LEAVING));
        assert_eq!(backends(&slice), [1]);
        slice.observe(PodId::new(1), Some(&LEAVING));
        assert_eq!(backends(&slice), [0, 1], "better a leaving pod than none");
        slice.observe(
            PodId::new(0),
            Some(&EndpointPod {
                ready: false,
                ..LEAVING
            }),
        );
        assert_eq!(
            backends(&slice),
            [1],
            "one that fails its probe does not serve"
        );
        assert_eq!(slice.observe(PodId::new(1), None), Change::Removed);
        assert_eq!(backends(&slice), [] as [usize; 0]);
    }

    #[test]
    fn what_changes_nothing_is_no_generation() {
        let mut slice = EndpointSlice::new(false);
        slice.observe(PodId::new(0), Some(&READY));
        let before = slice.generation();
        assert_eq!(slice.observe(PodId::new(0), Some(&READY)), Change::Nothing);
        assert_eq!(slice.generation(), before);
    }
}
