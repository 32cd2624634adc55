//! The saved form, and reading it back.

use std::fmt;

use crate::experiment::{FORMAT_VERSION, Results};

/// Why a saved file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// Not JSON, or not results; with line and column.
    Malformed(String),
    /// Written by a later rollcast.
    Version(u64),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => write!(
                f,
                "not a saved result: {why}; expected what `compare --format json` wrote"
            ),
            Self::Version(found) => write!(
                f,
                "version `{found}` of the format: this rollcast reads up to {FORMAT_VERSION}; \
                 read it with a later one"
            ),
        }
    }
}

impl std::error::Error for ReadError {}

/// Results as JSON, ending with a line break.
pub fn to_json(results: &Results) -> String {
    let mut json = serde_json::to_string_pretty(results).expect("results hold no odd keys");
    json.push('\n');
    json
}

/// Reads what [`to_json`] wrote.
///
/// # Errors
/// If it is not that, or of a later version.
pub fn from_json(text: &str) -> Result<Results, ReadError> {
    let malformed = |why: serde_json::Error| ReadError::Malformed(why.to_string());
    let raw: serde_json::Value = serde_json::from_str(text).map_err(malformed)?;
    match raw.get("version").and_then(serde_json::Value::as_u64) {
        Some(version) if version > u64::from(FORMAT_VERSION) => Err(ReadError::Version(version)),
        _ => serde_json::from_str(text).map_err(malformed),
    }
}
