//! One row of a table, and how its result is compared.

use std::str::FromStr;

use rollcast::control::deployment::{
    Condition, DeploymentSpec, DeploymentStatus, DeploymentView, ReplicaSetView, Revision,
};
use rollcast::control::replica_set::ReplicaSetStatus;
use rollcast::ids::ReplicaSetId;
use rollcast::manifest::Strategy;
use rollcast::units::{IntOrPercent, SimDuration, SimTime};
use serde_json::Value;

/// What a row's function came to, or why the row cannot be read.
pub(super) type Got = Result<Value, String>;

/// A row (or an object inside one) and the table it stands in.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Value,
    value: &'a Value,
}

impl<'a> Row<'a> {
    pub(super) fn new(table: &'a Value, value: &'a Value) -> Self {
        Self { table, value }
    }
    pub(super) fn name(&self) -> &'a str {
        self.value["name"]
            .as_str()
            .unwrap_or("a row without a name")
    }
    pub(super) fn function(&self) -> &'a str {
        self.value["fn"].as_str().unwrap_or("")
    }
    pub(super) fn table(&self) -> Row<'a> {
        Row::new(self.table, self.table)
    }
    /// The raw field; null where it is missing.
    pub(super) fn raw(&self, key: &str) -> &'a Value {
        &self.value[key]
    }
    /// The raw field, which may be null but has to be there.
    pub(super) fn present(&self, key: &str) -> Result<&'a Value, String> {
        let value = self.value.get(key);
        value.ok_or_else(|| format!("`{key}` is missing"))
    }
    /// How many fields it has.
    pub(super) fn fields(&self) -> usize {
        self.value.as_object().map_or(0, serde_json::Map::len)
    }
    pub(super) fn has(&self, key: &str) -> bool {
        !self.value[key].is_null()
    }
    pub(super) fn object(&self, key: &str) -> Result<Row<'a>, String> {
        let value = self.raw(key);
        let found = value.is_object().then(|| Row::new(self.table, value));
        found.ok_or_else(|| format!("`{key}` is not an object: {value}"))
    }
    pub(super) fn list(&self, key: &str) -> Result<Vec<Row<'a>>, String> {
        let value = self.raw(key);
        let list = value
            .as_array()
            .ok_or_else(|| format!("`{key}` is not a list: {value}"))?;
        Ok(list.iter().map(|item| Row::new(self.table, item)).collect())
    }
    pub(super) fn text(&self, key: &str) -> Result<&'a str, String> {
        let value = self.raw(key);
        value
            .as_str()
            .ok_or_else(|| format!("`{key}` is not a text: {value}"))
    }
    pub(super) fn flag(&self, key: &str) -> Result<bool, String> {
        let value = self.raw(key);
        value
            .as_bool()
            .ok_or_else(|| format!("`{key}` is not true or false: {value}"))
    }
    pub(super) fn count(&self, key: &str) -> Result<u32, String> {
        self.count_or_none(key)?
            .ok_or_else(|| format!("`{key}` is missing"))
    }
    pub(super) fn count_or(&self, key: &str, default: u32) -> Result<u32, String> {
        Ok(self.count_or_none(key)?.unwrap_or(default))
    }
    pub(super) fn count_or_none(&self, key: &str) -> Result<Option<u32>, String> {
        let value = self.raw(key);
        if value.is_null() {
            return Ok(None);
        }
        let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
        count
            .map(Some)
            .ok_or_else(|| format!("`{key}` is not a count: {value}"))
    }
    /// Seconds after an arbitrary origin, to the nanosecond.
    pub(super) fn seconds_or_none(&self, key: &str) -> Result<Option<SimDuration>, String> {
        let value = self.raw(key);
        if value.is_null() {
            return Ok(None);
        }
        let seconds = value.as_f64().filter(|seconds| *seconds >= 0.0);
        let seconds = seconds.ok_or_else(|| format!("`{key}` is not a time: {value}"))?;
        Ok(Some(SimDuration::from_secs_f64(seconds)))
    }
    /// A fencepost or budget value: absent, a number, or a percentage; a text that is not one fails.
    pub(super) fn fencepost(&self, key: &str) -> Result<Option<IntOrPercent>, String> {
        match self.raw(key) {
            Value::Null => Ok(None),
            Value::String(text) => IntOrPercent::from_str(text)
                .map(Some)
                .map_err(|error| error.to_string()),
            number => number
                .as_i64()
                .and_then(|number| i32::try_from(number).ok())
                .map(|number| Some(IntOrPercent::Int(number)))
                .ok_or_else(|| format!("`{key}` is not a fencepost: {number}")),
        }
    }
    /// RollingUpdate unless the row says otherwise; an absent fencepost counts 0.
    pub(super) fn strategy(&self) -> Result<Strategy, String> {
        match self.raw("strategy").as_str() {
            Some("Recreate") => Ok(Strategy::Recreate),
            None | Some("RollingUpdate") => Ok(Strategy::RollingUpdate {
                max_surge: self.fencepost("max_surge")?.unwrap_or(IntOrPercent::Int(0)),
                max_unavailable: self
                    .fencepost("max_unavailable")?
                    .unwrap_or(IntOrPercent::Int(0)),
            }),
            Some(other) => Err(format!("unknown strategy `{other}`")),
        }
    }
    /// A spec with this row's strategy and fenceposts.
    pub(super) fn spec(&self, replicas: u32) -> Result<DeploymentSpec, String> {
        Ok(DeploymentSpec {
            replicas,
            strategy: self.strategy()?,
            min_ready: SimDuration::ZERO,
            progress_deadline: self.deadline()?,
            revision_history_limit: self.count_or("revision_history_limit", 10)?,
            paused: false,
            template_hash: 0,
        })
    }
    /// `progress_deadline_seconds`; the largest 32-bit number means none, as the typed views read it.
    pub(super) fn deadline(&self) -> Result<Option<SimDuration>, String> {
        let seconds = self.count_or_none("progress_deadline_seconds")?;
        let real = seconds.filter(|seconds| *seconds != i32::MAX as u32);
        Ok(real.map(|seconds| SimDuration::from_secs(u64::from(seconds))))
    }
}

