//! Failures after which a request may be tried again.

use std::fmt;

/// Failures after which a request may be tried again, in the proxy's words. What they take in is the
/// proxy's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryCondition {
    /// `5xx`: any 5xx, a reset, no answer.
    FiveXx,
    /// `gateway-error`: 502, 503, 504.
    GatewayError,
    /// `reset`: the connection broke before an answer.
    Reset,
    /// `reset-before-request`: it broke before the request was sent.
    ResetBeforeRequest,
    /// `connect-failure`: there was no connection.
    ConnectFailure,
    /// `retriable-4xx`: 409.
    Retriable4xx,
    /// `refused-stream`: the server took no more streams.
    RefusedStream,
    /// `retriable-status-codes`: the policy's statuses.
    RetriableStatusCodes,
    /// Of gRPC: `cancelled`.
    Cancelled,
    /// Of gRPC: `unavailable`.
    Unavailable,
    /// Another word, which no request here meets.
    Other(String),
}

const WORDS: [(&str, RetryCondition); 10] = [
    ("5xx", RetryCondition::FiveXx),
    ("gateway-error", RetryCondition::GatewayError),
    ("reset", RetryCondition::Reset),
    ("reset-before-request", RetryCondition::ResetBeforeRequest),
    ("connect-failure", RetryCondition::ConnectFailure),
    ("retriable-4xx", RetryCondition::Retriable4xx),
    ("refused-stream", RetryCondition::RefusedStream),
    (
        "retriable-status-codes",
        RetryCondition::RetriableStatusCodes,
    ),
    ("cancelled", RetryCondition::Cancelled),
    ("unavailable", RetryCondition::Unavailable),
];

impl RetryCondition {
    pub(super) fn of(word: &str) -> Self {
        let known = WORDS.iter().find(|(known, _)| *known == word);
        known.map_or_else(|| Self::Other(word.to_owned()), |(_, one)| one.clone())
    }
}

impl fmt::Display for RetryCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Other(word) = self {
            return f.write_str(word);
        }
        let known = WORDS.iter().find(|(_, one)| one == self);
        f.write_str(known.expect("every other condition has a word").0)
    }
}
