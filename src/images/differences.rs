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
            to.service_time = to.service_time.scaled(factor);
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
        replace(&mut to.closes_idle_connections, self.closes_idle_connections);
    }

    fn change_health(&self, to: &mut Behaviour) {
        replace(&mut to.health.startup, self.health_startup.clone());
        replace(&mut to.health.readiness, self.health_readiness.clone());
        replace(&mut to.health.liveness, self.health_liveness.clone());
        replace(&mut to.health.time_out_under_load, self.health_time_out_under_load);
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
