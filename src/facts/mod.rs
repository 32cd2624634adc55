//! What happened, as small `Copy` values, and the ledger that counts them at once.

mod cause;
mod happening;

pub use cause::Cause;
pub use happening::{ConditionKind, Happening, Noted, PodExit};
