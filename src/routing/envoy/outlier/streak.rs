//! Errors in a row of one host.

use crate::routing::envoy::attempt::{is_5xx, is_gateway_error};

use super::OutlierSettings;

/// What an attempt at a host showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observation {
    /// It answered with this status.
    Answer(u16),
    /// No connection, or the connection broke: counts as 503 unless counted apart.
    ConnectFailure,
    /// It took too long: counts as 504 unless counted apart.
    Timeout,
}

/// Which streak is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Server errors.
    Consecutive5xx,
    /// Gateway errors.
    ConsecutiveGatewayErrors,
    /// Failed connections and timeouts, counted apart.
    ConsecutiveLocalErrors,
}

/// The streaks of one host.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Streaks {
    server_errors: u32,
    gateway_errors: u32,
    local_errors: u32,
}

impl Streaks {
    /// Counts what an attempt showed; a streak that has just become complete is a trigger.
    #[inline]
    pub(super) fn observe(
        &mut self,
        seen: Observation,
        settings: &OutlierSettings,
    ) -> Option<Trigger> {
        let apart = settings.consecutive_local_errors;
        let status = match (seen, apart) {
            (Observation::Answer(status), _) => status,
            (Observation::ConnectFailure, None) => 503,
            (Observation::Timeout, None) => 504,
            (_, Some(streak)) => {
                self.local_errors += 1;
                let complete = self.local_errors == streak;
                return complete.then_some(Trigger::ConsecutiveLocalErrors);
            }
        };
        // An answer is a connection that worked.
        self.local_errors = 0;
        match is_5xx(status) {
            true => self.server_error(status, settings),
            false => {
                *self = Self::default();
                None
            }
        }
    }

    fn server_error(&mut self, status: u16, settings: &OutlierSettings) -> Option<Trigger> {
        self.gateway_errors = match is_gateway_error(status) {
            true => self.gateway_errors + 1,
            false => 0,
        };
        self.server_errors += 1;
        let servers = self.server_errors == settings.consecutive_5xx;
        let gateways =
            self.gateway_errors > 0 && self.gateway_errors == settings.consecutive_gateway_errors;
        match (servers, gateways) {
            (false, false) => None,
            (true, false) => Some(Trigger::Consecutive5xx),
            (false, true) => Some(Trigger::ConsecutiveGatewayErrors),
            (true, true) => {
                // Upstream handles both: it ejects once, and both streaks begin anew.
                self.server_errors = 0;
                Some(Trigger::ConsecutiveGatewayErrors)
            }
        }
    }

    /// The streak of this trigger was acted upon.
    pub(super) fn begin_anew(&mut self, trigger: Trigger) {
        match trigger {
            Trigger::Consecutive5xx => self.server_errors = 0,
            Trigger::ConsecutiveGatewayErrors => self.gateway_errors = 0,
            Trigger::ConsecutiveLocalErrors => self.local_errors = 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triggers(settings: OutlierSettings, seen: &[Observation]) -> Vec<Option<Trigger>> {
        let mut streaks = Streaks::default();
        let told = seen.iter().map(|seen| streaks.observe(*seen, &settings));
        told.collect()
    }

    #[test]
    fn any_answer_but_a_server_error_ends_the_streak() {
        use Observation::Answer;
        let settings = OutlierSettings {
            consecutive_5xx: 2,
            ..OutlierSettings::default()
        };
        let seen = [500, 404, 500, 200, 503, 500].map(Answer);
        let expected = [None, None, None, None, None, Some(Trigger::Consecutive5xx)];
        assert_eq!(triggers(settings, &seen), expected);
    }

    #[test]
    fn gateway_errors_have_a_streak_of_their_own() {
        use Observation::{Answer, ConnectFailure, Timeout};
        let settings = OutlierSettings {
            consecutive_5xx: 5,
            consecutive_gateway_errors: 2,
            ..OutlierSettings::default()
        };
        let seen = [ConnectFailure, Answer(500), Timeout, Answer(502)];
        let expected = [None, None, None, Some(Trigger::ConsecutiveGatewayErrors)];
        assert_eq!(triggers(settings, &seen), expected);
        let apart = OutlierSettings {
            consecutive_local_errors: Some(2),
            ..settings
        };
        let seen = [ConnectFailure, Answer(200), Timeout, ConnectFailure];
        let expected = [None, None, None, Some(Trigger::ConsecutiveLocalErrors)];
        assert_eq!(triggers(apart, &seen), expected);
    }
}
