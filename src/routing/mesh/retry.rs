//! What `retries` come to (istio/istio at 86c9f01f, pilot/pkg/networking/core/route/retry/retry.go;
//! reference progressive-delivery.md §5.2).

use super::{Backoff, RetryCondition};
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
}
