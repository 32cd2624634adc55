//! Stamps as the API keeps them.

use crate::units::{SimDuration, SimTime};

/// The instant as an API object records it: cut to the whole second of the wall clock.
///
/// Creation, readiness and condition times all lose their fraction on the way through the API;
/// measured on minReadySeconds and on the progress deadline (oracles/k8s README, facts 1 and 3).
/// The wall clock's second boundaries are those of simulated time.
pub fn stamp(instant: SimTime) -> SimTime {
    SimTime::from_nanos(instant.as_nanos() / SECOND * SECOND)
}

const SECOND: u64 = SimDuration::SECOND.as_nanos();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_loses_the_fraction_of_its_second() {
        let exact = SimTime::from_secs(7) + SimDuration::from_millis(999);
        assert_eq!(stamp(exact), SimTime::from_secs(7));
        assert_eq!(stamp(stamp(exact)), SimTime::from_secs(7));
    }
}
