//! Charts, drawn by one set of functions onto SVG (for the page) or PNG.

mod draw;
mod harm;
mod labels;
mod spread;
mod story;

pub use draw::{ChartError, charts_png};

pub(super) use draw::{Chart, svg};
