//! What one run looked like, second by second, for charts.

use serde::{Deserialize, Serialize};

/// One run of a variant: ready pods per version, failures per cause, and what happened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// Which run it was.
    pub run: u32,
    /// Second (since t = 0) that the series start at.
    pub start_second: u32,
    /// Length of every series (s).
    pub seconds: u32,
    /// Second of the release since t = 0, if there was one.
    pub release_second: Option<f64>,
    /// Ready pods at the end of each second, by version; the old one first.
    pub ready_by_version: Vec<Series>,
    /// Failed requests of each second, by cause; causes without a failure may be left out.
    pub failures_by_cause: Vec<Series>,
    /// Moments worth a word.
    pub marks: Vec<Mark>,
}

/// A named series of whole numbers, one per second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Name of the version or the cause.
    pub name: String,
    /// The values.
    pub steps: Steps,
}

/// A moment worth a word.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// When, in seconds since t = 0.
    pub at_seconds: f64,
    /// What, in a few words.
    pub text: String,
}

/// Values that hold from one second until the next change: `[second since the start, value]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steps(Vec<(u32, u32)>);

impl Steps {
    /// From one value per second.
    pub fn from_values(values: &[u32]) -> Self {
        let mut steps: Vec<(u32, u32)> = Vec::new();
        for (second, value) in (0..).zip(values) {
            if steps.last().is_none_or(|(_, last)| last != value) {
                steps.push((second, *value));
            }
        }
        Self(steps)
    }

    /// One value per second again.
    pub fn to_values(&self, seconds: u32) -> Vec<u32> {
        let mut values = vec![0; seconds as usize];
        for (index, (from, value)) in self.0.iter().enumerate() {
            let until = self.0.get(index + 1).map_or(seconds, |next| next.0);
            let range = (*from).min(seconds) as usize..until.min(seconds) as usize;
            if let Some(part) = values.get_mut(range) {
                part.fill(*value);
            }
        }
        values
    }

    /// The largest value.
    pub fn max(&self) -> u32 {
        self.0.iter().map(|(_, value)| *value).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_keep_every_second() {
        let values = [0, 0, 3, 3, 3, 1, 0, 0];
        let steps = Steps::from_values(&values);
        assert_eq!(steps.0, [(0, 0), (2, 3), (5, 1), (6, 0)]);
        assert_eq!(steps.to_values(8), values);
        assert_eq!(Steps::default().to_values(2), [0, 0]);
    }
}
