//! The knobs of outlier detection.

use crate::units::SimDuration;

/// Whether the first ejected host counts against the greatest share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstEjection {
    /// It does: with 10 % and fewer than ten hosts nobody is ever ejected. Envoy's default now.
    #[default]
    Counts,
    /// One host may always be ejected: `always_eject_one_host`, and Envoy before that switch
    /// existed.
    AlwaysAllowed,
}

/// `outlier_detection` of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutlierSettings {
    /// Server errors in a row that eject; 0 never, default 5.
    pub consecutive_5xx: u32,
    /// Gateway errors (502, 503, 504, failed connections) in a row that eject; 0 (the default with
    /// Istio) never.
    pub consecutive_gateway_errors: u32,
    /// Connection failures and timeouts in a row that eject, counted apart from answers
    /// (`split_external_local_origin_errors`); none (the default) counts them as 503 and 504.
    pub consecutive_local_errors: Option<u32>,
    /// Between ticks; default 10 s.
    pub interval: SimDuration,
    /// Time out of service for the first ejection; default 30 s.
    pub base_ejection_time: SimDuration,
    /// Greatest time out of service; default 300 s, or the base time where that is longer.
    pub max_ejection_time: SimDuration,
    /// Added to each ejection, uniformly up to this; default zero.
    pub max_ejection_time_jitter: SimDuration,
    /// Greatest share of hosts out of service, the candidate included [%]; default 10.
    pub max_ejection_percent: u32,
    /// Whether that holds for the first, too.
    pub first_ejection: FirstEjection,
}

impl Default for OutlierSettings {
    fn default() -> Self {
        Self {
            consecutive_5xx: 5,
            consecutive_gateway_errors: 0,
            consecutive_local_errors: None,
            interval: SimDuration::from_secs(10),
            base_ejection_time: SimDuration::from_secs(30),
            max_ejection_time: SimDuration::from_secs(300),
            max_ejection_time_jitter: SimDuration::ZERO,
            max_ejection_percent: 10,
            first_ejection: FirstEjection::Counts,
        }
    }
}

impl OutlierSettings {
    /// Whether one more host of a cluster may be ejected.
    pub fn allows_one_more(&self, ejected: u32, hosts: usize) -> bool {
        let share = 100 * (u64::from(ejected) + 1);
        let bound = u64::from(self.max_ejection_percent.min(100)) * hosts as u64;
        let first = self.first_ejection == FirstEjection::AlwaysAllowed && ejected == 0;
        first || share <= bound
    }

    /// Whether a host's multiplier may still grow; it stops one above the greatest time.
    pub(super) fn may_grow(&self, multiplier: u32) -> bool {
        let reached = self.base_ejection_time * u64::from(multiplier);
        reached < self.max_ejection_time + self.base_ejection_time
    }

    /// How long an ejection with this multiplier lasts, jitter apart.
    pub fn ejection_time(&self, multiplier: u32) -> SimDuration {
        let grown = self.base_ejection_time * u64::from(multiplier);
        grown.min(self.max_ejection_time)
    }
}
