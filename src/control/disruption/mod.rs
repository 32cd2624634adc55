//! The disruption controller and the eviction call: how many pods of a budget may go voluntarily
//! (reference kubernetes.md §6).
//!
//! ```text
//! budget of 4 pods, minAvailable 3: healthy 4, desired 3 -> allowed 1 -> evict 201, evict again 429
//! ```
//!
//! Only evictions ask. Rolling updates, scale-downs, Recreate and crashes do not, but lower `healthy`.
//!
//! Left out: the condition DisruptionAllowed, dry runs, more than 2000 unconfirmed evictions.

mod budget;
mod eviction;

pub use budget::{BudgetLimit, BudgetPod, BudgetStatus, DISRUPTED_MEMORY, Owner, budget_status};
pub use eviction::{Eviction, EvictionPod, ObservedBudget, UNOBSERVED_RETRY, evict};
