//! What happened, as small `Copy` values, and who counts them: the ledger, and each process's meter.

mod cause;
mod happening;
mod headcount;
mod latencies;
mod ledger;
mod ledger_spec;
mod meter;
mod request;
mod uptime;

pub use cause::Cause;
pub use happening::{
    AnalysisStage, ConditionKind, Happening, Judgement, Noted, PodExit, Reading, Wait,
};
pub use headcount::{Headcount, NodeSize, PodSize, Window};
pub use latencies::Latencies;
pub use ledger::Ledger;
pub use ledger_spec::{LedgerSpec, Slot, Timeline};
pub use meter::{Meter, MeterSpec, Response, Status, Tally};
pub use request::{RequestFact, Verdict};
