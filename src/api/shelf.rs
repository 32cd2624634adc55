//! All objects of one kind: as written, and as watchers have seen them.

use std::collections::VecDeque;

use crate::units::{SimDuration, SimTime};

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// A person, or a tool that acts for one.
    People,
    /// The Deployment controller.
    DeploymentController,
    /// The ReplicaSet controller.
    ReplicaSetController,
    /// The controller of Argo Rollouts.
    RolloutController,
    /// A kubelet, or the scheduler that binds for it.
    Kubelet,
}

/// Which part of an object a write changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `spec`: raises `metadata.generation`.
    Spec,
    /// `status`.
    Status,
    /// Annotations and the deletion mark.
    Metadata,
}

/// An object with its book-keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored<T> {
    /// The object.
    pub object: T,
    /// `metadata.resourceVersion`: rises with every write to the kind.
    pub version: u64,
    /// `metadata.generation`: rises with every change of the spec, from 1.
    pub generation: u64,
    /// Who wrote the spec last.
    pub spec_writer: Writer,
    /// Who wrote the status last.
    pub status_writer: Writer,
}

/// A change that has reached the watchers.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<T> {
    /// Number of the object.
    pub index: usize,
    /// As watchers knew it; `None`: new to them.
    pub before: Option<Stored<T>>,
    /// As they know it now; `None`: gone.
    pub after: Option<Stored<T>>,
}

/// All objects of one kind, by dense number.
#[derive(Debug, Clone)]
pub struct Shelf<T> {
    written: Vec<Option<Stored<T>>>,
    seen: Vec<Option<Stored<T>>>,
    in_flight: VecDeque<(usize, Option<Stored<T>>)>,
    last_arrival: SimTime,
    version: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            written: Vec::new(),
            seen: Vec::new(),
            in_flight: VecDeque::new(),
            last_arrival: SimTime::ZERO,
            version: 0,
        }
    }
}

impl<T: Copy> Shelf<T> {
    /// How many objects there have ever been.
    pub fn len(&self) -> usize {
        self.written.len()
    }
    /// Whether there has never been one.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }
    /// The object as last written; `None` if it is gone.
    pub fn get(&self, index: usize) -> Option<&Stored<T>> {
        self.written.get(index)?.as_ref()
    }
    /// The object as watchers know it; `None` if they do not (yet, or any more).
    pub fn seen(&self, index: usize) -> Option<&Stored<T>> {
        self.seen.get(index)?.as_ref()
    }

    /// Adds an object that watchers have known for long.
    pub fn add_settled(&mut self, object: T, writer: Writer) -> usize {
        let index = self.add(object, writer);
        self.in_flight.pop_back();
        self.seen[index] = self.written[index];
        index
    }

    /// Adds an object; the caller then schedules its arrival ([`Self::arrival`]).
    pub fn add(&mut self, object: T, writer: Writer) -> usize {
        self.version += 1;
        let index = self.written.len();
        let stored = Some(Stored {
            object,
            version: self.version,
            generation: 1,
            spec_writer: writer,
            status_writer: writer,
        });
        self.written.push(stored);
        self.seen.push(None);
        self.in_flight.push_back((index, stored));
        index
    }

    /// Writes an object and gives its version; the caller then schedules the arrival.
    ///
    /// # Panics
    /// If the object is gone: callers look before they write.
    pub fn write(&mut self, index: usize, object: T, part: Part, writer: Writer) -> u64 {
        self.version += 1;
        let stored = self.written[index]
            .as_mut()
            .expect("only what exists is written");
        stored.object = object;
        stored.version = self.version;
        match part {
            Part::Spec => (stored.generation, stored.spec_writer) = (stored.generation + 1, writer),
            Part::Status => stored.status_writer = writer,
            Part::Metadata => {}
        }
        self.in_flight.push_back((index, Some(*stored)));
        self.version
    }

    /// Removes an object; the caller then schedules the arrival of the news.
    pub fn remove(&mut self, index: usize) {
        self.version += 1;
        self.written[index] = None;
        self.in_flight.push_back((index, None));
    }

    /// When watchers see a write made now: never before an earlier one of the same kind.
    pub fn arrival(&mut self, now: SimTime, latency: SimDuration) -> SimTime {
        self.last_arrival = self.last_arrival.max(now + latency);
        self.last_arrival
    }

    /// Hands the oldest write in flight to the watchers.
    pub fn deliver(&mut self) -> Option<Delivery<T>> {
        let (index, after) = self.in_flight.pop_front()?;
        let before = std::mem::replace(&mut self.seen[index], after);
        Some(Delivery {
            index,
            before,
            after,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watchers_see_writes_late_and_in_order() {
        let mut shelf = Shelf::default();
        let index = shelf.add("a", Writer::People);
        let first = shelf.arrival(SimTime::ZERO, SimDuration::from_millis(50));
        shelf.write(index, "b", Part::Spec, Writer::DeploymentController);
        let second = shelf.arrival(SimTime::ZERO, SimDuration::from_millis(5));
        assert_eq!(second, first, "a quick watch does not overtake a slow one");
        assert!(shelf.seen(index).is_none());
        shelf.deliver();
        assert_eq!(shelf.seen(index).unwrap().object, "a");
        let news = shelf.deliver().unwrap();
        assert_eq!(news.after.unwrap().generation, 2);
        assert_eq!(
            shelf.get(index).unwrap().spec_writer,
            Writer::DeploymentController
        );
    }
}
