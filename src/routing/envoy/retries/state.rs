//! What one request has left to retry.

use crate::routing::envoy::attempt::{AttemptEnd, ResponseFlag};
use crate::routing::envoy::breakers::Breakers;

use super::RetryPolicy;

/// Whether an attempt is followed by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryDecision {
    /// It is: the `n`-th retry, from 1, after its back-off.
    Retry(u32),
    /// Its end is the request's: the policy does not name it, or it is a success.
    Done,
    /// The policy names it, but no retry is left: `URX`.
    LimitExceeded,
    /// The policy names it, but the cluster has no slot: `UO` on the host's own answer.
    Overflow,
}

impl RetryDecision {
    /// The flag that the request gets in place of its last attempt's; none where that one stands.
    pub const fn flag(self) -> Option<ResponseFlag> {
        match self {
            Self::LimitExceeded => Some(ResponseFlag::UpstreamRetryLimitExceeded),
            Self::Overflow => Some(ResponseFlag::UpstreamOverflow),
            Self::Retry(_) | Self::Done => None,
        }
    }
}

/// A request's retries. Two words; no allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetryState {
    used: u32,
    holds_slot: bool,
}

impl RetryState {
    /// None used.
    pub const fn new() -> Self {
        Self {
            used: 0,
            holds_slot: false,
        }
    }

    /// An attempt has ended: what now? Gives back the slot of the ended attempt, if it was a retry,
    /// before it asks for another.
    pub fn decide(
        &mut self,
        policy: &RetryPolicy,
        end: AttemptEnd,
        breakers: &mut Breakers,
    ) -> RetryDecision {
        self.release(breakers);
        if !policy.on.names(end, &policy.status_codes) {
            return RetryDecision::Done;
        }
        if self.used >= policy.retries {
            return RetryDecision::LimitExceeded;
        }
        self.used += 1;
        self.holds_slot = breakers.begin_retry();
        match self.holds_slot {
            true => RetryDecision::Retry(self.used),
            false => RetryDecision::Overflow,
        }
    }

    /// The request is over for another reason (its timeout, its client): gives back the slot.
    pub fn release(&mut self, breakers: &mut Breakers) {
        if std::mem::take(&mut self.holds_slot) {
            breakers.end_retry();
        }
    }

    /// Whether any retry was begun or asked for.
    pub const fn used(&self) -> u32 {
        self.used
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::envoy::breakers::{BreakerLimits, RetryLimit};
    use crate::routing::envoy::retries::RetryOn;

    fn policy(retries: u32) -> RetryPolicy {
        RetryPolicy {
            retries,
            on: RetryOn::SERVER_ERROR,
            ..RetryPolicy::none()
        }
    }

    fn breakers(at_once: u32) -> Breakers {
        Breakers::new(BreakerLimits {
            retries: RetryLimit::AtOnce(at_once),
            ..BreakerLimits::ISTIO
        })
    }

    #[test]
    fn retries_amplify_as_the_truncated_series_says() {
        // Expected attempts with failure share f and R retries: the k-th attempt happens if all
        // before it failed and were retried, so the sum over f^k, (1 − f^(R+1)) / (1 − f). For R = 3:
        // 1.053, 1.111, 1.875, 3.439, 4.
        let published = [
            (0.05, 1.053),
            (0.1, 1.111),
            (0.5, 1.875),
            (0.9, 3.439),
            (1.0, 4.0),
        ];
        for (failure, expected) in published {
            let (mut attempts, mut reached) = (0f64, 1f64);
            let (mut state, mut breakers) = (RetryState::new(), breakers(u32::MAX));
            loop {
                attempts += reached;
                reached *= failure;
                let end = AttemptEnd::Answer(500);
                match state.decide(&policy(3), end, &mut breakers) {
                    RetryDecision::Retry(_) => {}
                    decision => {
                        assert_eq!(decision, RetryDecision::LimitExceeded);
                        break;
                    }
                }
            }
            assert!(
                (attempts - expected).abs() < 0.0005,
                "{failure}: {attempts}"
            );
            assert_eq!(breakers.retries(), 0, "all slots are back");
        }
    }

    #[test]
    fn a_refused_slot_uses_up_a_retry_and_flags_the_answer() {
        let (policy, mut breakers) = (policy(2), breakers(1));
        let (mut first, mut second) = (RetryState::new(), RetryState::new());
        let failed = AttemptEnd::Answer(503);
        let retried = first.decide(&policy, failed, &mut breakers);
        assert_eq!(retried, RetryDecision::Retry(1));
        let refused = second.decide(&policy, failed, &mut breakers);
        assert_eq!(refused, RetryDecision::Overflow);
        assert_eq!(refused.flag(), Some(ResponseFlag::UpstreamOverflow));
        assert_eq!(second.used(), 1);
        // The first one's retry ends well: its slot is back.
        let done = first.decide(&policy, AttemptEnd::Answer(200), &mut breakers);
        assert_eq!((done, breakers.retries()), (RetryDecision::Done, 0));
    }

    #[test]
    fn a_retry_that_fails_hands_its_slot_to_the_next() {
        let (policy, mut breakers) = (policy(2), breakers(1));
        let mut state = RetryState::new();
        let decisions = [(); 3].map(|()| {
            let end = AttemptEnd::PerTryTimeout;
            state.decide(&policy, end, &mut breakers)
        });
        let expected = [
            RetryDecision::Retry(1),
            RetryDecision::Retry(2),
            RetryDecision::LimitExceeded,
        ];
        assert_eq!(decisions, expected);
        assert_eq!(
            decisions[2].flag(),
            Some(ResponseFlag::UpstreamRetryLimitExceeded)
        );
        let mut gone = RetryState::new();
        gone.decide(&policy, AttemptEnd::Reset, &mut breakers);
        gone.release(&mut breakers);
        assert_eq!(breakers.retries(), 0);
    }
}
