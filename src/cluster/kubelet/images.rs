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
    cached: Vec<ImageId>,
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
        if !self.cached.contains(&image) {
            self.cached.push(image);
        }
    }
    /// When the image will be usable. Pulls queue behind each other; policy `Never` finds every
    /// image present.
    pub fn fetch(&mut self, now: SimTime, what: (ImageId, Bytes), policy: PullPolicy) -> SimTime {
        let (image, size) = what;
        let cached = self.cached.contains(&image);
        let work = match (policy, cached) {
            (PullPolicy::Never, _) => return now,
            // The layers of an earlier pull in the queue are there when the queue reaches us.
            (PullPolicy::IfNotPresent, true) => return now.max(self.arrival_of(image)),
            (PullPolicy::Always, true) => REGISTRY_CONTACT,
            (_, false) => SimDuration::from_secs_f64(size.as_u64() as f64 / self.bytes_per_second),
        };
        self.keep(image);
        self.busy_until = self.busy_until.max(now) + work;
        self.busy_until
    }

    /// An image that is being pulled right now is the last one of the queue at the latest.
    fn arrival_of(&self, image: ImageId) -> SimTime {
        match self.cached.last() {
            Some(last) if *last == image => self.busy_until,
            _ => SimTime::ZERO,
        }
    }
}
