//! `retry_on`: which failures are retried.

use std::ops::BitOr;

use crate::routing::envoy::attempt::{AttemptEnd, is_5xx, is_gateway_error};

/// A set of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetryOn(u16);

/// Every condition by its name in `retry_on`. Those of gRPC look at a status that plain HTTP answers
/// do not have: they are known and never met.
const NAMES: [(&str, RetryOn); 12] = [
    ("5xx", RetryOn::SERVER_ERROR),
    ("gateway-error", RetryOn::GATEWAY_ERROR),
    ("reset", RetryOn::RESET),
    ("reset-before-request", RetryOn::RESET_BEFORE_REQUEST),
    ("connect-failure", RetryOn::CONNECT_FAILURE),
    ("refused-stream", RetryOn::REFUSED_STREAM),
    ("retriable-4xx", RetryOn::RETRIABLE_4XX),
    ("retriable-status-codes", RetryOn::RETRIABLE_STATUS_CODES),
    ("cancelled", RetryOn::GRPC),
    ("deadline-exceeded", RetryOn::GRPC),
    ("resource-exhausted", RetryOn::GRPC),
    ("unavailable", RetryOn::GRPC),
];

impl RetryOn {
    /// Nothing is retried.
    pub const NOTHING: Self = Self(0);
    /// `5xx`: any server error, and any reset or timeout of the attempt.
    pub const SERVER_ERROR: Self = Self(1);
    /// `gateway-error`: 502, 503, 504, and any reset or timeout of the attempt.
    pub const GATEWAY_ERROR: Self = Self(1 << 1);
    /// `reset`: any reset or timeout of the attempt.
    pub const RESET: Self = Self(1 << 2);
    /// `reset-before-request`: a failure before anything was sent.
    pub const RESET_BEFORE_REQUEST: Self = Self(1 << 3);
    /// `connect-failure`.
    pub const CONNECT_FAILURE: Self = Self(1 << 4);
    /// `refused-stream`.
    pub const REFUSED_STREAM: Self = Self(1 << 5);
    /// `retriable-4xx`: 409.
    pub const RETRIABLE_4XX: Self = Self(1 << 6);
    /// `retriable-status-codes`: those that the policy lists.
    pub const RETRIABLE_STATUS_CODES: Self = Self(1 << 7);
    /// Any of gRPC's.
    pub const GRPC: Self = Self(1 << 8);

    /// The condition of this name; none if there is none (Envoy ignores such names).
    pub fn named(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, condition)| *condition)
    }
    /// Whether any of these is in the set.
    pub const fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }

    /// Whether the set names this failure; `status_codes` are the policy's retriable ones.
    pub fn names(self, end: AttemptEnd, status_codes: &[u16]) -> bool {
        let any_reset = Self::RESET | Self::SERVER_ERROR | Self::GATEWAY_ERROR;
        match end {
            AttemptEnd::Overflow => false,
            AttemptEnd::Answer(status) => self.names_status(status, status_codes),
            AttemptEnd::ConnectFailure => {
                self.has(any_reset | Self::CONNECT_FAILURE | Self::RESET_BEFORE_REQUEST)
            }
            AttemptEnd::ResetBeforeRequest => self.has(any_reset | Self::RESET_BEFORE_REQUEST),
            AttemptEnd::RefusedStream => self.has(any_reset | Self::REFUSED_STREAM),
            AttemptEnd::Reset | AttemptEnd::PerTryTimeout => self.has(any_reset),
        }
    }

    fn names_status(self, status: u16, status_codes: &[u16]) -> bool {
        (self.has(Self::SERVER_ERROR) && is_5xx(status))
            || (self.has(Self::GATEWAY_ERROR) && is_gateway_error(status))
            || (self.has(Self::RETRIABLE_4XX) && status == 409)
            || (self.has(Self::RETRIABLE_STATUS_CODES) && status_codes.contains(&status))
    }
}

impl BitOr for RetryOn {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of these ends a single condition names, as letters.
    fn named_by(name: &str) -> String {
        let ends = [
            ('O', AttemptEnd::Overflow),
            ('4', AttemptEnd::Answer(409)),
            ('5', AttemptEnd::Answer(500)),
            ('g', AttemptEnd::Answer(503)),
            ('l', AttemptEnd::Answer(418)),
            ('c', AttemptEnd::ConnectFailure),
            ('b', AttemptEnd::ResetBeforeRequest),
            ('f', AttemptEnd::RefusedStream),
            ('r', AttemptEnd::Reset),
            ('t', AttemptEnd::PerTryTimeout),
        ];
        let condition = RetryOn::named(name).expect("a known name");
        let named = ends.iter().filter(|(_, end)| condition.names(*end, &[418]));
        named.map(|(letter, _)| letter).collect()
    }

    #[test]
    fn each_condition_names_what_upstream_says() {
        // Read off retry_state_impl.cc: wouldRetryFromHeaders and wouldRetryFromReset.
        let expected = [
            ("5xx", "5gcbfrt"),
            ("gateway-error", "gcbfrt"),
            ("reset", "cbfrt"),
            ("reset-before-request", "cb"),
            ("connect-failure", "c"),
            ("refused-stream", "f"),
            ("retriable-4xx", "4"),
            ("retriable-status-codes", "l"),
            ("unavailable", ""),
        ];
        for (name, named) in expected {
            assert_eq!(named_by(name), named, "{name}");
        }
        assert_eq!(RetryOn::named("some"), None);
    }
}
