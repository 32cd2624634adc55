//! What a `like` image or a risk changes in a behaviour.

use super::{Behaviour, Health, OnSigterm, WarmUp};
use crate::laws::Law;
use crate::units::{Bytes, Ratio, SimDuration};

/// Keys of an image that a `like` or a risk may change; absent ones stay.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Differences {
    /// Replaces [`Behaviour::start_up`].
    pub start_up: Option<Law>,
    /// Replaces [`Behaviour::warm_up`].
    pub warm_up: Option<WarmUp>,
    /// Replaces the service time.
    pub service_time: Option<Law>,
    /// Multiplies the service time; applied after `service_time`.
    pub service_time_factor: Option<f64>,
    /// Replaces [`Behaviour::cpu_share`].
    pub cpu_share: Option<Ratio>,
    /// Replaces [`Behaviour::concurrency`].
    pub concurrency: Option<u32>,
    /// Replaces [`Behaviour::queue`].
    pub queue: Option<u32>,
    /// Replaces the memory of an idle, fresh process.
    pub memory_base: Option<Bytes>,
    /// Replaces the memory per request in flight.
    pub memory_per_request: Option<Bytes>,
    /// Replaces the memory leaked per hour.
    pub memory_growth_per_hour: Option<Bytes>,
    /// A law of shares, drawn once per truth.
    pub error_rate: Option<Law>,
    /// Replaces [`Behaviour::users`].
    pub users: Option<Ratio>,
    /// Replaces the chance of a crash at the end of start-up.
    pub crash_on_start: Option<Ratio>,
    /// Replaces the time from start to a crash.
    pub crash_after: Option<Law>,
    /// Replaces the chance that a request takes the process down.
    pub crash_per_request: Option<Ratio>,
    /// Replaces [`Behaviour::size`].
    pub size: Option<Bytes>,
    /// Replaces [`Behaviour::on_sigterm`].
    pub on_sigterm: Option<OnSigterm>,
    /// Replaces [`Behaviour::drain_limit`].
    pub drain_limit: Option<SimDuration>,
    /// Replaces [`Behaviour::closes_idle_connections`].
    pub closes_idle_connections: Option<bool>,
    /// Replaces the answer to startup probes.
    pub health_startup: Option<Health>,
    /// Replaces the answer to readiness probes.
    pub health_readiness: Option<Health>,
    /// Replaces the answer to liveness probes.
    pub health_liveness: Option<Health>,
    /// Replaces whether probes wait behind the queue.
    pub health_time_out_under_load: Option<bool>,
}

impl Differences {
    /// The behaviour with these differences laid over it. `luck`, in (0, 1), is the quantile at
    /// which a drawn magnitude (the error rate) is read: one number per truth, so that every pod
    /// of every variant meets the same defect.
    #[must_use]
    pub fn apply(&self, base: &Behaviour, luck: f64) -> Behaviour {
        let mut changed = base.clone();
        self.change_serving(&mut changed, luck);
        self.change_resources(&mut changed);
        self.change_life(&mut changed);
        self.change_health(&mut changed);
        changed
    }

    fn change_serving(&self, to: &mut Behaviour, luck: f64) {
        replace(&mut to.service_time, self.service_time);
        if let Some(factor) = self.service_time_factor {
            to.service_time = scaled(to.service_time, factor);
        }
        replace(&mut to.concurrency, self.concurrency);
        to.queue = self.queue.or(to.queue);
        let rate = self.error_rate.map(|law| share_at(&law, luck));
        replace(&mut to.error_rate, rate);
        replace(&mut to.users, self.users);
    }

    fn change_resources(&self, to: &mut Behaviour) {
        replace(&mut to.cpu_share, self.cpu_share);
        replace(&mut to.memory.base, self.memory_base);
        replace(&mut to.memory.per_request, self.memory_per_request);
        replace(&mut to.memory.growth_per_hour, self.memory_growth_per_hour);
        replace(&mut to.size, self.size);
    }

    fn change_life(&self, to: &mut Behaviour) {
        replace(&mut to.start_up, self.start_up);
        to.warm_up = self.warm_up.or(to.warm_up);
        replace(&mut to.crash.on_start, self.crash_on_start);
        to.crash.after = self.crash_after.or(to.crash.after);
        replace(&mut to.crash.per_request, self.crash_per_request);
        replace(&mut to.on_sigterm, self.on_sigterm);
        to.drain_limit = self.drain_limit.or(to.drain_limit);
        replace(
            &mut to.closes_idle_connections,
            self.closes_idle_connections,
        );
    }

