//! Estimates by the name of their metric; dotted names are nested objects in JSON.

use indexmap::IndexMap;
use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Estimate;
use crate::metrics::Metric;

/// Estimates by dotted name, in the order of [`Metric::all`], each metric's excesses after all
/// metrics themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Estimates(IndexMap<String, Estimate>);

/// All names that estimates can have, in order.
fn names() -> impl Iterator<Item = String> {
    let metrics = Metric::all().iter();
    let excesses = Metric::all().iter().map(|metric| metric.excess_name());
    metrics.map(|metric| metric.name()).chain(excesses)
}

impl Estimates {
    pub(super) fn insert(&mut self, name: String, estimate: Estimate) {
        self.0.insert(name, estimate);
    }
    /// The estimate with this dotted name (`requests_failed.total`).
    pub fn get(&self, name: &str) -> Option<&Estimate> {
        self.0.get(name)
    }
    /// The estimate of a metric itself.
    pub fn of(&self, metric: Metric) -> Option<&Estimate> {
        self.get(&metric.name())
    }
    /// The estimate of a metric's excess over the release-free twin.
    pub fn excess_of(&self, metric: Metric) -> Option<&Estimate> {
        self.get(&metric.excess_name())
    }
    /// The excess where there is a twin, the metric itself otherwise.
    pub fn excess_or_itself(&self, metric: Metric) -> Option<&Estimate> {
        self.excess_of(metric).or_else(|| self.of(metric))
    }
    /// Names and estimates, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Estimate)> {
        self.0
            .iter()
            .map(|(name, estimate)| (name.as_str(), estimate))
    }
}

impl Serialize for Estimates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut families: IndexMap<&str, IndexMap<&str, &Estimate>> = IndexMap::new();
        for (name, estimate) in self.iter() {
            let (family, member) = name.split_once('.').unwrap_or((name, ""));
            families.entry(family).or_default().insert(member, estimate);
        }
        let mut map = serializer.serialize_map(Some(families.len()))?;
        for (family, members) in &families {
            match members.get("") {
                Some(estimate) => map.serialize_entry(family, estimate)?,
                None => map.serialize_entry(family, members)?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Estimates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read: IndexMap<String, serde_json::Value> = IndexMap::deserialize(deserializer)?;
        let mut estimates = Self::default();
        for name in names() {
            let value = match name.split_once('.') {
                None => read.get_mut(&name).map(serde_json::Value::take),
                Some((family, member)) => {
                    let family = read.get_mut(family).and_then(|it| it.as_object_mut());
                    family.and_then(|members| members.remove(member))
                }
            };
            if let Some(value) = value {
                let estimate = serde_json::from_value(value).map_err(D::Error::custom)?;
                estimates.insert(name, estimate);
            }
        }
        let is_left = |value: &serde_json::Value| match value {
            serde_json::Value::Null => false,
            serde_json::Value::Object(members) => !members.is_empty(),
            _ => true,
        };
        match read.iter().find(|(_, value)| is_left(value)) {
            Some((name, _)) => Err(D::Error::custom(format!("unknown metric in `{name}`"))),
            None => Ok(estimates),
        }
    }
}
