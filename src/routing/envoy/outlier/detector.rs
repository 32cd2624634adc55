//! The detector of one client proxy over one cluster.

use crate::engine::Draw;
use crate::units::{SimDuration, SimTime};

use super::streak::Streaks;
use super::{Observation, OutlierSettings, Trigger};

/// What came of a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ejection {
    /// Out of service.
    Ejected,
    /// Too many are out already.
    Overflow,
    /// It was out before; the answer came from a request sent earlier.
    AlreadyEjected,
}

#[derive(Debug, Clone, Copy, Default)]
struct Monitor {
    streaks: Streaks,
    multiplier: u32,
    ejected: Option<SimTime>,
    jitter: SimDuration,
    returned: Option<SimTime>,
}

/// The state of all hosts. Hosts are indices, in the order of the caller's list.
#[derive(Debug, Clone)]
pub struct Detector {
    settings: OutlierSettings,
    monitors: Vec<Monitor>,
    ejected: u32,
}

impl Detector {
    /// A detector that knows no host.
    pub const fn new(settings: OutlierSettings) -> Self {
        Self {
            settings,
            monitors: Vec::new(),
            ejected: 0,
        }
    }
    /// A host joins at the end of the list.
    pub fn add(&mut self) {
        self.monitors.push(Monitor::default());
    }
    /// A host leaves; those behind it move up.
    pub fn remove(&mut self, host: u32) {
        let monitor = self.monitors.remove(host as usize);
        self.ejected -= u32::from(monitor.ejected.is_some());
    }

    /// Counts what an attempt showed. A returned trigger must be handed to
    /// [`eject`](Self::eject): upstream does so at once.
    #[inline]
    pub fn observe(&mut self, host: u32, seen: Observation) -> Option<Trigger> {
        let monitor = &mut self.monitors[host as usize];
        monitor.streaks.observe(seen, &self.settings)
    }

    /// Takes a host out of service if the share allows it. The streak begins anew either way.
    pub fn eject(
        &mut self,
        host: u32,
        trigger: Trigger,
        now: SimTime,
        draw: &mut Draw,
    ) -> Ejection {
        let allowed = self
            .settings
            .allows_one_more(self.ejected, self.monitors.len());
        let monitor = &mut self.monitors[host as usize];
        if monitor.ejected.is_some() {
            return Ejection::AlreadyEjected;
        }
        monitor.streaks.begin_anew(trigger);
        if !allowed {
            return Ejection::Overflow;
        }
        monitor.ejected = Some(now);
        monitor.jitter = jitter(self.settings.max_ejection_time_jitter, draw);
        monitor.multiplier += u32::from(self.settings.may_grow(monitor.multiplier));
        self.ejected += 1;
        Ejection::Ejected
    }

    /// A tick of the interval: returns the hosts that come back, and takes one off the multiplier
    /// of those in service for an interval or more.
    pub fn tick(&mut self, now: SimTime) -> Vec<u32> {
        let settings = self.settings;
        let is_over = |monitor: &Monitor| {
            let lasts = settings.ejection_time(monitor.multiplier) + monitor.jitter;
            monitor.ejected.is_some_and(|since| since + lasts <= now)
        };
        let numbered = (0u32..).zip(&self.monitors);
        let over: Vec<u32> = numbered
            .filter(|(_, monitor)| is_over(monitor))
            .map(|(host, _)| host)
            .collect();
        for host in &over {
            self.readmit(*host, now);
        }
        for monitor in &mut self.monitors {
            let served = monitor.returned.map(|at| now.saturating_since(at));
            let long = served.is_some_and(|served| served >= settings.interval);
            if long && monitor.ejected.is_none() {
                monitor.multiplier = monitor.multiplier.saturating_sub(1);
            }
        }
        over
    }

    /// A host comes back; also when it passes an active check
    /// (`successful_active_health_check_uneject_host`, on by default).
    pub fn readmit(&mut self, host: u32, now: SimTime) {
        let monitor = &mut self.monitors[host as usize];
        self.ejected -= u32::from(monitor.ejected.is_some());
        *monitor = Monitor {
            multiplier: monitor.multiplier,
            returned: Some(now),
            ..Monitor::default()
        };
    }

    /// Whether a host is out of service.
    pub fn is_ejected(&self, host: u32) -> bool {
        self.monitors[host as usize].ejected.is_some()
    }
    /// How many are out of service.
    pub const fn ejected(&self) -> u32 {
        self.ejected
    }
    /// In how many base times the next return of a host is measured.
    pub fn multiplier(&self, host: u32) -> u32 {
        self.monitors[host as usize].multiplier
    }
    /// Whether ticks have anything to do. Until they do, they need not happen.
    pub fn needs_ticks(&self) -> bool {
        let mut monitors = self.monitors.iter();
        self.ejected > 0 || monitors.any(|monitor| monitor.multiplier > 0)
    }
}

/// Uniform in whole milliseconds up to and including the greatest.
fn jitter(greatest: SimDuration, draw: &mut Draw) -> SimDuration {
    let millis = greatest.as_nanos() / 1_000_000;
    match u32::try_from(millis + 1) {
        Ok(1) => SimDuration::ZERO,
        Ok(choices) => SimDuration::from_millis(u64::from(draw.below(choices))),
        Err(_) => greatest.mul_f64(draw.uniform()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Key;
    use crate::ids::RunIndex;

    fn detector(hosts: usize, settings: OutlierSettings) -> Detector {
        let mut detector = Detector::new(settings);
        (0..hosts).for_each(|_| detector.add());
        detector
    }

    #[test]
    fn late_errors_of_an_ejected_host_change_nothing_and_a_leaver_frees_its_place() {
        let settings = OutlierSettings {
            max_ejection_percent: 50,
            ..OutlierSettings::default()
        };
        let mut detector = detector(3, settings);
        let mut draw = Key::of_run(1, RunIndex::new(0)).at(0);
        let mut eject = |detector: &mut Detector, host: u32| {
            detector.eject(host, Trigger::Consecutive5xx, SimTime::ZERO, &mut draw)
        };
        assert_eq!(eject(&mut detector, 0), Ejection::Ejected);
        assert_eq!(eject(&mut detector, 0), Ejection::AlreadyEjected);
        // A second of three would be 66 %.
        assert_eq!(eject(&mut detector, 1), Ejection::Overflow);
        detector.remove(0);
        // One of two is 50 %; what was host 2 is host 1 now.
        assert_eq!(eject(&mut detector, 1), Ejection::Ejected);
        assert!(!detector.is_ejected(0) && detector.is_ejected(1));
    }

    #[test]
    fn ticks_are_needed_until_the_last_multiplier_is_gone() {
        let settings = OutlierSettings {
            max_ejection_percent: 100,
            ..OutlierSettings::default()
        };
        let mut detector = detector(1, settings);
        assert!(!detector.needs_ticks());
        let mut draw = Key::of_run(1, RunIndex::new(0)).at(0);
        detector.eject(0, Trigger::Consecutive5xx, SimTime::ZERO, &mut draw);
        // Out for 30 s, back at the third tick; the multiplier of 1 goes one interval later.
        let story: Vec<(bool, u32)> = (1..=4)
            .map(|tick| {
                detector.tick(SimTime::from_secs(10 * tick));
                (detector.is_ejected(0), detector.multiplier(0))
            })
            .collect();
        assert_eq!(story, [(true, 1), (true, 1), (false, 1), (false, 0)]);
        assert!(!detector.needs_ticks());
    }
}
