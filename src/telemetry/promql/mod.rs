//! PromQL over scraped series, as an instant query sees them.
//!
//! Text → the grammar of the crate `promql-parser` → our own checked [`Query`] → evaluation over a
//! [`Storage`](super::Storage) at an instant. What the grammar knows and rollcast does not model is
//! refused when the query is read, with its place, never during a run.
//!
//! | | there | refused |
//! | --- | --- | --- |
//! | selectors | `=`, `!=`, `=~`, `!~`, ranges, subqueries, `offset` | `@`: the simulated world has no calendar |
//! | operators | arithmetic, comparison with and without `bool`, `and`, `or`, `unless`, `on`, `ignoring`, `group_left`, `group_right` | `atan2`, `fill` |
//! | aggregations | all but those at the right, `by` and `without` | `limitk`, `limit_ratio` |
//! | functions | see [`FUNCTIONS`] | dates, angles, native histograms, smoothing, sorting by label |
//!
//! What differs between Prometheus 2 and 3 hangs on [`Version`].

mod aggregate;
mod arithmetic;
mod binary;
mod element;
mod error;
mod evaluate;
mod expression;
mod function;
mod histogram;
mod lower;
mod lower_call;
mod over_time;
mod place;
mod quantile;
mod query;
mod ranges;
mod rate;
mod reads;
mod relabel;
mod share;
mod sum;
mod trend;
mod vector;
mod version;

pub use error::{EvaluationError, QueryError};
pub use function::FUNCTIONS;
pub use query::{Answer, Query, Reading};
pub use reads::Selection;
pub use share::{Looks, Share};
pub use version::Version;
