//! What a metric asks for.

use std::fmt;

use crate::units::SimDuration;

/// The part of a metric of an AnalysisTemplate that decisions need, arguments filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MetricSpec {
    /// `interval`: from the end of one measurement to the next; `None`: measured once.
    pub interval: Option<SimDuration>,
    /// `initialDelay`; default none.
    pub initial_delay: Option<SimDuration>,
    /// `count` (measurements); 0 is none.
    pub count: Option<u32>,
    /// `failureLimit` (measurements); default 0; negative: not limited.
    pub failure_limit: Option<i32>,
    /// `inconclusiveLimit` (measurements); default 0.
    pub inconclusive_limit: Option<i32>,
    /// `consecutiveErrorLimit` (measurements); default 4.
    pub consecutive_error_limit: Option<i32>,
    /// `consecutiveSuccessLimit` (measurements); default 0: none.
    pub consecutive_success_limit: Option<i32>,
}

/// Default of `consecutiveErrorLimit`.
const ERRORS: i32 = 4;

/// Which rule a metric breaks (reference §3.1); upstream's run is then an Error at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidMetric {
    /// `consecutiveSuccessLimit` is negative.
    NegativeSuccessLimit,
    /// `failureLimit` is below −1.
    FailureLimitBelowMinusOne,
    /// `failureLimit` is −1 and `consecutiveSuccessLimit` 0: nothing could ever decide.
    NoLimitAtAll,
    /// `inconclusiveLimit` is negative.
    NegativeInconclusiveLimit,
    /// `consecutiveErrorLimit` is negative.
    NegativeErrorLimit,
    /// `count` is less than the limits need to be reached.
    CountBelowLimits,
    /// `count` is less than `inconclusiveLimit`.
    CountBelowInconclusiveLimit,
    /// `count` is more than 1 but there is no `interval`.
    CountWithoutInterval,
}

impl fmt::Display for InvalidMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NegativeSuccessLimit => "`consecutiveSuccessLimit` is negative",
            Self::FailureLimitBelowMinusOne => "`failureLimit` is below -1",
            Self::NoLimitAtAll => {
                "`failureLimit` -1 and `consecutiveSuccessLimit` 0: nothing could ever decide"
            }
            Self::NegativeInconclusiveLimit => "`inconclusiveLimit` is negative",
            Self::NegativeErrorLimit => "`consecutiveErrorLimit` is negative",
            Self::CountBelowLimits => "`count` is below `failureLimit` + `consecutiveSuccessLimit`",
            Self::CountBelowInconclusiveLimit => "`count` is below `inconclusiveLimit`",
            Self::CountWithoutInterval => "`count` above 1 without an `interval`",
        })
    }
}

impl std::error::Error for InvalidMetric {}

impl MetricSpec {
    /// How many measurements there will be: one without count and interval, `None`: no end.
    pub fn effective_count(&self) -> Option<u32> {
        match (self.count.filter(|count| *count > 0), self.interval) {
            (None, None) => Some(1),
            (count, _) => count,
        }
    }
    /// Failed measurements that are borne; `None`: any number.
    pub fn failures_borne(&self) -> Option<i32> {
        Some(self.failure_limit.unwrap_or(0)).filter(|limit| *limit >= 0)
    }
    /// Inconclusive measurements that are borne.
    pub fn inconclusive_borne(&self) -> i32 {
        self.inconclusive_limit.unwrap_or(0)
    }
    /// Errors in a row that are borne.
    pub fn errors_borne(&self) -> i32 {
        self.consecutive_error_limit.unwrap_or(ERRORS)
    }
    /// Successes in a row that decide; `None`: none do.
    pub fn successes_needed(&self) -> Option<i32> {
        self.consecutive_success_limit.filter(|limit| *limit > 0)
    }
    /// The rules of upstream's `ValidateMetric`, in its order.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn validate(&self) -> Result<(), InvalidMetric> {
        let failures = self.failure_limit.unwrap_or(0);
        let successes = self.consecutive_success_limit.unwrap_or(0);
        let count = i64::from(self.count.unwrap_or(0));
        let needed = i64::from(failures.max(0)) + i64::from(successes);
        let inconclusive = self.inconclusive_borne();
        let broken = [
            (successes < 0, InvalidMetric::NegativeSuccessLimit),
            (failures < -1, InvalidMetric::FailureLimitBelowMinusOne),
            (
                successes == 0 && failures == -1,
                InvalidMetric::NoLimitAtAll,
            ),
            (inconclusive < 0, InvalidMetric::NegativeInconclusiveLimit),
            (self.errors_borne() < 0, InvalidMetric::NegativeErrorLimit),
            (count > 0 && count < needed, InvalidMetric::CountBelowLimits),
            (
                count > 0 && count < i64::from(inconclusive),
                InvalidMetric::CountBelowInconclusiveLimit,
            ),
            (
                count > 1 && self.interval.is_none(),
                InvalidMetric::CountWithoutInterval,
            ),
        ];
        match broken.into_iter().find(|(is, _)| *is) {
            Some((_, rule)) => Err(rule),
            None => Ok(()),
        }
    }
}
