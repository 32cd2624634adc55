//! When the control plane sends changes to the proxies (istio/istio at 86c9f01f,
//! pilot/pkg/xds/discovery.go `debounce`; reference progressive-delivery.md §5.8).

use crate::units::{SimDuration, SimTime};

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A configuration: routes, rules, Services.
    Config,
    /// Only which pods stand behind a Service.
    Endpoints,
}

/// What happens to changes of endpoints alone (`PILOT_ENABLE_EDS_DEBOUNCE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EndpointChanges {
    /// They wait like the others; the default.
    #[default]
    Debounced,
    /// They are pushed at once, beside whatever is under way.
    AtOnce,
}

/// How long changes are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DebounceSpec {
    /// `PILOT_DEBOUNCE_AFTER`, default 100 ms: it has to be quiet for as long.
    pub after: SimDuration,
    /// `PILOT_DEBOUNCE_MAX`, default 10 s: the first change waits no longer, but for the next look.
    pub max: SimDuration,
    /// Default: they wait like the others.
    pub endpoints: EndpointChanges,
}

impl Default for DebounceSpec {
    fn default() -> Self {
        Self {
            after: SimDuration::from_millis(100),
            max: SimDuration::from_secs(10),
            endpoints: EndpointChanges::default(),
        }
    }
}

/// Changes that go out together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Push {
    /// How many.
    pub changes: u32,
    /// When the first of them came.
    pub first: SimTime,
}

/// The gathering of changes into pushes, of which there is one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Debounce {
    spec: DebounceSpec,
    /// Changes that wait.
    waiting: u32,
    /// When the first of them came.
    first: SimTime,
    /// When the last of them came.
    last: SimTime,
    /// When it looks next whether it is quiet.
    look: Option<SimTime>,
    pushing: bool,
}

impl Debounce {
    /// Without changes.
    pub const fn new(spec: DebounceSpec) -> Self {
        Self {
            spec,
            waiting: 0,
            first: SimTime::ZERO,
            last: SimTime::ZERO,
            look: None,
            pushing: false,
        }
    }

    /// Whether such a change is a push of its own.
    pub fn sends_at_once(&self, change: Change) -> bool {
        change == Change::Endpoints && self.spec.endpoints == EndpointChanges::AtOnce
    }

    /// Takes in a change; returns a push of its own, which is outside the order, where one begins at
    /// once.
    pub fn change(&mut self, now: SimTime, change: Change) -> Option<Push> {
        if self.sends_at_once(change) {
            let alone = Push {
                changes: 1,
                first: now,
            };
            return Some(alone);
        }
        self.last = now;
        if self.waiting == 0 {
            self.first = now;
            self.look = Some(now + self.spec.after);
        }
        self.waiting += 1;
        None
    }

    /// When to [`wake`](Self::wake) it next.
    pub const fn next_wake(&self) -> Option<SimTime> {
        self.look
    }

    /// Looks whether it is time; returns the push that begins now. Call [`pushed`](Self::pushed) when
    /// it is done.
    pub fn wake(&mut self, now: SimTime) -> Option<Push> {
        self.look.take_if(|look| *look <= now)?;
        // While a push is under way nobody looks; its end does.
        match self.pushing {
            true => None,
            false => self.look_around(now),
        }
    }

    /// The push is done; returns the next, if it begins at once.
    pub fn pushed(&mut self, now: SimTime) -> Option<Push> {
        self.pushing = false;
        self.look_around(now)
    }

    fn look_around(&mut self, now: SimTime) -> Option<Push> {
        if self.waiting == 0 {
            return None;
        }
        let quiet = now - self.last;
        if now - self.first < self.spec.max && quiet < self.spec.after {
            self.look = Some(now + (self.spec.after - quiet));
            return None;
        }
        self.pushing = true;
        Some(Push {
            changes: std::mem::take(&mut self.waiting),
            first: self.first,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> SimTime {
        SimTime::from_nanos(millis * 1_000_000)
    }

    /// Begins of pushes in ms and their changes, where a push takes `length`.
    fn story(spec: DebounceSpec, length: u64, changes: &[u64]) -> Vec<(u64, u32)> {
        let mut debounce = Debounce::new(spec);
        let (mut story, mut done) = (Vec::new(), None);
        let mut left = changes.iter().map(|ms| at(*ms)).peekable();
        loop {
            let times = [left.peek().copied(), done, debounce.next_wake()];
            let Some(now) = times.into_iter().flatten().min() else {
                return story;
            };
            let push = if left.next_if_eq(&now).is_some() {
                debounce.change(now, Change::Config)
            } else if done.take_if(|done| *done == now).is_some() {
                debounce.pushed(now)
            } else {
                debounce.wake(now)
            };
            if let Some(push) = push {
                story.push((now.as_nanos() / 1_000_000, push.changes));
                done = Some(now + SimDuration::from_millis(length));
            }
        }
    }

    #[test]
    fn changes_during_a_push_go_out_together_when_it_ends() {
        // The first waits 100 ms and its push lasts until 600. The others came at 300 and 350, have
        // been quiet for 250 ms then, and so go out at 600.
        let told = story(DebounceSpec::default(), 500, &[0, 300, 350]);
        assert_eq!(told, [(100, 1), (600, 2)]);
        // At 600 the one of 550 has been quiet for 50 ms only: it goes out at 650.
        let told = story(DebounceSpec::default(), 500, &[0, 550]);
        assert_eq!(told, [(100, 1), (650, 1)]);
    }

    /// Upstream's `TestDebounce`, "Should push synchronously after debounce": after 50 ms, at most
    /// 100 ms, pushes of 200 ms; the second change comes while the first is pushed.
    #[test]
    fn a_change_after_the_quiet_gets_a_push_of_its_own() {
        let spec = DebounceSpec {
            after: SimDuration::from_millis(50),
            max: SimDuration::from_millis(100),
            endpoints: EndpointChanges::AtOnce,
        };
        assert_eq!(story(spec, 200, &[0, 60]), [(50, 1), (250, 1)]);
    }

    #[test]
    fn endpoints_wait_unless_told_otherwise() {
        let mut waits = Debounce::new(DebounceSpec::default());
        assert_eq!(waits.change(at(5), Change::Endpoints), None);
        assert_eq!(waits.next_wake(), Some(at(105)));
        let mut hurries = Debounce::new(DebounceSpec {
            endpoints: EndpointChanges::AtOnce,
            ..DebounceSpec::default()
        });
        let alone = Push {
            changes: 1,
            first: at(5),
        };
        assert_eq!(hurries.change(at(5), Change::Endpoints), Some(alone));
        assert_eq!(hurries.next_wake(), None);
    }
}