/// A Deployment with this spec and status, observed.
pub(super) fn deployment(spec: DeploymentSpec, status: DeploymentStatus) -> DeploymentView {
    DeploymentView {
        spec,
        generation: 0,
        deleting: false,
        rollback_to: None,
        status,
    }
}

/// A status with these counts; absent ones are 0.
pub(super) fn status(row: Row, progressing: Option<Condition>) -> Result<DeploymentStatus, String> {
    Ok(DeploymentStatus {
        replicas: row.count_or("replicas", 0)?,
        updated: row.count_or("updated", 0)?,
        ready: row.count_or("ready", 0)?,
        available: row.count_or("available", 0)?,
        progressing,
        ..DeploymentStatus::default()
    })
}

/// A ReplicaSet of a row's list; `index` is its age unless the row gives one.
pub(super) fn replica_set(row: Row, index: usize) -> Result<ReplicaSetView, String> {
    let index = u32::try_from(index).expect("short lists");
    let order = row.count_or("created_order", index)?;
    let revision = match row.raw("revision") {
        Value::Null => Revision::Missing,
        number => number.as_i64().map_or(Revision::Invalid, Revision::Number),
    };
    Ok(ReplicaSetView {
        id: ReplicaSetId::new(index),
        template_hash: u64::from(index) + 1,
        created: SimTime::from_secs(u64::from(order)),
        name_order: u64::from(index),
        spec: row.count("spec_replicas")?,
        min_ready: SimDuration::ZERO,
        status: ReplicaSetStatus {
            replicas: row.count_or("status_replicas", 0)?,
            available: row.count_or("available_replicas", 0)?,
            ..ReplicaSetStatus::default()
        },
        revision,
        desired: row.count_or_none("annotation_desired_replicas")?,
        max: row.count_or_none("annotation_max_replicas")?,
        observed: true,
        deleting: row.raw("deleting").as_bool().unwrap_or(false),
    })
}

/// All ReplicaSets of a row's list.
pub(super) fn replica_sets(row: &Row, key: &str) -> Result<Vec<ReplicaSetView>, String> {
    let list = row.list(key)?.into_iter().enumerate();
    list.map(|(index, set)| replica_set(set, index)).collect()
}

/// Where `got` is not what the row expects (or, where it says so, what was derived for it).
pub(super) fn differences(row: &Row, got: &Value) -> Option<String> {
    let expected = row.value.get("expected");
    let Some(expected) = expected else {
        return Some("no `expected`".to_owned());
    };
    let Some(fields) = expected.as_object() else {
        return difference("value", got, expected);
    };
    let derived = row.raw("derived").as_object().into_iter().flatten();
    let mut wrong = fields
        .iter()
        .chain(derived)
        .filter_map(|(key, expected)| match got.get(key) {
            Some(got) => difference(key, got, expected),
            None => Some(format!(
                "{key}: expected {expected}, but nothing computes it"
            )),
        });
    let first = wrong.next()?;
    Some(wrong.fold(first, |all, next| format!("{all}; {next}")))
}

fn difference(key: &str, got: &Value, expected: &Value) -> Option<String> {
    let same = agree(got, expected);
    (!same).then(|| format!("{key}: got {got}, expected {expected}"))
}

/// Numbers agree by value, however they are written.
pub(super) fn agree(got: &Value, expected: &Value) -> bool {
    match (got, expected) {
        (Value::Number(got), Value::Number(expected)) => got.as_f64() == expected.as_f64(),
        (Value::Array(got), Value::Array(expected)) => {
            got.len() == expected.len() && got.iter().zip(expected).all(|(a, b)| agree(a, b))
        }
        (Value::Object(got), Value::Object(expected)) => {
            got.len() == expected.len()
                && got
                    .iter()
                    .all(|(key, got)| expected.get(key).is_some_and(|e| agree(got, e)))
        }
        _ => got == expected,
    }
}
