//! What `retries` come to (istio/istio at 86c9f01f, pilot/pkg/networking/core/route/retry/retry.go;
//! reference progressive-delivery.md §5.2).

use std::fmt;

use crate::manifest::istio::{Retries, is_status_code};
use crate::units::SimDuration;

/// When a proxy tries a request again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries after the first, default 2.
    pub retries: u32,
    /// After which failures.
    pub conditions: Vec<RetryCondition>,
    /// Statuses that `retriable-status-codes` means.
    pub status_codes: Vec<u16>,
    /// Default none: only the route's timeout.
    pub per_try_timeout: Option<SimDuration>,
    /// How long it waits before.
    pub backoff: Backoff,
    /// Whether it looks for a pod that has not been tried.
    pub previous_hosts: bool,
    /// How often it picks again while looking: 5, or none at the server's own proxy.
    pub host_selection_attempts: u32,
    /// `Some(2)`: after every second try the localities tried before are left out.
    pub previous_priorities_update_frequency: Option<u32>,
}

/// Whether the destination hashes consistently: retries then stay with their pod unless told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashing {
    /// It does.
    Consistent,
    /// It does not.
    Not,
}

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
    fn of(word: &str) -> Self {
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

const DEFAULT_RETRIES: u32 = 2;
const HOST_SELECTION_ATTEMPTS: u32 = 5;
const PREVIOUS_PRIORITIES_UPDATE_FREQUENCY: u32 = 2;

impl RetryPolicy {
    /// What the client's proxy does; `None` where 0 attempts turn retries off.
    pub fn outbound(written: Option<&Retries>, hashing: Hashing) -> Option<Self> {
        let default = Self {
            retries: DEFAULT_RETRIES,
            conditions: vec![
                RetryCondition::ConnectFailure,
                RetryCondition::RefusedStream,
                RetryCondition::Unavailable,
                RetryCondition::Cancelled,
                RetryCondition::RetriableStatusCodes,
            ],
            status_codes: Vec::new(),
            per_try_timeout: None,
            backoff: Backoff::default(),
            previous_hosts: hashing == Hashing::Not,
            host_selection_attempts: HOST_SELECTION_ATTEMPTS,
            previous_priorities_update_frequency: None,
        };
        let Some(written) = written else {
            return Some(default);
        };
        let remote = written.retry_remote_localities;
        let previous = written.retry_ignore_previous_hosts;
        let policy = default.with(written)?;
        Some(Self {
            per_try_timeout: written.per_try_timeout,
            previous_hosts: previous.unwrap_or(policy.previous_hosts),
            previous_priorities_update_frequency: remote
                .then_some(PREVIOUS_PRIORITIES_UPDATE_FREQUENCY),
            ..policy
        })
    }

    /// What the server's own proxy does, which has only one place to go.
    pub fn inbound(written: Option<&Retries>) -> Option<Self> {
        let default = Self {
            retries: DEFAULT_RETRIES,
            conditions: vec![RetryCondition::ResetBeforeRequest],
            status_codes: Vec::new(),
            per_try_timeout: None,
            backoff: Backoff::default(),
            previous_hosts: false,
            host_selection_attempts: 0,
            previous_priorities_update_frequency: None,
        };
        match written {
            None => Some(default),
            Some(written) => default.with(written),
        }
    }

    /// What both read: attempts, conditions, the wait.
    fn with(self, written: &Retries) -> Option<Self> {
        if written.attempts == 0 {
            return None;
        }
        let (conditions, status_codes) = match written.retry_on.as_deref() {
            None | Some("") => (self.conditions, self.status_codes),
            Some(text) => conditions_of(text),
        };
        Some(Self {
            retries: written.attempts,
            conditions,
            status_codes,
            backoff: written.backoff.map_or(self.backoff, Backoff::from_base),
            ..self
        })
    }
}

/// Words and status codes between commas; a code brings `retriable-status-codes` along.
fn conditions_of(text: &str) -> (Vec<RetryCondition>, Vec<u16>) {
    let (mut conditions, mut codes) = (Vec::new(), Vec::new());
    for word in text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
    {
        match word.parse::<u16>() {
            Ok(code) if is_status_code(u32::from(code)) => codes.push(code),
            _ => conditions.push(RetryCondition::of(word)),
        }
    }
    let wanted = RetryCondition::RetriableStatusCodes;
    if !codes.is_empty() && !conditions.contains(&wanted) {
        conditions.push(wanted);
    }
    (conditions, codes)
}

/// How long a proxy waits before it tries again: longer and longer, with luck (envoy
/// `backoff_strategy.cc` at 18a4509c).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    base: SimDuration,
}

