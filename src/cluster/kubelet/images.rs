//! Images on a node: pulled one at a time, kept for ever (reference §3.4).

use crate::ids::ImageId;
use crate::manifest::PullPolicy;
use crate::units::{Bytes, SimDuration, SimTime};

/// A look at the registry for an image that is there already. An assumption, not from the
/// reference: it only says that `Always` asks the registry at every start.
const REGISTRY_CONTACT: SimDuration = SimDuration::from_millis(100);

/// The images of one node and its serial puller.
#[derive(Debug, Clone)]
pub struct NodeImages {
    /// Each with the instant from which it is there.
    cached: Vec<(ImageId, SimTime)>,
    busy_until: SimTime,
    bytes_per_second: f64,
}

impl NodeImages {
    /// A node without images.
    pub fn new(bytes_per_second: f64) -> Self {
        Self {
            cached: Vec::new(),
            busy_until: SimTime::ZERO,
            bytes_per_second,
        }
    }
    /// The image is on the node.
    pub fn keep(&mut self, image: ImageId) {
        if self.there_from(image).is_none() {
            self.cached.push((image, SimTime::ZERO));
        }
    }
    /// When the image will be usable. Pulls queue behind each other; policy `Never` finds every
    /// image present.
    pub fn fetch(&mut self, now: SimTime, what: (ImageId, Bytes), policy: PullPolicy) -> SimTime {
        let (image, size) = what;
        match (policy, self.there_from(image)) {
            (PullPolicy::Never, _) => now,
            // Asked for while it is still being pulled: the layers are there when that pull is done.
            (PullPolicy::IfNotPresent, Some(from)) => now.max(from),
            (PullPolicy::Always, Some(_)) => self.work(now, REGISTRY_CONTACT),
            (_, None) => {
                let seconds = size.as_u64() as f64 / self.bytes_per_second;
                let from = self.work(now, SimDuration::from_secs_f64(seconds));
                self.cached.push((image, from));
                from
            }
        }
    }

    fn there_from(&self, image: ImageId) -> Option<SimTime> {
        let found = self.cached.iter().find(|(known, _)| *known == image);
        found.map(|(_, from)| *from)
    }

    fn work(&mut self, now: SimTime, length: SimDuration) -> SimTime {
        self.busy_until = self.busy_until.max(now) + length;
        self.busy_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_in_the_queue_is_there_when_its_own_pull_is_done() {
        let mut images = NodeImages::new(1e6);
        let at = |seconds| SimTime::from_secs(seconds);
        let mut fetch = |now, image, policy| {
            let what = (ImageId::new(image), Bytes::new(10_000_000));
            images.fetch(at(now), what, policy)
        };
        assert_eq!(fetch(0, 0, PullPolicy::IfNotPresent), at(10));
        assert_eq!(fetch(1, 1, PullPolicy::IfNotPresent), at(20));
        assert_eq!(fetch(2, 0, PullPolicy::IfNotPresent), at(10));
        assert_eq!(fetch(12, 0, PullPolicy::IfNotPresent), at(12));
        assert_eq!(fetch(30, 1, PullPolicy::Always), at(30) + REGISTRY_CONTACT);
        assert_eq!(fetch(31, 2, PullPolicy::Never), at(31));
    }
}
