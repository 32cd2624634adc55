//! The knobs of retries.

use crate::units::SimDuration;

use super::{BackOff, RetryOn};

/// Which host a retry may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HostSelection {
    /// Any, as the balancer picks: Envoy's default.
    #[default]
    Any,
    /// The previous-hosts predicate: hosts tried before are picked anew up to this often.
    AvoidTried {
        /// `host_selection_retry_max_attempts`; Istio's default 5.
        reselections: u32,
    },
    /// The host of the try before: HAProxy without `option redispatch`. No way of Envoy's.
    Same,
}

/// A route's retry policy.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    /// Further attempts after the first; Envoy's default 1, Istio's 2.
    pub retries: u32,
    /// What is retried.
    pub on: RetryOn,
    /// The codes of `retriable-status-codes`.
    pub status_codes: Vec<u16>,
    /// Longest duration of one attempt; default none: only the whole request's timeout.
    pub per_try_timeout: Option<SimDuration>,
    /// Which hosts retries go to.
    pub host_selection: HostSelection,
    /// How long they wait.
    pub back_off: BackOff,
}

impl RetryPolicy {
    /// What Istio writes where a VirtualService says nothing of retries: two, on
    /// `connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes` without codes,
    /// away from hosts tried before (`retry.go`).
    pub fn istio() -> Self {
        Self {
            retries: 2,
            on: RetryOn::CONNECT_FAILURE
                | RetryOn::REFUSED_STREAM
                | RetryOn::GRPC
                | RetryOn::RETRIABLE_STATUS_CODES,
            status_codes: Vec::new(),
            per_try_timeout: None,
            host_selection: HostSelection::AvoidTried { reselections: 5 },
            back_off: BackOff::default(),
        }
    }
    /// No retries: Envoy's own default.
    pub fn none() -> Self {
        Self {
            retries: 0,
            on: RetryOn::NOTHING,
            status_codes: Vec::new(),
            per_try_timeout: None,
            host_selection: HostSelection::Any,
            back_off: BackOff::default(),
        }
    }
    /// How often a retry's host is picked anew if it was tried before.
    pub const fn reselections(&self) -> u32 {
        match self.host_selection {
            HostSelection::Any | HostSelection::Same => 0,
            HostSelection::AvoidTried { reselections } => reselections,
        }
    }
}
