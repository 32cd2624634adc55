//! How long a retry waits (`backoff_strategy.cc`).

use crate::engine::Draw;
use crate::units::SimDuration;

/// The two rules that versions of Envoy have had, which draw whole milliseconds, and that of HAProxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BackOffRule {
    /// min(uniform in [0, (2^n − 1) × base), greatest): the documentation's rule, and that of
    /// older code. The bound stops growing once it is above the greatest.
    FullJitter,
    /// Uniform in [0, min(base × 2^(n−1), greatest)): that of newer code.
    #[default]
    Doubling,
    /// The base, always: HAProxy's turn-around of one second.
    Constant,
}

/// `retry_back_off` of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    base: SimDuration,
    greatest: SimDuration,
    /// Which rule.
    pub rule: BackOffRule,
}

impl Default for BackOff {
    /// 25 ms, at most 250 ms.
    fn default() -> Self {
        Self::new(SimDuration::from_millis(25), None).expect("the defaults are in order")
    }
}

impl BackOff {
    /// From a base of at least a millisecond and a greatest wait, by default ten bases; none if the
    /// base is too short or above the greatest.
    pub fn new(base: SimDuration, greatest: Option<SimDuration>) -> Option<Self> {
        let greatest = greatest.unwrap_or(base * 10);
        let in_order = millis(base) >= 1 && base <= greatest;
        in_order.then_some(Self {
            base,
            greatest,
            rule: BackOffRule::default(),
        })
    }

    /// The bound below which the wait before the `retry`-th retry (from 1) is drawn [ms].
    pub fn bound_ms(&self, retry: u32) -> u64 {
        let (base, greatest) = (millis(self.base), millis(self.greatest));
        let mut bound = base;
        for _ in 1..retry {
            if bound > greatest {
                break;
            }
            bound = match self.rule {
                BackOffRule::FullJitter => 2 * bound + base,
                BackOffRule::Doubling => (2 * bound).min(greatest),
                BackOffRule::Constant => base,
            };
        }
        bound
    }

    /// How long the `retry`-th retry waits, from 1.
    pub fn wait(&self, retry: u32, draw: &mut Draw) -> SimDuration {
        if self.rule == BackOffRule::Constant {
            return self.base;
        }
        let drawn = draw.bits() % self.bound_ms(retry);
        SimDuration::from_millis(drawn.min(millis(self.greatest)))
    }
}

const fn millis(length: SimDuration) -> u64 {
    length.as_nanos() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Key;
    use crate::ids::RunIndex;

    fn bounds(rule: BackOffRule) -> Vec<u64> {
        let back_off = BackOff {
            rule,
            ..BackOff::default()
        };
        (1..=6).map(|retry| back_off.bound_ms(retry)).collect()
    }

    #[test]
    fn bounds_grow_as_the_rule_says() {
        // 25 × (2^n − 1): 25, 75, 175, 375; 375 is above 250 and stays.
        let documented = [25, 75, 175, 375, 375, 375];
        assert_eq!(bounds(BackOffRule::FullJitter), documented);
        // 25 × 2^(n−1), at most 250.
        assert_eq!(bounds(BackOffRule::Doubling), [25, 50, 100, 200, 250, 250]);
    }

    #[test]
    fn waits_stay_below_the_bound_and_the_greatest() {
        let luck = Key::of_run(3, RunIndex::new(0));
        let constant = BackOff {
            rule: BackOffRule::Constant,
            ..BackOff::default()
        };
        let waits = [1, 2, 9].map(|retry| constant.wait(retry, &mut luck.at(0)));
        assert_eq!(waits, [SimDuration::from_millis(25); 3]);
        for rule in [BackOffRule::FullJitter, BackOffRule::Doubling] {
            let back_off = BackOff {
                rule,
                ..BackOff::default()
            };
            let waits = |retry: u32| (0..2000).map(move |k| back_off.wait(retry, &mut luck.at(k)));
            let greatest = |retry: u32| waits(retry).max().expect("some");
            assert_eq!(greatest(1), SimDuration::from_millis(24));
            assert!(greatest(5) <= SimDuration::from_millis(250));
        }
        assert_eq!(BackOff::new(SimDuration::ZERO, None), None);
        let second = SimDuration::SECOND;
        assert_eq!(BackOff::new(second, Some(second / 2)), None);
    }
}
