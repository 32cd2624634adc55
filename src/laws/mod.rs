//! Probability laws as users write them: `8s`, `uniform(0.5%, 20%)`, `lognormal(p50 = 8ms, p99 = 60ms)`.
//!
//! A law is used through its quantile function: one uniform number in, one value out, monotone.
//! So an unlucky request is unlucky under every image that may serve it (common random numbers).

mod law;
mod normal;
mod parse;
mod quantile;
mod text;

pub use law::{Law, LawError, Unit};
pub use normal::normal_quantile;
pub use text::LawText;
