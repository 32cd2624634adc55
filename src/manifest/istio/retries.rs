//! When a request is tried again.

use super::amounts::length;
use crate::document::{Diagnostic, MapReader, nearest};
use crate::units::SimDuration;

/// `retries` as written; what it comes to is resolved where routes are compiled
/// (virtual_service.proto `HTTPRetry`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retries {
    /// `attempts`: tries after the first; 0 means none.
    pub attempts: u32,
    /// `perTryTimeout`; default none: only the route's timeout.
    pub per_try_timeout: Option<SimDuration>,
    /// `retryOn`: conditions and status codes between commas; default none: Istio's own.
    pub retry_on: Option<String>,
    /// `backoff`, the base interval; default none: the proxy's own 25 ms.
    pub backoff: Option<SimDuration>,
    /// `retryRemoteLocalities`, default false.
    pub retry_remote_localities: bool,
    /// `retryIgnorePreviousHosts`; default none: yes, but not with consistent hashing.
    pub retry_ignore_previous_hosts: Option<bool>,
}

/// Conditions of the proxy (agent validation.go `supportedRetryOnPolicies`).
const CONDITIONS: [&str; 16] = [
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "retriable-headers",
    "envoy-ratelimited",
    "http3-post-connect-failure",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
];

/// Whether a number is a status code with a name (Go's `http.StatusText`, which Istio asks).
pub fn is_status_code(code: u32) -> bool {
    matches!(
        code,
        100..=103
            | 200..=208
            | 226
            | 300..=305
            | 307..=308
            | 400..=418
            | 421..=426
            | 428..=429
            | 431
            | 451
            | 500..=508
            | 510..=511
    )
}

/// Reads `retries`.
pub(super) fn read_retries(map: &mut MapReader<'_, '_>) -> Option<Retries> {
    let mut map = map.map("retries")?;
    let attempts = map.number_within("attempts", 0..=i64::from(i32::MAX));
    let retries = Retries {
        attempts: attempts.unwrap_or(0) as u32,
        per_try_timeout: length(&mut map, "perTryTimeout"),
        retry_on: read_conditions(&mut map),
        backoff: length(&mut map, "backoff"),
        retry_remote_localities: map.optional("retryRemoteLocalities").unwrap_or(false),
        retry_ignore_previous_hosts: map.optional("retryIgnorePreviousHosts"),
    };
    check_attempts(attempts, &mut map);
    Some(retries)
}

/// With 0 attempts nothing else may be said.
fn check_attempts(attempts: Option<i64>, map: &mut MapReader<'_, '_>) {
    let others = ["perTryTimeout", "retryOn", "retryRemoteLocalities"];
    let written = others.into_iter().find(|key| map.has(key));
    let unreadable = map.has("attempts") && attempts.is_none();
    if let (Some(key), Some(0) | None, false) = (written, attempts, unreadable) {
        let finding = Diagnostic::error(format!("`{key}` without `attempts`"));
        let finding = finding.at(map.key_span(key));
        let finding = finding.label("0 attempts mean that nothing is retried");
        map.problems()
            .push(finding.hint("add `attempts`, such as `attempts: 2`"));
    }
}

/// Every word has to be a condition or a status code; blanks are not taken.
fn read_conditions(map: &mut MapReader<'_, '_>) -> Option<String> {
    let text: String = map.optional("retryOn")?;
    if text.is_empty() {
        return None;
    }
    for word in text.split(',') {
        let code = word.parse().is_ok_and(is_status_code);
        if code || CONDITIONS.contains(&word) {
            continue;
        }
        let near = nearest(word.trim(), CONDITIONS).map(|near| format!("did you mean `{near}`?"));
        let finding = Diagnostic::error(format!("`retryOn`: unknown condition `{word}`"));
        let finding = finding.at(map.value_span("retryOn"));
        let rule = "expected conditions such as `connect-failure` or status codes, between commas";
        map.problems().push(finding.label(rule).maybe_hint(near));
    }
    Some(text)
}