    fn change_health(&self, to: &mut Behaviour) {
        replace(&mut to.health.startup, self.health_startup.clone());
        replace(&mut to.health.readiness, self.health_readiness.clone());
        replace(&mut to.health.liveness, self.health_liveness.clone());
        replace(
            &mut to.health.time_out_under_load,
            self.health_time_out_under_load,
        );
    }
}

fn replace<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// The law's value at this quantile, kept within the whole: a share above 100 % cannot be.
fn share_at(law: &Law, luck: f64) -> Ratio {
    let fraction = law.quantile(luck).clamp(0.0, 1.0);
    Ratio::from_fraction(fraction).expect("clamped to 0 ..= 1")
}

/// The law of `factor` times a value of this law.
fn scaled(law: Law, factor: f64) -> Law {
    match law {
        Law::Constant(value) => Law::Constant(value * factor),
        Law::Uniform { low, high } => Law::Uniform {
            low: low * factor,
            high: high * factor,
        },
        Law::Exponential { mean } => Law::Exponential {
            mean: mean * factor,
        },
        Law::LogNormal { location, scale } => Law::LogNormal {
            location: location + libm::log(factor),
            scale,
        },
        Law::Erlang { stages, mean } => Law::Erlang {
            stages,
            mean: mean * factor,
        },
        Law::HyperExponential {
            chance,
            first,
            second,
        } => Law::HyperExponential {
            chance,
            first: first * factor,
            second: second * factor,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::Unit;
    use proptest::prelude::*;

    fn seconds(text: &str) -> Law {
        Law::parse(text, Unit::Seconds).unwrap()
    }

    fn image() -> Behaviour {
        Behaviour::new(seconds("8s"), seconds("10ms"), 4)
    }

    #[test]
    fn no_difference_changes_nothing() {
        assert_eq!(Differences::default().apply(&image(), 0.3), image());
    }

    #[test]
    fn a_factor_multiplies_every_quantile_of_every_law() {
        for text in [
            "8ms",
            "uniform(1ms, 5ms)",
            "exponential(mean = 8ms)",
            "lognormal(p50 = 8ms, p99 = 60ms)",
            "erlang(k = 4, mean = 8ms)",
            "hyperexponential(mean = 1s, scv = 4)",
        ] {
            let law = seconds(text);
            for u in [0.001, 0.5, 0.9, 0.9999] {
                let (plain, fourfold) = (law.quantile(u), scaled(law, 4.0).quantile(u));
                // Numeric quantiles stop at about 1e-12 of their value.
                assert!((fourfold / plain - 4.0).abs() < 1e-9, "{text} at {u}");
            }
        }
    }

    #[test]
    fn a_new_law_and_a_factor_apply_in_this_order() {
        let differences = Differences {
            service_time: Some(seconds("20ms")),
            service_time_factor: Some(3.0),
            ..Differences::default()
        };
        let mean = differences.apply(&image(), 0.5).service_time.mean();
        assert!((mean - 0.06).abs() < 1e-12, "3 x 20 ms, {mean}");
    }

    proptest! {
        #[test]
        fn the_error_rate_is_the_law_at_the_luck_of_the_truth(luck in 0.0001f64..0.9999) {
            let law = Law::parse("uniform(0.5%, 20%)", Unit::Share).unwrap();
            let differences = Differences { error_rate: Some(law), ..Differences::default() };
            let rate = differences.apply(&image(), luck).error_rate.as_fraction();
            // A uniform's quantile is low + luck x (high - low); shares are kept to 10^-9.
            prop_assert!((rate - (0.005 + luck * 0.195)).abs() < 1e-9);
        }

        #[test]
        fn the_later_of_two_overlays_wins_and_both_leave_the_rest(a in 1u32..99, b in 1u32..99) {
            let first = Differences { concurrency: Some(a), queue: Some(a), ..Differences::default() };
            let second = Differences { concurrency: Some(b), ..Differences::default() };
            let both = second.apply(&first.apply(&image(), 0.5), 0.5);
            let expected = Behaviour { concurrency: b, queue: Some(a), ..image() };
            prop_assert_eq!(both, expected);
        }
    }
}
