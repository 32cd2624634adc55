//! Results in, bytes out: text, JSON, CSV, one HTML page, PNG charts.
//!
//! Every exporter is a function of the [`Results`](crate::experiment::Results) alone, so a report
//! from a saved file equals the live one byte for byte.

mod amount;
mod chart;
mod csv;
mod endings;
mod font;
mod json;
mod noticed;
mod page;
mod palette;
mod story;
mod text;
mod truth_table;

pub use chart::{ChartError, charts_png};
pub use csv::to_csv;
pub use json::{ReadError, from_json, to_json};
pub use page::to_html;
pub use story::{story_to_csv, story_to_json, story_to_text};
pub use text::{to_text, to_text_within};
