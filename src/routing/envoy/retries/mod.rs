//! Retries: which failures are tried again, how often, and when (`retry_state_impl.cc`).
//!
//! A failure is retried if the policy's conditions name it, the request has retries left, and the
//! cluster has a slot ([`Breakers::begin_retry`](super::breakers::Breakers::begin_retry)): in this
//! order, and a refused slot uses up a retry like a granted one. A slot is held from the decision
//! until the retry has ended, back-off included; that is why Envoy's default of three slots makes
//! retries nearly useless under a broad failure.
//!
//! The whole request's timeout is the caller's: it covers all attempts and is never retried.

mod back_off;
mod condition;
mod policy;
mod state;

pub use back_off::{BackOff, BackOffRule};
pub use condition::RetryOn;
pub use policy::{HostSelection, RetryPolicy};
pub use state::{RetryDecision, RetryState};
