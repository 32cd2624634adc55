//! Active health checks of one host by one client proxy (`health_checker_base_impl.cc`).
//!
//! ```text
//!   due ──▶ sent ──▶ passed / failed / timed out ──▶ due again one interval after the result
//! ```
//!
//! * A host begins as failed. Its first check decides at once, whatever the thresholds.
//! * A bad answer fails a host at once; a failed connection or a timeout only after
//!   `unhealthy_threshold` in a row.
//! * A failed host is back after `healthy_threshold` passes in a row.
//!
//! Not modelled: the slower interval of a cluster that has never had traffic, checks that may be
//! retried by status, degraded hosts, hosts that announce their own failure.

use crate::engine::Draw;
use crate::units::SimDuration;

/// `health_checks` of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthCheckSettings {
    /// From a result to the next check of a healthy host.
    pub interval: SimDuration,
    /// From a result to the next check of a failed host; default the interval.
    pub unhealthy_interval: SimDuration,
    /// From a failure that was not enough yet to the next check; default `unhealthy_interval`.
    pub unhealthy_edge_interval: SimDuration,
    /// From a pass that was not enough yet to the next check; default the interval.
    pub healthy_edge_interval: SimDuration,
    /// Added to every interval, uniformly below this, in whole milliseconds; default zero.
    pub interval_jitter: SimDuration,
    /// How long a check may take.
    pub timeout: SimDuration,
    /// Failed connections and timeouts in a row that fail a host; at least 1.
    pub unhealthy_threshold: u32,
    /// Passes in a row that bring it back; at least 1.
    pub healthy_threshold: u32,
}

impl HealthCheckSettings {
    /// This interval throughout, both thresholds 2, no jitter.
    pub const fn every(interval: SimDuration, timeout: SimDuration) -> Self {
        Self {
            interval,
            unhealthy_interval: interval,
            unhealthy_edge_interval: interval,
            healthy_edge_interval: interval,
            interval_jitter: SimDuration::ZERO,
            timeout,
            unhealthy_threshold: 2,
            healthy_threshold: 2,
        }
    }
}

/// What one check showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckResult {
    /// The expected answer in time.
    Passed,
    /// Another answer.
    BadAnswer,
    /// No connection, or a broken one.
    NetworkFailure,
    /// Nothing within the timeout.
    TimedOut,
}

/// What a check changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// Nothing.
    Unchanged,
    /// Nothing yet: more of the same would.
    Pending,
    /// The host's health.
    Changed,
}

/// The check of one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthCheck {
    failed: bool,
    is_first: bool,
    passes: u32,
    failures: u32,
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self::new()
    }
}

impl HealthCheck {
    /// A host that was never checked.
    pub const fn new() -> Self {
        Self {
            failed: true,
            is_first: true,
            passes: 0,
            failures: 0,
        }
    }
    /// A host that has passed before.
    pub const fn settled() -> Self {
        Self {
            failed: false,
            is_first: false,
            passes: 0,
            failures: 0,
        }
    }
    /// Whether the host may be used.
    pub const fn is_healthy(&self) -> bool {
        !self.failed
    }
    /// Whether it was never checked.
    pub const fn is_first(&self) -> bool {
        self.is_first
    }

    /// Takes in the result of a check.
    pub fn observe(&mut self, result: CheckResult, settings: &HealthCheckSettings) -> Transition {
        let transition = match result {
            CheckResult::Passed => self.pass(settings),
            failure => self.fail(failure, settings),
        };
        self.is_first = false;
        transition
    }

    fn pass(&mut self, settings: &HealthCheckSettings) -> Transition {
        self.failures = 0;
        if !self.failed {
            return Transition::Unchanged;
        }
        self.passes += u32::from(!self.is_first);
        if self.is_first || self.passes == settings.healthy_threshold {
            self.failed = false;
            return Transition::Changed;
        }
        Transition::Pending
    }

    fn fail(&mut self, failure: CheckResult, settings: &HealthCheckSettings) -> Transition {
        self.passes = 0;
        if self.failed {
            return Transition::Unchanged;
        }
        let at_once = failure == CheckResult::BadAnswer;
        self.failures += u32::from(!at_once);
        if at_once || self.failures == settings.unhealthy_threshold {
            self.failed = true;
            return Transition::Changed;
        }
        Transition::Pending
    }

    /// How long after this result the next check is sent.
    pub fn wait(
        settings: &HealthCheckSettings,
        result: CheckResult,
        transition: Transition,
        draw: &mut Draw,
    ) -> SimDuration {
        let interval = match (result, transition) {
            (CheckResult::Passed, Transition::Pending) => settings.healthy_edge_interval,
            (CheckResult::Passed, _) => settings.interval,
            (_, Transition::Pending) => settings.unhealthy_edge_interval,
            _ => settings.unhealthy_interval,
        };
        match settings.interval_jitter.as_nanos() / 1_000_000 {
            0 => interval,
            jitter => interval + SimDuration::from_millis(draw.bits() % jitter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Key;
    use crate::ids::RunIndex;
    use CheckResult::{BadAnswer, NetworkFailure, Passed, TimedOut};
    use Transition::{Changed, Pending, Unchanged};

    fn settings() -> HealthCheckSettings {
        HealthCheckSettings::every(SimDuration::SECOND, SimDuration::from_millis(500))
    }

    fn story(mut check: HealthCheck, results: &[CheckResult]) -> Vec<(Transition, bool)> {
        let told = results.iter().map(|result| {
            let transition = check.observe(*result, &settings());
            (transition, check.is_healthy())
        });
        told.collect()
    }

    #[test]
    fn the_first_check_decides_at_once() {
        assert_eq!(story(HealthCheck::new(), &[Passed]), [(Changed, true)]);
        let failed = story(HealthCheck::new(), &[NetworkFailure, Passed, Passed]);
        assert_eq!(
            failed,
            [(Unchanged, false), (Pending, false), (Changed, true)]
        );
    }

    #[test]
    fn connections_fail_a_host_by_threshold_and_answers_at_once() {
        let lost = story(HealthCheck::settled(), &[NetworkFailure, TimedOut]);
        assert_eq!(lost, [(Pending, true), (Changed, false)]);
        let flapping = [NetworkFailure, Passed, NetworkFailure, BadAnswer];
        let told = story(HealthCheck::settled(), &flapping);
        let expected = [
            (Pending, true),
            (Unchanged, true),
            (Pending, true),
            (Changed, false),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_killed_host_is_out_after_phase_plus_one_interval_and_back_at_the_second_pass() {
        // Recorded: interval 1 s, thresholds 2, killed at 0, up again at 3 s: last failures 1.0 to
        // 2.0 s after the kill, back 4.0 to 5.0 s after it, by the phase of the checks. With the
        // first check at phase p the failures are at p and p + 1, passes at p + 3 and p + 4.
        let mut draw = Key::of_run(1, RunIndex::new(0)).at(0);
        for phase in [0.125, 0.5, 0.875] {
            let mut check = HealthCheck::settled();
            let (mut at, mut changes) = (phase, Vec::new());
            for _ in 0..6 {
                let result = if at < 3.0 { NetworkFailure } else { Passed };
                let transition = check.observe(result, &settings());
                if transition == Changed {
                    changes.push(at);
                }
                let wait = HealthCheck::wait(&settings(), result, transition, &mut draw);
                at += wait.as_secs_f64();
            }
            assert_eq!(changes, [phase + 1.0, phase + 4.0]);
        }
    }
}