impl Default for Backoff {
    /// The proxy's own: 25 ms.
    fn default() -> Self {
        Self::from_base(SimDuration::from_millis(25))
    }
}

impl Backoff {
    /// With this base interval; the longest wait is ten times as long.
    pub const fn from_base(base: SimDuration) -> Self {
        Self { base }
    }
    /// The base interval.
    pub const fn base(self) -> SimDuration {
        self.base
    }
    /// The longest wait.
    pub fn max(self) -> SimDuration {
        self.base * 10
    }
    /// All that is drawn before the `retry`-th retry (from 1) lies below this: base times 2^retry - 1.
    pub fn bound(self, retry: u32) -> SimDuration {
        self.base * 2_u64.saturating_pow(retry).saturating_sub(1)
    }
    /// The wait before the `retry`-th retry (from 1) for a luck in 0 .. 1: whole milliseconds below
    /// the bound, and no longer than the longest.
    pub fn delay(self, retry: u32, luck: f64) -> SimDuration {
        let drawn = self.bound(retry).as_millis_f64() * luck;
        match drawn < self.max().as_millis_f64() {
            true => SimDuration::from_millis(drawn as u64),
            false => self.max(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> (String, Vec<u16>) {
        let (conditions, codes) = conditions_of(text);
        let words: Vec<String> = conditions.iter().map(ToString::to_string).collect();
        (words.join(","), codes)
    }

    /// Rows of upstream's `TestRetry` and `TestInboundRetry` that the shared table leaves out.
    #[test]
    fn words_and_codes_are_told_apart() {
        let words = |words: &str, codes: &[u16]| (words.to_owned(), codes.to_vec());
        assert_eq!(
            printed(" some,\t,fake ,\tconditions, ,"),
            words("some,fake,conditions", &[])
        );
        let codes = words(
            "some,fake,5xx,conditions,retriable-status-codes",
            &[404, 503],
        );
        assert_eq!(printed("some,fake,5xx,404,conditions,503"), codes);
        assert_eq!(
            printed("some,fake,conditions,1000"),
            words("some,fake,conditions,1000", &[])
        );
        assert_eq!(printed("503"), words("retriable-status-codes", &[503]));
    }

    #[test]
    fn the_servers_proxy_ignores_what_is_for_clients() {
        let written = Retries {
            attempts: 2,
            per_try_timeout: Some(SimDuration::from_secs(3)),
            retry_remote_localities: true,
            retry_ignore_previous_hosts: Some(true),
            ..Retries::default()
        };
        let policy = RetryPolicy::inbound(Some(&written)).unwrap();
        assert_eq!(policy.per_try_timeout, None);
        assert_eq!(policy.previous_priorities_update_frequency, None);
        assert!(!policy.previous_hosts);
    }

    #[test]
    fn waits_grow_up_to_ten_times_the_base() {
        let backoff = Backoff::default();
        // 0.999 × 25, × 75, × 175 in whole milliseconds; × 775 is above 250.
        for (retry, millis) in [(1, 24), (2, 74), (3, 174), (5, 250), (70, 250)] {
            assert_eq!(
                backoff.delay(retry, 0.999),
                SimDuration::from_millis(millis)
            );
        }
        assert_eq!(backoff.delay(9, 0.0), SimDuration::ZERO);
        assert_eq!(
            Backoff::from_base(SimDuration::SECOND).max(),
            SimDuration::from_secs(10)
        );
    }
}
